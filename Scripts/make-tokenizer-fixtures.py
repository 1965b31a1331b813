#!/usr/bin/env python3
"""Writes Tests/LanguageModelTests/Fixtures/tokenizers: vocabularies, and what the reference makes of a thousand mixed texts.

Run by hand when the texts change; the tests themselves need no Python. Needs the PyPI package `tokenizers`, llama.cpp's source (the PyPI
sdist `llama-cpp-python` carries it under vendor/llama.cpp) and a build of it with shared libraries:

    make-tokenizer-fixtures.py LLAMA_CPP_SOURCE LLAMA_CPP_BUILD [FOLDER [SEED]]

The reference is llama.cpp, and for WordPiece Hugging Face's `tokenizers`, with which BERT models are trained; the two differ in Hangul and
words of more than 100 characters, and how often is printed.
"""
import gzip, json, pathlib, random, struct, sys

from peer_tokenizer import peer_tokenizer

NAMES = ["llama-bpe", "qwen2", "gpt-2", "llama-spm", "bert-bge"]
SEEDS = {
    "english": [
        "Have you been to Shibuya?", "I'm sure we'll find something", "they'RE HERE and I'VE seen it", "y'all'd've known", "It's 5 o'clock",
        "The quick brown fox jumps over the lazy dog.", "Hello, world!", "a museum that isn't crowded", "rock 'n' roll", "naïve café résumé",
        "somewhere quiet, under ¥3,000 (per person)", "MiXeD CaSe WoRdS", "antidisestablishmentarianism", "e.g. https://example.org/a?b=c&d=%20#e",
        "mail me: someone@example.com", "“quoted” – and—dashed…", "don't / won't / can't", "'tis", "rock'Em", "well-known", "U.S.A.", "“It’s”",
    ],
    "japanese": [
        "渋谷で静かな喫茶店を探しています。", "お勧めの美術館はありますか？", "東京タワーとスカイツリー、どっちがいい？", "ラーメン食べたい！！", "それより安いのは？",
        "１２３４５円以内で", "ガギグゲゴ が ぎ ぐ", "ｶﾞｷﾞｸﾞ ﾊﾝｶｸ", "「千と千尋の神隠し」みたいな映画", "日本語とEnglishが混ざったtext", "㈱㍿①②③", "々〆ヶー〜",
        "吉野家で𠮷田さんと", "はい、そうです。", "上野→浅草→秋葉原", "雨の日　デート　個室",
    ],
    "emoji": ["😀", "🍣🍜", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇯🇵🇺🇸", "👍🏽", "❤️", "☕︎", "🚀 (normal) 😶‍🌫️", "✅ 🦙🦙", "1️⃣2️⃣", "¯\\_(ツ)_/¯", "(^_^)v", "🫠"],
    "digits": ["3", "33", "3333", "1234567", "3.14159", "1,000,000", "2024-05-17T10:30:00Z", "0x1F600", "½ ² Ⅷ", "٣٤٥", "１２３", "９", "12:30", "-7", "1e-9", "10 000", "007"],
    "spaces": [" ", "  ", "   ", "       ", "\t", "\t\t ", " \t", "\n", "\n\n", "\r\n", " \n ", "\n  \n", "\u00a0", "\u3000", "\u2003 \u2003", " \u00a0 ", "\u2028", "\r", "\n\n\n   \n"],
    "code": [
        "func f(_ x: Int) -> Int { x &+ 1 }", "    return x == y ? a[i] : b->c;", "for (int i = 0; i < n; ++i) {\n        sum += a[i];\n    }",
        "def g(self, *args, **kwargs):\n\treturn {k: v for k, v in kwargs.items()}", "SELECT * FROM items WHERE price<=3000;", "{\"id\": 1, \"name\": \"渋谷\"}",
        "#include <stdio.h>", "if [ -f \"$FILE\" ]; then echo 'ok'; fi", "<div class=\"a b\">&amp;</div>", "a\\nb\\t\\\\c", "x**2 + y^2 != z~=w", "// ====== comment ======", "snake_case camelCase kebab-case",
        "%%%###!!!???", "...........", "-----", "$100 @user #tag", "`code`", "||&&",
    ],
    "scripts": [
        "Führer über Größe", "Việt Nam Cửa Việt", "Привет, мир!", "Γειά σου Κόσμε ΣΊΣΥΦΟΣ", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "שלום עולם", "İstanbul ıI", "ÅNGSTRÖM Ǆ ﬁ ß ẞ",
        "e\u0301 a\u0308\u0304 o\u0302\u0323", "ქართული", "አማርኛ", "ខ្មែរ", "中文繁體和简体", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𐍈𐌰", "K Å Ω", "Łódź źdźbło", "ΐ ΰ", "œuvre",
    ],
    "hangul": ["안녕하세요 세계", "서울 맛집"],
    "odd": [
        "\u200b", "\ufeff", "\u200e", "\ufffd", "\x01\x02", "\x7f", "\x0b", "\x0c", "\x85", "\ue000", "\u2581", "\u2581\u2581a", "a" * 60, "ab" * 70, "ー" * 30,
        "\u0378", "\U0010ffff", "'", "''", "' s", "'S'T", "\"", "a\u0301\u0301\u0301", "\u0301", "\u00ad", "Ġ Ċ", "ſ 'ſ",
    ],
}
COUNT = 1000


def texts(seed):
    chance = random.Random(seed)
    kinds = list(SEEDS)
    weights = [10, 9, 4, 5, 5, 6, 4, 1, 3]
    seen, result = set(), []
    while len(result) < COUNT:
        parts = []
        for kind in chance.choices(kinds, weights, k=chance.choice([1, 2, 2, 3, 3, 4, 6])):
            parts.append(chance.choice(SEEDS[kind]))
            parts.append(chance.choice(["", "", " ", " ", " ", ", ", "  ", "\n", "。", "　"]))
        text = "".join(parts[:-1] if chance.random() < 0.8 else parts)
        if text not in seen:
            seen.add(text)
            result.append(text)
    return result


def main():
    source, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    root = pathlib.Path(__file__).resolve().parent
    target = root.parent / "Tests/LanguageModelTests/Fixtures/tokenizers"
    if len(sys.argv) > 3:
        target = pathlib.Path(sys.argv[3])
    target.mkdir(parents=True, exist_ok=True)
    lines = texts(int(sys.argv[4]) if len(sys.argv) > 4 else 20240517)
    (target / "mixed.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    with peer_tokenizer(source, build) as tokenize:
        for name in NAMES:
            file = source / f"models/ggml-vocab-{name}.gguf"
            (target / f"{name}.gguf.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
            (target / f"{name}.out").write_bytes((source / f"models/ggml-vocab-{name}.gguf.out").read_bytes())
            ids = tokenize(file, lines)
            if name == "bert-bge":
                own = wordpiece(file, lines)
                print(sum(a != b for a, b in zip(ids, own)), "texts differ between llama.cpp and Hugging Face in", name)
                ids = own
            words = [word for line in ids for word in [len(line), *line]]
            (target / f"mixed.{name}.ids.gz").write_bytes(gzip.compress(struct.pack(f"<{len(words)}I", *words), 9, mtime=0))
    (target / "peer.inp").write_bytes((source / "models/ggml-vocab-llama-bpe.gguf.inp").read_bytes())


def wordpiece(file, lines):
    from gguf import GGUFReader
    from tokenizers import BertWordPieceTokenizer

    tokens = GGUFReader(file).fields["tokenizer.ggml.tokens"].contents()
    pieces = [t[1:] if t.startswith("\u2581") else t if t.startswith("[") and t.endswith("]") else "##" + t for t in tokens]
    tokenizer = BertWordPieceTokenizer({piece: id for id, piece in enumerate(pieces)}, lowercase=True)
    return [tokenizer.encode(line, add_special_tokens=False).ids for line in lines]


if __name__ == "__main__":
    main()
