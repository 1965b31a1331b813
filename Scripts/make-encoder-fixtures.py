"""Makes Tests/LanguageModelTests/Fixtures/minilm.jsonl: 200 sentences with the vectors of the reference implementation.

Run once by hand; the tests need no Python:
    pip install sentence-transformers
    python Scripts/make-encoder-fixtures.py FOLDER < sentences.txt
Vectors are stored as int16 of 32767 times the component: an error below 2e-5 each.
"""

import base64
import json
import sys

import numpy
from sentence_transformers import SentenceTransformer

sentences = [line.rstrip("\n") for line in sys.stdin if line.strip()]
model = SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(sentences, normalize_embeddings=True, convert_to_numpy=True)
with open("Tests/LanguageModelTests/Fixtures/minilm.jsonl", "w", encoding="utf-8") as file:
    for sentence, vector in zip(sentences, vectors):
        tokens = model.tokenizer(sentence, truncation=True, max_length=256)["input_ids"]
        data = base64.b64encode(numpy.round(vector * 32767).astype("<i2").tobytes()).decode()
        file.write(json.dumps({"text": sentence, "tokens": tokens, "vector": data}, ensure_ascii=False) + "\n")
