#!/usr/bin/env bash
# Compiles FrugalStays.sol with npm's solc and writes FrugalStays.hex, the creation code that
# tests/it/gas.rs measures. Needs node and npm; nothing else of the repository does.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" solc@0.8.30
"$work/node_modules/.bin/solcjs" --bin --optimize --optimize-runs 1000000 -o "$work" FrugalStays.sol
fold -w 100 "$work"/*FrugalStays.bin > FrugalStays.hex
