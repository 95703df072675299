#!/usr/bin/env bash
# Compiles the helper contracts with npm's solc and writes the creation code of each to NAME.hex.
# Needs node and npm; the tests themselves do not.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" solc@0.8.30
"$work/node_modules/.bin/solcjs" --bin --optimize -o "$work/out" Payees.sol Tokens.sol
for name in ReentrantPayee RejectingPayee PermitToken NoReturnToken FeeOnTransferToken ReturnsFalseToken ReentrantToken; do
    fold -w 100 "$work"/out/*_"$name.bin" > "$name.hex"
done
