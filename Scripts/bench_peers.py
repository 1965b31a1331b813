"""Interleaved rounds of llama-bench and `osusume model bench`: bench_peers.py PEERS BENCH MODELS ROUNDS [NAME ...]

A run waits until other programs leave the machine alone, and is repeated if they took more than a twentieth of it meanwhile, for
QUIET_SECONDS (0: never) in all.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

NAMES = ["small-Q8_0", "qwen3-0.6b-Q8_0", "qwen3-0.6b-Q4_0", "qwen3-0.6b-Q4_K_M"]
DEADLINE = time.time() + float(os.environ.get("QUIET_SECONDS", "0"))
disturbed = 0


def machine():
    """Seconds of processor time that all programs took and that were taken from this machine."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / os.sysconf("SC_CLK_TCK")


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_for_quiet():
    while time.time() < DEADLINE:
        busy = machine()
        time.sleep(1)
        if machine() - busy < 0.05 * os.cpu_count():
            return


def run(command):
    global disturbed
    while True:
        wait_for_quiet()
        start, busy, own = time.time(), machine(), children()
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = time.time() - start
        others = (machine() - busy - (children() - own)) / (seconds * os.cpu_count())
        if others < 0.05:
            return output
        if time.time() > DEADLINE:
            disturbed += 1
            return output


def peer(tools, model, threads, tokens):
    command = [f"{tools}/llama-bench", "-m", model, "-t", str(threads), "-p", "128", "-n", str(tokens), "-r", "1", "-o", "json"]
    return {"prefill" if row["n_prompt"] else "decode": row["avg_ts"] for row in json.loads(run(command))}


def ours(bench, model, threads, tokens):
    command = [bench, "model", "bench", model, "--threads", str(threads), "-p", "128", "-n", str(tokens), "--rounds", "1", "--json"]
    row = json.loads(run(command))["results"][0]
    return {"prefill": row["promptTokensPerSecond"], "decode": row["textTokensPerSecond"],
            "decode_gb_s": row["weightsGBPerSecond"], "memory_gb_s": row["memoryGBPerSecond"]}


def main(tools, bench, models, rounds, *names):
    global disturbed
    print("| model | threads | | llama.cpp | ours | ratio of means | ratios | weights read / memory, GB/s | disturbed runs |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names or NAMES:
        model, tokens = f"{models}/{name}.gguf", 512 if name.startswith("small") else 64
        for threads in (1, 2):
            one, two, disturbed = [], [], 0
            for _ in range(int(rounds)):
                one.append(peer(tools, model, threads, tokens))
                two.append(ours(bench, model, threads, tokens))
            for kind in ("decode", "prefill"):
                a, b = [r[kind] for r in one], [r[kind] for r in two]
                ratios = sorted(y / x for x, y in zip(a, b))
                read, memory = (statistics.mean(r[key] for r in two) for key in ("decode_gb_s", "memory_gb_s"))
                bandwidth = f"{read:.1f} / {memory:.1f}" if kind == "decode" else ""
                print(f"| {name} | {threads} | {kind} | {statistics.mean(a):.1f} | {statistics.mean(b):.1f} | "
                      f"{statistics.mean(b) / statistics.mean(a):.2f} | {ratios[0]:.2f} to {ratios[-1]:.2f} | {bandwidth} | "
                      f"{disturbed} of {2 * int(rounds)} |", flush=True)
    print(f"\n{rounds} interleaved rounds, {time.strftime('%Y-%m-%d %H:%M')}, load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
