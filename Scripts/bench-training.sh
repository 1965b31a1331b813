#!/bin/sh
# make bench-training: tokens that are trained a second, beside PyTorch (from PyPI, into .build-peers/venv) on the same model and threads.
set -eu
cd "$(dirname "$0")/.."
PEERS=$PWD/.build-peers
mkdir -p "$PEERS"
[ -d "$PEERS/venv" ] || python3 -m venv "$PEERS/venv"
"$PEERS/venv/bin/pip" install --quiet numpy torch
exec "$PEERS/venv/bin/python" Scripts/bench-training-peer.py "$@"
