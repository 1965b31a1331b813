#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Fixtures/tokenizer: byte-pair vocabularies learned by a naive loop, and llama.cpp's tokens of texts under them.

Run by hand when the rules of training change; the tests themselves need no Python. Needs the PyPI packages `gguf` and `regex` and
llama.cpp's source and build as make-tokenizer-fixtures.py does:

    make-tokenizer-training-fixtures.py LLAMA_CPP_SOURCE LLAMA_CPP_BUILD

Nothing here shares code with the trainer in Swift: the words are cut by the regular expressions that the models publish, every pair is
counted anew for every merge, and `gguf` writes the files.
"""
import collections, importlib.util, json, pathlib, random, sys

import gguf, regex

from peer_tokenizer import peer_tokenizer

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Tests/TrainingTests/Fixtures/tokenizer"
EXPRESSIONS = {
    "qwen2": r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
             r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "llama-bpe": r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
                 r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "gpt-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
}
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
OWN = ["<a_0>", "<a_1>"]
# pre-tokeniser, vocabulary, minimum frequency, longest token in bytes, whether tokens keep characters whole
CASES = [("qwen2", 1600, 2, 24, True), ("llama-bpe", 1400, 3, 60, False), ("gpt-2", 1000, 2, 12, True)]


def corpus():
    """A sample of what the packs' authors wrote, and other lines to try the vocabularies on."""
    lines = []
    for pack in ("films", "tokyo"):
        for language in ("en", "ja"):
            text = (ROOT / f"domains/{pack}/language/utterances.{language}.tsv").read_text()
            lines += [line.split("\t")[0] for line in text.splitlines()]
        for line in (ROOT / f"domains/{pack}/catalog/items.jsonl").read_text().splitlines():
            lines += json.loads(line)["description"].values()
    random.Random(11).shuffle(lines)
    return lines[:1200], lines[1200:1400]


def whole(token):
    """Whole characters, or a part of one."""
    try:
        token.decode()
        return True
    except UnicodeDecodeError:
        return len(token) < 4 and token[0] >= 0x80 and all(byte & 0xC0 == 0x80 for byte in token[1:])


def train(lines, expression, size, minimum, longest, keeps_whole):
    words = collections.Counter(tuple(bytes([b]) for b in word.encode()) for line in lines for word in regex.findall(expression, line))
    ids = {bytes([byte]): byte for byte in range(256)}
    merges = []
    while len(ids) < size - len(CONTROL) - len(OWN):
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        pairs = [
            (-count, ids[left], ids[right], left, right) for (left, right), count in pairs.items()
            if count >= minimum and left + right not in ids and len(left + right) <= longest and (not keeps_whole or whole(left + right))
        ]
        if not pairs:
            break
        *_, left, right = min(pairs)
        ids[left + right] = len(ids)
        merges.append((left, right))
        merged = collections.Counter()
        for word, count in words.items():
            result, i = [], 0
            while i < len(word):
                joins = word[i] == left and word[i + 1:i + 2] == (right,)
                result.append(left + right if joins else word[i])
                i += 2 if joins else 1
            merged[tuple(result)] += count
        words = merged
    return list(ids), merges


def alphabet():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def write(file, pre, tokens, merges):
    signs = alphabet()
    text = lambda token: "".join(signs[byte] for byte in token)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([text(token) for token in tokens] + CONTROL + OWN)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.USER_DEFINED] * 2)
    writer.add_token_merges([text(left) + " " + text(right) for left, right in merges])
    writer.add_bos_token_id(len(tokens))
    writer.add_eos_token_id(len(tokens))
    writer.add_pad_token_id(len(tokens))
    writer.add_eot_token_id(len(tokens) + 2)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def mixed_texts():
    """The odd texts that the readers of vocabularies are tried on."""
    specification = importlib.util.spec_from_file_location("fixtures", ROOT / "Scripts/make-tokenizer-fixtures.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.texts()[:300]


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    lines, unseen = corpus()
    (TARGET / "corpus.txt").write_text("\n".join(lines) + "\n")
    texts = unseen + mixed_texts() + ["<|im_start|>user\nhi <a_1><a_0><|im_end|>\n", "<|im_start|><|im_start|", "<a_1", "<|endoftext|>渋谷"]
    (TARGET / "texts.jsonl").write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in texts))
    with peer_tokenizer(*sys.argv[1:3]) as tokenize:
        for pre, *options in CASES:
            tokens, merges = train(lines, EXPRESSIONS[pre], *options)
            file = TARGET / f"{pre}.gguf"
            write(file, pre, tokens, merges)
            ids = tokenize(file, texts, special=True)
            (TARGET / f"{pre}.ids.jsonl").write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in ids))
            print(pre, len(tokens) + 5, "tokens,", sum(map(len, ids)), "for", sum(len(text.encode()) for text in texts), "bytes")


if __name__ == "__main__":
    main()
