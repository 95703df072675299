#!/usr/bin/env bash
# Drives the node with Hardhat 2, its ethers plugin and its network helpers from npm and checks every
# answer. The helpers refuse to talk to a node that is neither Hardhat's nor anvil by its name, so it
# takes one. Packages go to target/compat-hardhat, nothing else changes; nothing is left running.
set -euo pipefail
. "$(dirname "$0")/node.sh"

packages=${CARGO_TARGET_DIR:-$root/target}/compat-hardhat
wanted="hardhat@2.28.6 @nomicfoundation/hardhat-ethers@3.1.3 @nomicfoundation/hardhat-network-helpers@1.1.2 ethers@6.17.0"
if [ "$(cat "$packages/wanted" 2>/dev/null || true)" != "$wanted" ]; then
    mkdir -p "$packages"
    echo '{"private":true}' >"$packages/package.json"
    # shellcheck disable=SC2086 # a list
    npm install --prefix "$packages" --no-save --no-audit --no-fund --loglevel=error $wanted >&2
    printf '%s' "$wanted" >"$packages/wanted"
fi
cp "$here/hardhat.cjs" "$packages/"
cat >"$packages/hardhat.config.cjs" <<'JS'
require('@nomicfoundation/hardhat-ethers');
module.exports = {
  solidity: '0.8.30',
  defaultNetwork: 'nitro',
  networks: { nitro: { url: process.env.NODE_URL } },
};
JS

# Hardhat signs for nobody whom it impersonates elsewhere: the node signs for all.
start_node --unlock --client-version anvil/v1.7.1-nitro
cd "$packages"
HOME=$work HARDHAT_DISABLE_TELEMETRY_PROMPT=true NODE_URL=$url \
    node_modules/.bin/hardhat --config hardhat.config.cjs run --no-compile hardhat.cjs || fail hardhat
stop_node
