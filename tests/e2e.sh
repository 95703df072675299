#!/usr/bin/env bash
# The end-to-end tests on one node that was there before them: the one at NITRO_URL, or else
# the built nitro-devnode with --strict, which serves Nitro's methods only. What needs more is left
# out by name (own-node.txt says why). Arguments go to the tests (names, --nocapture).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
binaries=${CARGO_TARGET_DIR:-$here/../target}/debug
left_out=()
while read -r name _; do
    [[ -z $name || $name == \#* ]] || left_out+=(--skip "$name")
done <"$here/own-node.txt"

if [ -z "${NITRO_URL:-}" ]; then
    banner=$(mktemp)
    # As much money as official-node.sh gives.
    "$binaries/nitro-devnode" --strict --port 0 --balance 50 >"$banner" &
    node=$!
    trap 'kill $node; rm "$banner"' EXIT
    until grep -q http:// "$banner"; do
        kill -0 $node || { echo "e2e.sh: the node did not start" >&2; exit 1; }
        sleep 0.1
    done
    NITRO_URL=$(grep -o 'http://[^ ]*' "$banner" | head -1)
    export NITRO_URL
    echo "NITRO_URL is not set: on nitro-devnode --strict in a process of its own. Nothing is said about Nitro."
fi
echo "On $NITRO_URL, without $((${#left_out[@]} / 2)) tests (tests/own-node.txt says why)"
cargo test --locked -p chartkey-tests --test it -- --exact "${left_out[@]}" "$@"
