#!/bin/sh
# The tests of agreement with llama.cpp, on references that it makes now: random models, prompts and texts of a new seed.
#   compare-peers.sh [SEED]
set -eu
cd "$(dirname "$0")/.."
PEERS=$PWD/.build-peers
LIVE=$PEERS/live
SEED=${1:-$(date +%s)}
PYTHON=$PEERS/venv/bin/python
rm -rf "$LIVE"
mkdir -p "$LIVE"
echo "seed $SEED"
"$PYTHON" Scripts/make-decoder-fixtures.py "$PEERS/bin" "$LIVE/decoders" "$SEED"
"$PYTHON" Scripts/make-lora-fixture.py "$PEERS/bin" "$LIVE/decoders" "$SEED"
"$PYTHON" Scripts/make-tokenizer-fixtures.py "$PEERS"/llama_cpp_python-*/vendor/llama.cpp "$PEERS/build" "$LIVE/tokenizers" "$SEED"
status=0
OSUSUME_LIVE_FIXTURES=$LIVE swift test -c release --skip-build --filter 'PeerAgreementTests|LoRAPeerTests|TokenizerReferenceTests' \
  > "$LIVE/test.log" 2>&1 || status=$?
grep -E '^(✘|✔)|recorded an issue|error:' "$LIVE/test.log"
exit $status
