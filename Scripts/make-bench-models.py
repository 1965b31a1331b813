#!/usr/bin/env python3
"""Random decoders for bench-peers.sh: make-bench-models.py PEERS FOLDER (PEERS holds llama-quantize). About 2 GB; existing files stay."""

import os
import sys

from decoder_models import Shape, quantize, write

SMALL = Shape("llama", 256, 8, 8, 4, 32, 768, 8192)
QWEN3 = Shape("qwen3", 1024, 28, 16, 8, 128, 3072, 151936)


def main(peers, folder):
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(f"{folder}/small-Q8_0.gguf"):
        write(f"{folder}/small-Q8_0.gguf", SMALL, "Q8_0", seed=1)
    source = f"{folder}/qwen3-0.6b-Q8_0.gguf"
    if not os.path.exists(source):
        write(source, QWEN3, "Q8_0", seed=1)
    for kind in ("Q4_0", "Q4_K_M"):
        if not os.path.exists(f"{folder}/qwen3-0.6b-{kind}.gguf"):
            quantize(peers, source, f"{folder}/qwen3-0.6b-{kind}.gguf", kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
