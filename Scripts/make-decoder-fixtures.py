#!/usr/bin/env python3
"""Tiny random decoders with llama.cpp's logits and texts, for Tests/LanguageModelTests/Fixtures/decoders.

  make-decoder-fixtures.py PEERS FOLDER [SEED]    PEERS holds peer-logits and llama-quantize (build-peers.sh)
"""

import json
import os
import random
import subprocess
import sys

from decoder_models import Shape, quantize, write

SHAPES = {
    # Llama 3's rotary factors, an output matrix of its own.
    "llama": Shape("llama", 64, 2, 4, 2, 16, 128, 200, tied=False, scaling="factors"),
    # Widths and a vocabulary that fill no whole groups, YaRN.
    "qwen2": Shape("qwen2", 96, 2, 6, 3, 16, 96, 130, scaling="yarn"),
    # Heads that together are wider than the residual stream.
    "qwen3": Shape("qwen3", 64, 2, 4, 2, 32, 128, 160, tied=False),
    # One head of keys and values for all, linear scaling.
    "linear": Shape("llama", 32, 2, 2, 1, 16, 48, 64, tied=False, scaling="linear"),
    # Rows of whole blocks of 256, for the K formats.
    "llama-wide": Shape("llama", 256, 1, 4, 2, 64, 256, 160, tied=False),
    "qwen3-wide": Shape("qwen3", 256, 1, 4, 2, 64, 256, 160),
}
PLAN = [(name, kind) for name in ("llama", "qwen2", "qwen3") for kind in ("F32", "Q8_0", "Q4_0")]
# In Q4_K_M, rows that are no multiple of 256 become Q5_0 and Q8_0.
PLAN += [(name, "Q4_K_M") for name in ("llama", "qwen2")]
PLAN += [("linear", "F32"), ("llama", "F16"), ("llama-wide", "Q4_K_M"), ("qwen3-wide", "Q4_K_M")]
ROWS, GREEDY, PROMPT, TEXT = 3, 200, 24, 500


def main(peers, folder, seed="7"):
    os.makedirs(folder, exist_ok=True)
    expected = []
    for name, kind in PLAN:
        shape, path = SHAPES[name], f"{folder}/{name}-{kind}.gguf"
        if kind == "Q4_K_M":
            write("/tmp/decoder-fixture-source.gguf", shape, "F32", seed=int(seed))
            quantize(peers, "/tmp/decoder-fixture-source.gguf", path, kind)
            os.remove("/tmp/decoder-fixture-source.gguf")
        else:
            write(path, shape, kind, seed=int(seed))
        chance = random.Random(int(seed) + 4)
        prompt = [chance.randrange(shape.vocabulary) for _ in range(PROMPT)]
        text = [chance.randrange(shape.vocabulary) for _ in range(TEXT)]
        command = [f"{peers}/peer-logits", path, str(ROWS), str(GREEDY), ",".join(map(str, prompt)), ",".join(map(str, text))]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        expected.append({"model": os.path.basename(path), "prompt": prompt, "text": text} | answer)
        print(path, os.path.getsize(path), "distinct greedy tokens", len(set(answer["greedy"])))
    with open(f"{folder}/expected.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in expected) + "\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
