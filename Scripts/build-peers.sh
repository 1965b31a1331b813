#!/bin/sh
# llama.cpp from the PyPI source package llama-cpp-python, built for this machine into .build-peers/ (once; a few
# minutes on two cores). Afterwards .build-peers/bin holds llama-bench, llama-quantize, peer-logits and peer-tokenize.
set -eu
cd "$(dirname "$0")/.."
PEERS=$PWD/.build-peers
VERSION=0.3.36
SOURCE=$PEERS/llama_cpp_python-$VERSION/vendor/llama.cpp

# Our own small programs beside it: a changed one needs no new llama.cpp.
programs() {
  link="-L$PEERS/build/bin -lllama -lggml -lggml-base -Wl,-rpath,$PEERS/build/bin"
  include="-I$SOURCE/include -I$SOURCE/ggml/include"
  # shellcheck disable=SC2086
  [ "$PEERS/bin/peer-logits" -nt Scripts/peer-logits.c ] || cc -O2 $include -o "$PEERS/bin/peer-logits" Scripts/peer-logits.c $link
  # shellcheck disable=SC2086
  [ "$PEERS/bin/peer-tokenize" -nt Scripts/peers/tokenize.cpp ] ||
    c++ -std=c++17 -O1 $include -o "$PEERS/bin/peer-tokenize" Scripts/peers/tokenize.cpp $link
}

if [ "$(cat "$PEERS/version" 2>/dev/null)" = "$VERSION" ]; then programs; exit; fi
mkdir -p "$PEERS"
[ -d "$PEERS/venv" ] || python3 -m venv "$PEERS/venv"
"$PEERS/venv/bin/pip" install --quiet cmake ninja gguf numpy tokenizers
if [ ! -f "$PEERS/llama_cpp_python-$VERSION.tar.gz" ]; then
  # The source of this one package, and wheels of what its metadata need.
  "$PEERS/venv/bin/pip" download --quiet --no-deps --no-binary llama-cpp-python --dest "$PEERS" "llama-cpp-python==$VERSION"
fi
tar xzf "$PEERS/llama_cpp_python-$VERSION.tar.gz" -C "$PEERS"
PATH="$PEERS/venv/bin:$PATH"
cmake -S "$SOURCE" -B "$PEERS/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF \
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TOOLS=ON -DBUILD_SHARED_LIBS=ON > "$PEERS/configure.log" 2>&1
nice ninja -C "$PEERS/build" llama llama-bench llama-quantize > "$PEERS/build.log" 2>&1 || { tail -20 "$PEERS/build.log" >&2; exit 1; }
mkdir -p "$PEERS/bin"
for tool in llama-bench llama-quantize; do ln -sf "$PEERS/build/bin/$tool" "$PEERS/bin/$tool"; done
rm -f "$PEERS/bin/peer-logits" "$PEERS/bin/peer-tokenize"
programs
echo "$VERSION" > "$PEERS/version"
