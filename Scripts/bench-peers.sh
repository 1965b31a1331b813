#!/bin/sh
# make bench-peers: this engine beside llama.cpp on the same random models, in interleaved rounds; prints a table of means and ratios.
#   bench-peers.sh [ROUNDS]     PEERS and BENCH name other folders and programs
set -eu
cd "$(dirname "$0")/.."
ROUNDS=${1:-4}
PEERS=${PEERS:-$PWD/.build-peers/bin}
MODELS=${MODELS:-$PWD/.build-peers/models}
BENCH=${BENCH:-$PWD/.build/release/osusume}
PYTHON=${PYTHON:-$PWD/.build-peers/venv/bin/python}
"$PYTHON" Scripts/make-bench-models.py "$PEERS" "$MODELS"
exec "$PYTHON" Scripts/bench_peers.py "$PEERS" "$BENCH" "$MODELS" "$ROUNDS"
