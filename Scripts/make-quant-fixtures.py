"""Makes Tests/LanguageModelTests/Fixtures/quants.jsonl: blocks of each tensor type with what the reference makes of them.

Run once by hand; the tests need no Python:
    pip install gguf
    python Scripts/make-quant-fixtures.py libggml-base.so
The library is llama.cpp's, for what the package does not quantise (Q6_K).
A line has a type, a direction (`decode`: bytes to floats; `encode`: floats to bytes) and both sides in base64.
"""

import base64
import ctypes
import json
import sys

import numpy
from gguf import GGMLQuantizationType as Type
from gguf import quants
from gguf.constants import GGML_QUANT_SIZES

random = numpy.random.default_rng(20260)


def text(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def blocks(kind, count):
    """Random blocks whose half-precision scales are finite, subnormal ones included."""
    size = GGML_QUANT_SIZES[kind][1]
    data = random.integers(0, 256, (count, size), dtype=numpy.uint8)
    at = {Type.Q4_0: [0], Type.Q5_0: [0], Type.Q8_0: [0], Type.Q4_K: [0, 2], Type.Q6_K: [208]}[kind]
    for place in at:
        scales = random.normal(0, 1, count) * 10.0 ** random.uniform(-6, 3, count)
        data[:, place : place + 2] = scales.astype("<f2").view(numpy.uint8).reshape(count, 2)
    return data


def numbers(count):
    """Rows of 32 at many sizes, with halves, ties, zeros and equal extremes of both signs."""
    rows = random.normal(0, 1, (count, 32)) * 10.0 ** random.uniform(-9, 5, (count, 1))
    rows[0] = 0
    rows[1] = numpy.arange(-16, 16) + 0.5
    rows[1, 0] = 127
    rows[2] = numpy.tile([4.0, -4.0, 0.25, -0.25], 8)
    rows[3] = numpy.tile([-4.0, 4.0, 1.75, -0.0], 8)
    return rows.astype("<f4")


with open("Tests/LanguageModelTests/Fixtures/quants.jsonl", "w", encoding="utf-8") as file:

    def line(kind, direction, data, floats):
        file.write(json.dumps({"type": kind.name, "direction": direction, "bytes": text(data), "floats": text(floats)}) + "\n")

    for kind, count in [(Type.Q4_0, 64), (Type.Q8_0, 64), (Type.Q4_K, 12), (Type.Q6_K, 12)]:
        data = blocks(kind, count)
        line(kind, "decode", data, quants.dequantize(data, kind).astype("<f4"))
    halves = numpy.concatenate([random.integers(0, 1 << 16, 400), numpy.arange(64), numpy.arange(0x7BE0, 0x7C01)]).astype("<u2")
    halves = halves[~numpy.isnan(halves.view("<f2"))]
    line(Type.F16, "decode", halves, quants.dequantize(halves.view(numpy.uint8), Type.F16))
    line(Type.BF16, "decode", halves, quants.dequantize(halves.view(numpy.uint8), Type.BF16))
    for kind in [Type.Q4_0, Type.Q8_0]:
        floats = numbers(64)
        line(kind, "encode", quants.quantize(floats, kind), floats)
    floats = numbers(64).reshape(-1)
    floats = numpy.where(abs(floats) < 1e7, floats, 0).astype("<f4")
    # Sub-blocks of zeros, a block of zeros, numbers below the least scale.
    floats[256:512] = 0
    floats[512:528] = 0
    floats[768:1024] = 1e-16
    data = ctypes.create_string_buffer(floats.size // 256 * 210)
    reference = ctypes.CDLL(sys.argv[1]).quantize_row_q6_K_ref
    reference.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    reference(floats.ctypes.data, ctypes.addressof(data), floats.size)
    line(Type.Q6_K, "encode", numpy.frombuffer(data, dtype=numpy.uint8), floats)
    floats = numbers(16).reshape(-1)
    floats = numpy.concatenate([floats[abs(floats) < 65504], (halves[:64].view("<f2").astype("<f4") * numpy.float32(1.00048828125))])
    floats = floats[numpy.isfinite(floats) & (abs(floats) < 65504)]
    line(Type.F16, "encode", floats.astype("<f2"), floats)
    line(Type.BF16, "encode", quants.quantize(floats.reshape(1, -1), Type.BF16), floats)
    data = blocks(Type.Q5_0, 64)
    line(Type.Q5_0, "decode", data, quants.dequantize(data, Type.Q5_0).astype("<f4"))
