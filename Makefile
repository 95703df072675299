# Chartkey: what a newcomer types. `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL := bash

# An installed toolchain of the right version, whatever its name: see toolchain.sh.
export RUSTUP_TOOLCHAIN ?= $(shell ./toolchain.sh)

include wasm.mk

.PHONY: help build demo test run-node lint fmt doc deny spelling bench clinic-job compat e2e parity compat-fhir crypto-wasm gas share stays-million stays-mutants

help: ## This list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

build: wasm ## The programs for the chain and the binaries for this machine
	cargo build --locked --workspace --bins

demo: build ## The main job, end to end, on real parts (leaves nothing behind)
	@BIN_DIR=$(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug PROGRAMS=$(WASM_OUT) examples/demo.sh

test: build ## Every test
	cargo test --locked --workspace --features chartkey-crypto/passphrase

# The test harness needs more stack than the 32 KiB of the contracts (.cargo/config.toml).
crypto-wasm: ## The vectors of format ehr1, built to WASM and run there
	cargo build --locked --workspace --features chartkey-crypto/passphrase --example run_wasm
	RUSTFLAGS="-C link-arg=-zstack-size=8388608" \
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug/examples/run_wasm \
		cargo test --locked -p chartkey-crypto --target wasm32-unknown-unknown --test it

gas: build ## Rewrites docs/gas from the programs that were just built
	CHARTKEY_GAS_TABLE=write cargo test --locked -p chartkey-tests --test it gas::

stays-million: ## A million random steps of the stays program against the plain model (minutes)
	CHARTKEY_STEPS=1000000 cargo test --locked -p chartkey-stays --lib stateful

stays-mutants: ## Takes out one check of the stays program at a time; each has to make tests fail (a quarter of an hour)
	contract/stays/mutants.py

bench: ## Latency and throughput of the node, anvil beside it (BENCH=--quick: a minute)
	cargo build --locked --release -p nitro-devnode --bin nitro-devnode --example bench
	-@nitro-devnode/compat/foundry.sh anvil >/dev/null
	$(or $(CARGO_TARGET_DIR),target)/release/examples/bench $(BENCH)

compat: ## The node driven by cast, forge, viem, ethers 5 and 6, Hardhat (npm), web3.py (PyPI), alloy, cargo-stylus 0.10 and 0.6 and a token of OpenZeppelin (crates.io), every answer checked
	cargo build --locked -p nitro-devnode --bin nitro-devnode
	nitro-devnode/compat/cast.sh
	nitro-devnode/compat/forge.sh
	nitro-devnode/compat/npm.sh
	nitro-devnode/compat/hardhat.sh
	nitro-devnode/compat/web3.sh
	nitro-devnode/compat/alloy.sh
	nitro-devnode/compat/cargo-stylus.sh
	nitro-devnode/compat/cargo-stylus-0.6.sh
	nitro-devnode/compat/openzeppelin.sh

e2e: build ## The end-to-end tests on the Nitro node at NITRO_URL, one after the other (docs/parity.md); without it, on the node with --strict
	tests/e2e.sh

parity: ## The node beside the Nitro node at NITRO_URL, every outcome compared (docs/parity.md); without it, beside itself
	cargo test --locked -p nitro-devnode --test it parity:: -- --nocapture

clinic-job: ## NDJSON of 10,000 entries into the records of 500 patients, killed ten times: each entry once
	cargo build --locked -p chartkey --bin chartkey
	CLINIC_JOB_PATIENTS=500 CLINIC_JOB_ENTRIES=10000 cargo test --locked -p chartkey-tests --test it \
		a_job_that_is_killed_ten_times -- --nocapture

compat-fhir: ## What the FHIR export writes, judged by HL7's JSON Schema of R4 (npm) and fhir.resources (PyPI)
	fhir/compat/validate.sh

share: ## Shell completions and man pages, in target/share
	cargo build --locked -p chartkey --bin chartkey
	@mkdir -p target/share/completions target/share/man
	@for shell in bash fish zsh elvish powershell; do \
		$(or $(CARGO_TARGET_DIR),target)/debug/chartkey generate completions $$shell > target/share/completions/chartkey.$$shell; done
	@$(or $(CARGO_TARGET_DIR),target)/debug/chartkey generate man target/share/man

run-node: ## The local node on 127.0.0.1:8547
	cargo run --locked --release -p nitro-devnode --

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
