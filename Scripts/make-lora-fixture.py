#!/usr/bin/env python3
"""A random LoRA adapter of the fixture llama-F32 with llama.cpp's logits, for Tests/LanguageModelTests/Fixtures/decoders.

  make-lora-fixture.py PEERS FOLDER [SEED]    PEERS holds peer-logits (build-peers.sh), FOLDER what make-decoder-fixtures.py made
"""

import json
import random
import subprocess
import sys

import gguf
import numpy as np

RANK, ALPHA, SCALE = 6, 12.0, 0.7
ROWS, PROMPT = 3, 30


def write(path, model, seed):
    """Factors of all linear layers and the output, with the keys and shapes of convert_lora_to_gguf.py."""
    chance = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, ALPHA)
    for tensor in gguf.GGUFReader(model).tensors:
        if len(tensor.shape) != 2 or tensor.name == "token_embd.weight":
            continue
        columns, rows = map(int, tensor.shape)
        # With alpha and scale, the change is about a third as large as the matrix.
        down = chance.uniform(-0.2, 0.2, (RANK, columns)).astype(np.float32)
        up = chance.uniform(-0.2, 0.2, (rows, RANK)).astype(np.float32)
        writer.add_tensor(tensor.name + ".lora_a", down)
        writer.add_tensor(tensor.name + ".lora_b", up)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def logits(peers, model, prompt, *adapter):
    tokens = ",".join(map(str, prompt))
    command = [f"{peers}/peer-logits", model, str(ROWS), "0", tokens, tokens, *map(str, adapter)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["logits"]


def main(peers, folder, seed="7"):
    model, path = f"{folder}/llama-F32.gguf", f"{folder}/llama-F32-lora.gguf"
    write(path, model, int(seed) + 1)
    vocabulary = next(int(tensor.shape[1]) for tensor in gguf.GGUFReader(model).tensors if tensor.name == "token_embd.weight")
    chance = random.Random(int(seed) + 5)
    prompt = [chance.randrange(vocabulary) for _ in range(PROMPT)]
    plain, adapted = logits(peers, model, prompt), logits(peers, model, prompt, path, SCALE)
    change = np.linalg.norm(np.subtract(adapted, plain)) / np.linalg.norm(plain)
    # An adapter that hardly shows would prove nothing.
    assert change > 0.2, change
    with open(f"{folder}/llama-F32-lora.json", "w") as file:
        json.dump({"scale": SCALE, "rank": RANK, "prompt": prompt, "logits": adapted}, file, separators=(",", ":"))
        file.write("\n")
    print(path, "changes the logits by", round(float(change), 3))


if __name__ == "__main__":
    main(*sys.argv[1:])
