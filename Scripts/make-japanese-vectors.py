#!/usr/bin/env python3
"""Writes Sources/JapaneseWords/Resources/vectors-ja.bin: a vector and a weight for the lemmas of words-ja.bin.

    pip download --no-deps ja-ginza==5.2.0 && python3 -m zipfile -e ja_ginza-5.2.0-*.whl ginza
    pip install spacy janome
    Scripts/make-japanese-vectors.py ipadic/usr/share/mecab/dic/ipadic ginza/ja_ginza/ja_ginza-5.2.0/vocab .

Needed only to make the file anew; neither the build nor the tests run it. The vectors are those of chiVe (Works Applications,
Apache-2.0) as the package ja-ginza (Megagon Labs and Recruit, MIT) carries them, brought to length 1, centred, reduced to 128 dimensions by
principal components and kept as int8. The weight a / (a + p) (Arora, Liang, Ma 2017, a = 0.001) uses how often the lemma stands in the
Japanese texts of the packs that come with Osusume; words in them that are names do not count.
Layout of the file: Sources/JapaneseWords/WordVectors.swift.
"""
import collections, glob, importlib.util, json, os, struct, sys

import numpy

DIMENSION = 128
SMOOTHING = 1e-3

here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("words", os.path.join(here, "make-japanese-words.py"))
words = importlib.util.module_from_spec(spec)
spec.loader.exec_module(words)


def lemma_spellings(folder):
    """Folded base form → its number, and the spellings it has in the dictionary."""
    left, right = (words.context_ids(os.path.join(folder, name)) for name in ("left-id.def", "right-id.def"))
    place = {name: index for index, name in enumerate(sorted(set(left.values()) | set(right.values())))}
    numbers = {}
    for (_, _), (_, base) in sorted(words.entries(folder, place).items()):
        numbers.setdefault(base, len(numbers))
    spellings = collections.defaultdict(set)
    for path in glob.glob(os.path.join(folder, "*.csv")):
        with open(path, encoding="euc_jp", errors="replace") as lines:
            for line in lines:
                field = line.rstrip("\n").split(",")
                base = field[10] if field[10] != "*" else field[0]
                if words.fold(base) in numbers:
                    spellings[words.fold(base)].add(base)
    return numbers, spellings


def texts(root):
    for path in glob.glob(os.path.join(root, "domains/*/language/utterances.ja.tsv")):
        with open(path, encoding="utf-8") as lines:
            yield from (line.split("\t")[0] for line in lines)
    for path in glob.glob(os.path.join(root, "domains/*/catalog/items.jsonl")):
        with open(path, encoding="utf-8") as lines:
            yield from (json.loads(line).get("description", {}).get("ja", "") for line in lines)


def frequencies(root):
    from janome.tokenizer import Tokenizer

    tokenizer = Tokenizer()
    counts = collections.Counter()
    for text in texts(root):
        for token in tokenizer.tokenize(text):
            if token.part_of_speech.split(",")[1] not in ("固有名詞",):
                counts[words.fold(token.base_form if token.base_form != "*" else token.surface)] += 1
    return counts


def main(dictionary, vocabulary, root):
    from spacy.vocab import Vocab

    vocab = Vocab().from_disk(vocabulary)
    table = vocab.vectors.data / (numpy.linalg.norm(vocab.vectors.data, axis=1, keepdims=True) + 1e-9)
    mean = table.mean(0)
    _, _, axes = numpy.linalg.svd(table - mean, full_matrices=False)
    numbers, spellings = lemma_spellings(dictionary)
    counts = frequencies(root)
    total = sum(counts.values())
    out = bytearray()
    known = 0
    for base, number in sorted(numbers.items(), key=lambda pair: pair[1]):
        # お腹, ご飯: the polite prefix is left out where the whole word has no vector.
        tries = sorted(spellings[base]) + [base] + [s[1:] for s in sorted(spellings[base]) if s[:1] in "おご御" and len(s) > 1]
        found = next((s for s in tries if vocab.has_vector(s) and numpy.any(vocab[s].vector)), None)
        if found is None:
            continue
        vector = vocab[found].vector
        vector = (vector / numpy.linalg.norm(vector) - mean) @ axes[:DIMENSION].T
        scale = abs(vector).max() / 127
        weight = SMOOTHING / (SMOOTHING + counts[base] / total)
        out += struct.pack("<HBf", number, max(1, round(weight * 255)), scale)
        out += numpy.round(vector / scale).astype(numpy.int8).tobytes()
        known += 1
    target = os.path.join(root, "Sources/JapaneseWords/Resources/vectors-ja.bin")
    with open(target, "wb") as file:
        file.write(b"OSUVECTS" + struct.pack("<HI", DIMENSION, known) + out)
    print(f"{known} of {len(numbers)} lemmas, {len(out)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
