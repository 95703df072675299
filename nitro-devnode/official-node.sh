#!/usr/bin/env bash
# Starts the official Nitro image and brings it into the ready state that nitro-devnode starts in:
# L1 price 0, CREATE2 factory, our cache manager and StylusDeployer, test accounts with money. For
# comparing both nodes (docs/parity.md). The deployer has nonce 1 in nitro-devnode and 0 here: what it
# creates without a salt gets other addresses.
#
# Needs Docker, and cast (on the PATH, in $CAST, or from npm: compat/foundry.sh fetches it).
# Usage: official-node.sh [start|stop]; PORT (8547) and NITRO_IMAGE choose port and release.
#
# Not covered by the tests of this repository: they run where there is no Docker.
set -euo pipefail

image=${NITRO_IMAGE:-offchainlabs/nitro-node:v3.7.1-926f1ab}
port=${PORT:-8547}
name=chartkey-official-node
url=http://127.0.0.1:$port
here=$(cd "$(dirname "$0")" && pwd)
key=0xb6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659
# The public, keyless transaction that creates the CREATE2 factory.
factory=0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222
# Created by the dev account's fourth transaction, with capacity (32 MiB) and decay (0) as arguments.
manager=0xA6E41fFD769491a42A6e5Ce453259b93983a22EF
manager_init=0x$(cat "$here/chain/contracts/CacheManager.hex")$(printf '%064x%064x' 33554432 0)
# Put in its place by ArbDebug: its creation code is not the stock one, whose hash the address is.
deployer=0xcEcba2F1DC234f70Dd89F2041029807F8D03A990
deployer_code=0x$(cat "$here/chain/contracts/StylusDeployer.hex")
# The ten accounts of "test test … junk". The dev account has 1000 ether in all, and keeps half of
# it for the tests that compare.
accounts="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC 0x90F79bf6EB2c4f870365E785982E1f101E93b906
    0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc
    0x976EA74026E726554dB657fA54763abd0C3a0aa9 0x14dC79964da2C08b23698B3D3cc7Ca32193d9955
    0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f 0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"

fail() {
    echo "official-node.sh: $1" >&2
    exit 1
}

command -v docker >/dev/null ||
    fail "Docker is needed for the official image; without it use nitro-devnode (make run-node)"
case "${1:-start}" in
    start) ;;
    stop)
        docker rm --force "$name" >/dev/null
        exit
        ;;
    *) fail "unknown argument $1; choose start or stop" ;;
esac

CAST=${CAST:-$(command -v cast || echo "$("$here/compat/foundry.sh" cast)/cast")}
cast() { "$CAST" "$1" --rpc-url "$url" "${@:2}"; }
send() { cast send --private-key "$key" "$@" >/dev/null; }

docker run --rm --detach --name "$name" --publish "127.0.0.1:$port:8547" "$image" \
    --dev --http.addr 0.0.0.0 --http.api=net,web3,eth,debug >/dev/null
# A start that fails half-way leaves nothing running.
trap 'docker rm --force "$name" >/dev/null 2>&1 || true' EXIT
ready=
for _ in $(seq 600); do
    cast chain-id >/dev/null 2>&1 && ready=yes && break
    sleep 0.1
done
[ -n "$ready" ] || fail "the node does not answer on $url after a minute; see: docker logs $name"

send 0x00000000000000000000000000000000000000FF 'becomeChainOwner()'
send 0x0000000000000000000000000000000000000070 'setL1PricePerUnit(uint256)' 0
send 0x3fab184622dc19b6109349b94811493bf2a45362 --value 1ether
cast publish "$factory" >/dev/null
send --create "$manager_init"
send 0x0000000000000000000000000000000000000070 'addWasmCacheManager(address)' "$manager"
send 0x00000000000000000000000000000000000000FF 'overwriteContractCode(address,bytes)' "$deployer" "$deployer_code"
for account in $accounts; do
    send "$account" --value 50ether
done
[ "$(cast code 0x4e59b44847b379578588920cA78FbF26c0B4956C)" != 0x ] || fail "the CREATE2 factory is missing"
[ "$(cast code "$deployer")" != 0x ] || fail "the StylusDeployer is missing"

trap - EXIT
echo "Official Nitro ($image) is ready on $url; end it with: $0 stop"
