#!/usr/bin/env python3
"""Updates of an 8.5M decoder beside PyTorch's on the same shape, in interleaved rounds.

Run by hand on a quiet machine, after `make build`:
    pip install numpy torch
    python Scripts/bench-training-peer.py [ROUNDS] [UPDATES]
Eight documents of 256 random tokens an update: forward, backward, clipping, AdamW. PyTorch runs eagerly with its fused attention and fused
AdamW, in float32 and with bf16 autocast; with --compile also through torch.compile, in bf16. Figures are tokens a second: the mean over the
rounds. TRAINBENCH names the command that prints ours (float32 or bfloat16, threads and updates are added).
"""

import json
import os
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional

COMPILE = "--compile" in sys.argv
NUMBERS = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
ROUNDS, UPDATES = (NUMBERS + [5, 20][len(NUMBERS):])[:2]
BENCH = os.environ.get("TRAINBENCH", ".build/release/turnbench --training").split()
THREADS = int(os.environ.get("THREADS", "2"))
WIDTH, LAYERS, HEADS, KEYVALUES, HEAD, HIDDEN, VOCABULARY, LENGTH, DOCUMENTS = 256, 8, 8, 4, 32, 768, 8192, 256, 8


def rotate(x, cosine, sine):
    """x: [documents, heads, positions, HEAD]; pairs are neighbours."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        self.heads, self.output = linear(WIDTH, (HEADS + 2 * KEYVALUES) * HEAD), linear(HEADS * HEAD, WIDTH)
        self.gated, self.down = linear(WIDTH, 2 * HIDDEN), linear(HIDDEN, WIDTH)
        self.norm, self.middle = nn.RMSNorm(WIDTH, eps=1e-5), nn.RMSNorm(WIDTH, eps=1e-5)

    def forward(self, x, cosine, sine):
        heads = self.heads(self.norm(x)).view(len(x), LENGTH, -1, HEAD).transpose(1, 2)
        q, k, v = heads.split([HEADS, KEYVALUES, KEYVALUES], 1)
        mixed = functional.scaled_dot_product_attention(
            rotate(q, cosine, sine), rotate(k, cosine, sine), v, is_causal=True, enable_gqa=True)
        x = x + self.output(mixed.transpose(1, 2).flatten(2))
        gate, up = self.gated(self.middle(x)).chunk(2, -1)
        return x + self.down(functional.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.layers, self.norm = nn.ModuleList(Layer() for _ in range(LAYERS)), nn.RMSNorm(WIDTH, eps=1e-5)
        angles = torch.arange(LENGTH)[:, None] * 10000.0 ** (-torch.arange(0, HEAD, 2) / HEAD)
        self.register_buffer("cosine", angles.cos())
        self.register_buffer("sine", angles.sin())
        for weight in self.parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.02)

    def forward(self, tokens, targets):
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, self.cosine, self.sine)
        logits = functional.linear(self.norm(x), self.embedding.weight)
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


class Peer:
    def __init__(self, bf16, compiled=False):
        torch.manual_seed(1)
        self.model, self.bf16 = Decoder(), bf16
        self.loss = torch.compile(self.model) if compiled else self.model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.1, betas=(0.9, 0.95), fused=True)
        self.tokens = torch.randint(0, VOCABULARY, (DOCUMENTS, LENGTH + 1))

    def update(self):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            loss = self.loss(self.tokens[:, :-1], self.tokens[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(loss.detach())

    def speed(self):
        for _ in range(2):
            self.update()
        start = time.perf_counter()
        for _ in range(UPDATES):
            self.update()
        return UPDATES * DOCUMENTS * LENGTH / (time.perf_counter() - start)


def ours(precision):
    out = subprocess.run([*BENCH, precision, str(THREADS), str(UPDATES)], capture_output=True, text=True, check=True).stdout
    return json.loads(out)["tokens_per_second"]


def main():
    torch.set_num_threads(THREADS)
    peers = {f"PyTorch {torch.__version__}, float32": Peer(False), f"PyTorch {torch.__version__}, bf16 autocast": Peer(True)}
    if COMPILE:
        peers[f"PyTorch {torch.__version__}, bf16, compiled"] = Peer(True, compiled=True)
    print(f"{sum(weight.numel() for weight in peers[next(iter(peers))].model.parameters())} weights, {THREADS} threads")
    runs = {f"Osusume, {precision}": (lambda precision=precision: ours(precision)) for precision in ("float32", "bfloat16")}
    runs |= {name: peer.speed for name, peer in peers.items()}
    figures = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            figures[name].append(run())
    for name, values in figures.items():
        print(f"{name:40} {sum(values) / len(values):8.0f} tokens/s   rounds: {' '.join(f'{value:.0f}' for value in values)}")


if __name__ == "__main__":
    main()
