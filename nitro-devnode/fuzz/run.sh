#!/usr/bin/env bash
# Builds and runs one fuzz target with an ordinary compiler: ./run.sh TARGET [libFuzzer's options].
#
#   ./run.sh rpc -max_total_time=3600 -rss_limit_mb=2048
#
# The corpus is in $FUZZ_CORPUS/TARGET (default: target/fuzz-corpus at the repository's root); where it
# is empty it is seeded first. Only our own crates and the parsers are instrumented (rustc.sh).
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
target=${1:?name a target: activate, code or rpc}
shift
export CARGO_TARGET_DIR=${FUZZ_TARGET_DIR:-$root/target/fuzz}
corpus=${FUZZ_CORPUS:-$root/target/fuzz-corpus}/$target
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_WRAPPER=$PWD/rustc.sh cargo build --release --target "$host" --bin "$target"
mkdir -p "$corpus"
[ -n "$(ls -A "$corpus")" ] || python3 seeds.py "$target" "$corpus"
[ -n "${FUZZ_BUILD_ONLY:-}" ] ||
  exec "$CARGO_TARGET_DIR/$host/release/$target" "$@" -artifact_prefix="$corpus-" "$corpus"
