# Chartkey: what a newcomer types. `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL := bash

include wasm.mk

TARGET_DIR := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)

.PHONY: help build demo test bench lint fmt doc deny spelling compat install

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

build: wasm ## The programs for the chain and the binaries for this machine
	cargo build --locked --workspace --bins

demo: build ## The main job, end to end, on real parts (leaves nothing behind)
	@BIN_DIR=$(TARGET_DIR)/debug examples/demo.sh

test: build ## Every test
	cargo test --locked --workspace

bench: wasm ## Node latency and throughput, with the method, beside anvil where npm has it
	cargo run --locked --release -p nitro-devnode --example bench

compat: build ## Foreign clients against the node: cast (from npm)
	BIN_DIR=$(TARGET_DIR)/debug nitro-devnode/compat/cast.sh

fmt: ## Format everything
	cargo fmt --all

lint: ## Formatting and clippy, warnings denied
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc: ## The API documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

deny: ## Licences, sources, bans; advisories where the database can be fetched
	cargo deny --locked --offline check licenses bans sources
	@cargo deny --locked fetch db >/dev/null 2>&1 && cargo deny --locked check --disable-fetch advisories \
		|| echo "deny: the RustSec database cannot be fetched here; advisories were NOT checked"

spelling: ## Spelling of code and prose
	typos

install: wasm ## Release binaries into ~/.cargo/bin and the programs beside them
	cargo install --locked --path cli
	cargo install --locked --path nitro-devnode
	install -d $${CARGO_HOME:-$$HOME/.cargo}/bin/programs
	install -m 644 target/programs/*.code $${CARGO_HOME:-$$HOME/.cargo}/bin/programs/
