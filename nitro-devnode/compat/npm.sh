#!/usr/bin/env bash
# Drives the node with viem, ethers 6 and ethers 5 from npm and checks every answer. Packages go to
# target/compat-npm, nothing else changes. Usage: npm.sh [viem] [ethers6] [ethers5]; default: all.
set -euo pipefail
. "$(dirname "$0")/node.sh"

if ! command -v npm >/dev/null; then
    fail "npm is needed to fetch viem and ethers; install Node.js"
fi
packages=${CARGO_TARGET_DIR:-$root/target}/compat-npm
wanted="viem@2.57.20 ethers6@npm:ethers@6.17.0 ethers5@npm:ethers@5.8.0"
if [ "$(cat "$packages/wanted" 2>/dev/null || true)" != "$wanted" ]; then
    mkdir -p "$packages"
    # shellcheck disable=SC2086 # a list
    npm install --prefix "$packages" --no-save --no-audit --no-fund --loglevel=error $wanted >&2
    printf '%s' "$wanted" >"$packages/wanted"
fi
# Modules are looked up from where the script lies.
cp "$here"/*.mjs "$packages/"

start_node
[ $# -gt 0 ] || set -- viem ethers6 ethers5
for client in "$@"; do
    case "$client" in
        ethers*) script=ethers.mjs ;;
        *) script=$client.mjs ;;
    esac
    node "$packages/$script" "$url" "$dev_key" "$client" || fail "$client"
done
stop_node
