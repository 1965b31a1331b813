"""Random-weight decoders as GGUF files, for fixtures and benchmarks. Needs the PyPI packages gguf and numpy."""

import math
import subprocess

import gguf
import numpy as np

TYPES = {
    "F32": gguf.GGMLQuantizationType.F32,
    "F16": gguf.GGMLQuantizationType.F16,
    "Q8_0": gguf.GGMLQuantizationType.Q8_0,
    "Q4_0": gguf.GGMLQuantizationType.Q4_0,
}


class Shape:
    def __init__(self, architecture, width, layers, heads, keyvalues, head, hidden, vocabulary, tied=True, scaling=None):
        self.architecture, self.width, self.layers = architecture, width, layers
        self.heads, self.keyvalues, self.head = heads, keyvalues, head
        self.hidden, self.vocabulary, self.tied, self.scaling = hidden, vocabulary, tied, scaling


def write(path, shape, kind, seed, context=2048):
    """Writes a model of normally distributed weights; vectors stay F32. Matrices of `kind` come from the same numbers for all kinds."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_context_length(context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.keyvalues)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_tokenizer_model("none")
    if shape.scaling == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(4.0)
        writer.add_rope_scaling_orig_ctx_len(context // 4)
    if shape.scaling == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(2.0)

    def vector(name, count, mean=0.0, spread=0.1):
        writer.add_tensor(name, (mean + spread * random.standard_normal(count)).astype(np.float32))

    def matrix(name, rows, columns, gain=1.0):
        numbers = random.standard_normal((rows, columns), dtype=np.float32) * np.float32(gain / math.sqrt(columns))
        kind_ = TYPES[kind]
        writer.add_tensor(name, gguf.quants.quantize(numbers, kind_), raw_dtype=kind_)

    # A tied table of small numbers leaves the residual stream to the layers, so that a text does not repeat its last token.
    matrix("token_embd.weight", shape.vocabulary, shape.width, gain=1 if shape.tied else math.sqrt(shape.width))
    for layer in range(shape.layers):
        name = f"blk.{layer}."
        queries, keyvalues = shape.heads * shape.head, shape.keyvalues * shape.head
        vector(name + "attn_norm.weight", shape.width, mean=1)
        matrix(name + "attn_q.weight", queries, shape.width, gain=1.5)
        matrix(name + "attn_k.weight", keyvalues, shape.width, gain=1.5)
        matrix(name + "attn_v.weight", keyvalues, shape.width)
        if shape.architecture == "qwen2":
            vector(name + "attn_q.bias", queries)
            vector(name + "attn_k.bias", keyvalues)
            vector(name + "attn_v.bias", keyvalues)
        if shape.architecture == "qwen3":
            vector(name + "attn_q_norm.weight", shape.head, mean=1)
            vector(name + "attn_k_norm.weight", shape.head, mean=1)
        matrix(name + "attn_output.weight", shape.width, queries)
        vector(name + "ffn_norm.weight", shape.width, mean=1)
        matrix(name + "ffn_gate.weight", shape.hidden, shape.width)
        matrix(name + "ffn_up.weight", shape.hidden, shape.width)
        matrix(name + "ffn_down.weight", shape.width, shape.hidden)
    vector("output_norm.weight", shape.width, mean=1)
    if not shape.tied:
        matrix("output.weight", shape.vocabulary, shape.width, gain=3)
    if shape.scaling == "factors":
        factors = np.linspace(1, 8, shape.head // 2).astype(np.float32)
        writer.add_tensor("rope_freqs.weight", factors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(peers, source, path, kind):
    """llama.cpp's own quantiser, for the mixes that the gguf package cannot write."""
    subprocess.run([f"{peers}/llama-quantize", "--allow-requantize", source, path, kind], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
