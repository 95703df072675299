# The programs that go on chain: target/programs/{records,stays}.{wasm,code}.
#
# `make wasm` builds them small (build-std, immediate abort; guides/stylus-contracts.md section 2) with
# rustup's toolchain where its target and rust-src are or can be had, otherwise with Debian's.
# WASM_TOOLCHAIN=rustup|debian forces a way.

WASM_TOOLCHAIN ?= auto
WASM_OUT ?= $(CURDIR)/target/programs
WASM_BUILD := $(CURDIR)/target/wasm-build

.PHONY: wasm wasm-rustup wasm-debian wasm-both

wasm: ## The programs for the chain, with a size table
	@WASM_TOOLCHAIN=$(WASM_TOOLCHAIN) WASM_OUT=$(WASM_OUT) WASM_BUILD=$(WASM_BUILD) contract/build.sh

wasm-rustup: ## The same, with rustup's toolchain only
	@$(MAKE) --no-print-directory wasm WASM_TOOLCHAIN=rustup

wasm-debian: ## The same, with Debian's packages only
	@$(MAKE) --no-print-directory wasm WASM_TOOLCHAIN=debian

wasm-both: ## Builds both ways, to compare them (not part of the tests)
	@$(MAKE) --no-print-directory wasm WASM_TOOLCHAIN=debian WASM_OUT=$(CURDIR)/target/programs-debian
	@$(MAKE) --no-print-directory wasm WASM_TOOLCHAIN=rustup WASM_OUT=$(CURDIR)/target/programs-rustup
