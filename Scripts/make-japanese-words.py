#!/usr/bin/env python3
"""Writes Sources/JapaneseWords/Resources/words-ja.bin from an unpacked IPADIC (Debian package mecab-ipadic).

    apt-get download mecab-ipadic && dpkg -x mecab-ipadic_*.deb ipadic
    Scripts/make-japanese-words.py ipadic/usr/share/mecab/dic/ipadic Sources/JapaneseWords/Resources/words-ja.bin

Needed only to make the file anew; neither the build nor the tests run it. IPADIC's 1316 context ids are merged into classes of part of
speech and inflected form, whose connection costs are the means over their ids; names are left out (they are the packs' affair), and so are
rare words. Layout of the file: Sources/JapaneseWords/WordTable.swift.
"""
import collections, glob, os, re, struct, sys

COMMON_BELOW = 5500  # nouns, adverbs and interjections; a cost is -log of the frequency
ANY_BELOW = 8500  # verbs, adjectives, particles, auxiliaries
LONGEST = 8  # letters
LEFT_OUT = {"Noun.place.csv", "Noun.name.csv", "Noun.org.csv", "Noun.proper.csv", "Symbol.csv"}


def fold(text):
    """As FoldedText in Sources/Understanding: full width to ASCII, lower case, katakana to hiragana."""
    out = []
    for letter in text:
        code = ord(letter)
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        if 65 <= code <= 90:
            code += 32
        if 0x30A1 <= code <= 0x30F6:
            code -= 0x60
        out.append(chr(code))
    return "".join(out)


def word_class(feature):
    parts = feature.split(",")
    return (parts[0], parts[1], parts[5] if len(parts) > 5 else "*")


def context_ids(path):
    with open(path, encoding="euc_jp") as lines:
        return {int(line.split(" ", 1)[0]): word_class(line.rstrip("\n").split(" ", 1)[1]) for line in lines}


def connections(folder, left, right, place):
    size = len(place)
    total, count = [[0] * size for _ in range(size)], [[0] * size for _ in range(size)]
    with open(os.path.join(folder, "matrix.def")) as lines:
        next(lines)
        for line in lines:
            before, after, cost = map(int, line.split())
            row, column = place[right[before]], place[left[after]]
            total[row][column] += cost
            count[row][column] += 1
    return [[total[r][c] // count[r][c] if count[r][c] else 3000 for c in range(size)] for r in range(size)]


def entries(folder, place):
    best = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.csv"))):
        if os.path.basename(path) in LEFT_OUT:
            continue
        with open(path, encoding="euc_jp", errors="replace") as lines:
            for line in lines:
                field = line.rstrip("\n").split(",")
                surface, cost, kind = fold(field[0]), int(field[3]), (field[4], field[5], field[9])
                limit = COMMON_BELOW if field[4] in ("名詞", "感動詞", "副詞") else ANY_BELOW
                plain = len(surface) <= LONGEST and all(ord(letter) < 0x10000 for letter in surface)
                if cost > limit or not plain or kind not in place or re.fullmatch("[a-z0-9]+", surface):
                    continue
                base = fold(field[10] if field[10] != "*" else field[0])
                if (surface, place[kind]) not in best or cost < best[(surface, place[kind])][0]:
                    best[(surface, place[kind])] = (cost, base)
    return best


def main(folder, target):
    left, right = (context_ids(os.path.join(folder, name)) for name in ("left-id.def", "right-id.def"))
    classes = sorted(set(left.values()) | set(right.values()))
    place = {name: index for index, name in enumerate(classes)}
    table = collections.defaultdict(list)
    lemmas = {}
    for (surface, kind), (cost, base) in sorted(entries(folder, place).items()):
        table[surface].append((cost, kind, lemmas.setdefault(base, len(lemmas))))
    assert len(lemmas) < 65536 and len(classes) < 256
    boundary = next(index for index, name in enumerate(classes) if name[0].startswith("BOS"))
    out = bytearray(b"OSUWORDS")
    out += struct.pack("<HHHI", len(classes), boundary, place[("名詞", "一般", "*")], len(table))
    for row in connections(folder, left, right, place):
        out += struct.pack(f"<{len(row)}h", *row)
    previous = ""
    for surface in sorted(table):
        shared = os.path.commonprefix([previous, surface])
        rest = surface[len(shared):]
        readings = sorted(table[surface])[:3]
        out += struct.pack("<BBB", len(shared), len(rest), len(readings)) + struct.pack(f"<{len(rest)}H", *map(ord, rest))
        for cost, kind, lemma in readings:
            out += struct.pack("<BhH", kind, max(-32768, min(32767, cost)), lemma)
        previous = surface
    with open(target, "wb") as file:
        file.write(out)
    print(f"{len(table)} surfaces, {len(lemmas)} lemmas, {len(classes)} classes, {len(out)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
