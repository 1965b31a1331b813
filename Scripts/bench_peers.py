"""Interleaved rounds of llama-bench and modelbench: bench_peers.py PEERS BENCH MODELS ROUNDS [NAME ...]"""

import json
import os
import statistics
import subprocess
import sys
import time

NAMES = ["small-Q8_0", "qwen3-0.6b-Q8_0", "qwen3-0.6b-Q4_0", "qwen3-0.6b-Q4_K_M"]


def peer(tools, model, threads, tokens):
    command = [f"{tools}/llama-bench", "-m", model, "-t", str(threads), "-p", "128", "-n", str(tokens), "-r", "1", "-o", "json"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"prefill" if row["n_prompt"] else "decode": row["avg_ts"] for row in rows}


def ours(bench, model, threads, tokens, cache):
    command = [bench, model, str(threads), "--tokens", str(tokens), "--cache", cache]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(tools, bench, models, rounds, *names):
    print("| model | threads | | llama.cpp | ours | ratio | spread of ratios | weights read / memory, GB/s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names or NAMES:
        model, tokens = f"{models}/{name}.gguf", 512 if name.startswith("small") else 64
        for threads in (1, 2):
            one, two = [], []
            for _ in range(int(rounds)):
                one.append(peer(tools, model, threads, tokens))
                two.append(ours(bench, model, threads, tokens, f"{models}/cache"))
            for kind in ("decode", "prefill"):
                a, b = [r[kind] for r in one], [r[kind] for r in two]
                ratios = sorted(y / x for x, y in zip(a, b))
                bandwidth = ""
                if kind == "decode":
                    bandwidth = f"{statistics.mean(r['decode_gb_s'] for r in two):.1f} / {statistics.mean(r['memory_gb_s'] for r in two):.1f}"
                print(f"| {name} | {threads} | {kind} | {statistics.mean(a):.1f} | {statistics.mean(b):.1f} | "
                      f"{statistics.mean(b) / statistics.mean(a):.2f} | {ratios[0]:.2f}-{ratios[-1]:.2f} | {bandwidth} |", flush=True)
    print(f"\n{rounds} interleaved rounds, {time.strftime('%Y-%m-%d %H:%M')}, load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
