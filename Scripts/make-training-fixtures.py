#!/usr/bin/env python3
"""A tiny llama with what PyTorch computes for it, for Tests/TrainingTests/Fixtures. Needs the PyPI packages torch, gguf and numpy.

  make-training-fixtures.py FOLDER

llama-tied.gguf and llama.gguf are models; llama-tied.json and llama.json hold packed documents, their loss, the gradient's norm, and a
few hundred numbers of the gradient and of the weights after three steps of AdamW with clipping, computed in double precision.
"""

import json
import math
import sys

import gguf
import numpy as np
import torch
from torch import nn
from torch.nn import functional

WIDTH, LAYERS, HEADS, KEYVALUES, HEAD, HIDDEN, VOCABULARY = 32, 2, 4, 2, 16, 48, 40
DOCUMENTS = [9, 2, 14]
RATES, DECAY, CLIP, SAMPLES = [1e-3, 2e-3, 1.5e-3], 0.1, 0.5, 24
EPSILON, BASE = 1e-5, 10000.0


def norm(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * gain


def rotate(x):
    """x: [positions, heads, HEAD]; pairs are neighbours."""
    frequencies = BASE ** (-torch.arange(0, HEAD, 2, dtype=x.dtype) / HEAD)
    angles = torch.arange(len(x), dtype=x.dtype)[:, None, None] * frequencies
    even, odd = x[..., 0::2], x[..., 1::2]
    cosine, sine = angles.cos(), angles.sin()
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).flatten(-2)


def logits(weights, tokens):
    """One document."""
    x = weights["token_embd.weight"][tokens]
    for layer in range(LAYERS):
        part = lambda name: weights[f"blk.{layer}.{name}.weight"]
        y = norm(x, part("attn_norm"))
        q, k, v = ((y @ part(f"attn_{name}").T).view(len(x), -1, HEAD) for name in "qkv")
        q, k = rotate(q), rotate(k)
        k, v = (z.repeat_interleave(HEADS // KEYVALUES, 1) for z in (k, v))
        scores = torch.einsum("ihd,jhd->hij", q, k) / math.sqrt(HEAD)
        scores = scores.masked_fill(torch.ones(len(x), len(x)).triu(1).bool(), -math.inf)
        x = x + torch.einsum("hij,jhd->ihd", scores.softmax(-1), v).flatten(1) @ part("attn_output").T
        y = norm(x, part("ffn_norm"))
        x = x + (functional.silu(y @ part("ffn_gate").T) * (y @ part("ffn_up").T)) @ part("ffn_down").T
    output = weights.get("output.weight", weights["token_embd.weight"])
    return norm(x, weights["output_norm.weight"]) @ output.T


def loss(weights, documents):
    total, count = 0.0, 0
    for tokens, learned in documents:
        mask = torch.tensor(learned[1:])
        each = functional.cross_entropy(logits(weights, torch.tensor(tokens))[:-1], torch.tensor(tokens[1:]), reduction="none")
        total, count = total + each[mask].sum(), count + int(mask.sum())
    return total / count


def shapes(tied):
    yield "token_embd.weight", (VOCABULARY, WIDTH)
    for layer in range(LAYERS):
        for name, shape in [
            ("attn_norm", (WIDTH,)), ("attn_q", (HEADS * HEAD, WIDTH)), ("attn_k", (KEYVALUES * HEAD, WIDTH)),
            ("attn_v", (KEYVALUES * HEAD, WIDTH)), ("attn_output", (WIDTH, HEADS * HEAD)), ("ffn_norm", (WIDTH,)),
            ("ffn_gate", (HIDDEN, WIDTH)), ("ffn_up", (HIDDEN, WIDTH)), ("ffn_down", (WIDTH, HIDDEN)),
        ]:
            yield f"blk.{layer}.{name}.weight", shape
    yield "output_norm.weight", (WIDTH,)
    if not tied:
        yield "output.weight", (VOCABULARY, WIDTH)


def write(path, weights):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEYVALUES)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(BASE)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("none")
    for name, value in weights.items():
        writer.add_tensor(name, value.detach().numpy().astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sample(values):
    """Some numbers of each tensor: index, number."""
    chosen = {}
    for name, value in values.items():
        flat = value.detach().flatten()
        places = sorted({int(place) for place in np.linspace(0, len(flat) - 1, SAMPLES)})
        chosen[name] = [[place, float(flat[place])] for place in places]
    return chosen


def make(folder, name, tied):
    random = np.random.default_rng(5)
    weights = {}
    for tensor, shape in shapes(tied):
        spread = 0.1 if len(shape) == 1 else 1.2 / math.sqrt(shape[1])
        numbers = (len(shape) == 1) + spread * random.standard_normal(shape)
        weights[tensor] = nn.Parameter(torch.tensor(numbers.astype(np.float32).astype(np.float64)))
    write(f"{folder}/{name}.gguf", weights)
    documents = []
    for length in DOCUMENTS:
        learned = [bool(mark) for mark in random.random(length) < 0.7]
        learned[-1] = True
        documents.append(([int(token) for token in random.integers(0, VOCABULARY, length)], learned))
    plain = [weight for tensor, weight in weights.items() if "norm" in tensor or "embd" in tensor]
    decaying = [weight for tensor, weight in weights.items() if not ("norm" in tensor or "embd" in tensor)]
    optimizer = torch.optim.AdamW(
        [{"params": plain, "weight_decay": 0.0}, {"params": decaying, "weight_decay": DECAY}], betas=(0.9, 0.95), eps=1e-8)
    losses, gradient, first = [], None, None
    for rate in RATES:
        optimizer.zero_grad()
        value = loss(weights, documents)
        value.backward()
        if gradient is None:
            gradient = sample({tensor: weight.grad for tensor, weight in weights.items()})
        length = float(nn.utils.clip_grad_norm_(weights.values(), CLIP))
        first = first or length
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        losses.append(float(value.detach()))
    answer = {
        "documents": [{"tokens": tokens, "learned": learned} for tokens, learned in documents], "rates": RATES, "decay": DECAY,
        "clipping": CLIP, "losses": losses, "norm": first, "gradient": gradient, "after": sample(weights),
    }
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(answer, file, separators=(",", ":"))
        file.write("\n")
    print(name, losses, first)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    make(sys.argv[1], "llama-tied", tied=True)
    make(sys.argv[1], "llama", tied=False)
