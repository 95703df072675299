#!/usr/bin/env bash
# Compiles what libFuzzer shall watch with its instrumentation, as cargo-fuzz does; everything else as
# usual: an instrumented compiler of WASM would only be slower.
case ${CARGO_PKG_NAME:-} in
  nitro-devnode* | devnode-* | serde_json | wasmparser | brotli* | alloy-rlp | alloy-consensus | wasm-smith)
    case "$*" in
      *--crate-name\ build_script_*) exec "$@" ;;
    esac
    exec "$@" -Cpasses=sancov-module \
      -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
      -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares \
      --cfg fuzzing -Ccodegen-units=4
    ;;
  *) exec "$@" ;;
esac
