"""Times the encoder beside ONNX Runtime and PyTorch, each on one thread, on the ten-word sentences of the tests' fixture.

Run by hand on a quiet machine, after `make build`:
    pip install numpy onnxruntime onnx onnxscript torch
    python Scripts/bench-encoder-peers.py [ROUNDS]
The rounds of all are interleaved; the tokens are given to the peers ready made, while ours counts its tokeniser too. Figures are the
means over the rounds of each round's median. The peers run the same weights in float32.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy
import onnxruntime
import torch
from torch import nn

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 6
FOLDER = ".build-encoder/all-MiniLM-L6-v2"
BENCH = os.environ.get("TURNBENCH", ".build/release/turnbench --encoder").split()
WIDTH, HEADS, INNER, LAYERS = 384, 12, 1536, 6


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.output_norm, self.down_norm = (nn.LayerNorm(WIDTH, eps=1e-12) for _ in range(2))

    def forward(self, x):
        q, k, v = (part(x).view(1, -1, HEADS, WIDTH // HEADS).transpose(1, 2) for part in (self.query, self.key, self.value))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, -1, WIDTH)
        x = self.output_norm(x + self.output(mixed))
        return self.down_norm(x + self.down(nn.functional.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(30522, WIDTH), nn.Embedding(512, WIDTH)
        self.segment = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, tokens):
        x = self.norm(self.words(tokens) + self.positions.weight[: tokens.shape[1]] + self.segment)
        for layer in self.layers:
            x = layer(x)
        return nn.functional.normalize(x.mean(1), dim=1)


def load():
    with open(FOLDER + "/model.safetensors", "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return torch.from_numpy(numpy.frombuffer(data[begin:end], "<f4").reshape(header[name]["shape"]).copy())

    model = Encoder().eval()
    state = {"words.weight": tensor("embeddings.word_embeddings.weight")}
    state["positions.weight"] = tensor("embeddings.position_embeddings.weight")
    state["segment"] = tensor("embeddings.token_type_embeddings.weight")[0]
    pieces = {"norm": "embeddings.LayerNorm"}
    for i in range(LAYERS):
        for own, theirs in {
            "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
            "output": "attention.output.dense", "output_norm": "attention.output.LayerNorm",
            "up": "intermediate.dense", "down": "output.dense", "down_norm": "output.LayerNorm",
        }.items():
            pieces[f"layers.{i}.{own}"] = f"encoder.layer.{i}.{theirs}"
    for own, theirs in pieces.items():
        for part in ("weight", "bias"):
            state[f"{own}.{part}"] = tensor(f"{theirs}.{part}")
    model.load_state_dict(state)
    return model


def median(run, inputs, seconds=2.0):
    for tokens in inputs:
        run(tokens)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        for tokens in inputs:
            start = time.perf_counter()
            run(tokens)
            times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]


torch.set_num_threads(1)
fixture = [json.loads(line) for line in open("Tests/LanguageModelTests/Fixtures/minilm.jsonl", encoding="utf-8")]
fixture = [entry for entry in fixture if len(entry["text"].split()) == 10 and entry["text"].isascii()]
text = "".join(entry["text"] + "\n" for entry in fixture)
tokens = [numpy.array([entry["tokens"]], dtype=numpy.int64) for entry in fixture]
print(f"{len(tokens)} sentences of ten words, {numpy.mean([t.shape[1] for t in tokens]):.1f} tokens on average")

model = load()
with tempfile.TemporaryDirectory() as folder:
    path = folder + "/encoder.onnx"
    torch.onnx.export(
        model, (torch.from_numpy(tokens[0]),), path, input_names=["tokens"], dynamic_shapes=({1: torch.export.Dim("length", min=2, max=256)},))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

runs = {
    "ONNX Runtime " + onnxruntime.__version__: lambda t: session.run(None, {"tokens": t})[0],
    "PyTorch " + torch.__version__: lambda t: model(torch.from_numpy(t)).numpy(),
}
figures = {}
with torch.inference_mode():
    # Both must compute the same as the fixture, or their times mean nothing.
    for name, run in runs.items():
        for entry, ids in zip(fixture, tokens):
            right = numpy.frombuffer(base64.b64decode(entry["vector"]), "<i2") / 32767
            assert float(right @ run(ids)[0]) > 0.999, f"{name} gives other vectors"
    for _ in range(ROUNDS):
        out = subprocess.run([*BENCH, FOLDER], input=text, capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            name, rest = line[1:].split("] one sentence p50 ")
            figures.setdefault("Osusume, " + name.removeprefix("encoder, "), []).append(float(rest.split(" ms")[0]))
        for name, run in runs.items():
            figures.setdefault(name, []).append(median(run, tokens))
for name, values in figures.items():
    print(f"{name:34} {numpy.mean(values):6.2f} ms   rounds: {' '.join(f'{v:.2f}' for v in values)}")
