# make chat and make test are all that is needed; the rest is for those who work on Osusume.
SWIFT ?= swift
# Tests see internal names too; with the same flags for both, neither build undoes the other.
BUILD := $(SWIFT) build -c release -Xswiftc -enable-testing
BIN := .build/release
PACKAGES := libsqlite3-dev libreadline-dev python3-pip

.PHONY: chat test build setup lint eval tune bench peers bench-peers bench-training clean

chat: build
	@$(BIN)/osusume chat

test: setup lint
	@$(BUILD) --build-tests 1>&2
	@Scripts/test.sh

build: setup
	@$(BUILD) 1>&2

# Installs what is missing, and asks for rights only then.
setup:
	@Scripts/install-packages.sh $(PACKAGES) 1>&2
	@Scripts/fetch-encoder.sh 1>&2

lint:
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

# The packs' own benchmarks, on their test halves.
eval: build
	@for pack in domains/*/; do echo "== $$pack"; $(BIN)/osusume pack eval $$pack; done

# Chooses the fusion weights on the development halves and writes them into the packs.
tune: build
	@for pack in domains/*/; do $(BIN)/osusume pack eval $$pack --tune --half dev; done

# p50 and p99 of every stage of a turn.
bench: build
	@$(BIN)/turnbench domains/tokyo .build-encoder/all-MiniLM-L6-v2 .build-cache/tokyo

# Builds llama.cpp from its source package and holds the engine against it, live, on models and texts of another seed each time. Needs Python
# and a C++ compiler.
peers:
	@$(BUILD) --build-tests 1>&2
	@Scripts/build-peers.sh
	@Scripts/compare-peers.sh

# The engine beside llama.cpp on the same files, in interleaved rounds.
bench-peers: build
	@Scripts/build-peers.sh
	@Scripts/bench-peers.sh

# The trainer beside PyTorch on the same model, in interleaved rounds.
bench-training: build
	@Scripts/bench-training.sh

clean:
	@rm -rf .build .build-cache
