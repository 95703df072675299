#!/usr/bin/env bash
# Drives the node with alloy's provider 1.8.3 (crates.io) and checks every answer. Built in
# target/compat-alloy (a minute or two, once).
set -euo pipefail
. "$(dirname "$0")/node.sh"

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/compat-alloy
cargo build --quiet --locked --manifest-path "$here/alloy/Cargo.toml"

start_node
"$CARGO_TARGET_DIR/debug/compat-alloy" "$url" "$dev_key" || fail "alloy"
stop_node
