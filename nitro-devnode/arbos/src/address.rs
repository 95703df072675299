//! Fixed addresses (devnode.md appendix B and section 4.3).

use alloy_primitives::{Address, address};

/// Sender and target of the start-block transaction.
pub const ARBOS_ACTOR: Address = address!("00000000000000000000000000000000000A4B05");
/// The sequencer: coinbase of every block and the only batch poster.
pub const SEQUENCER: Address = address!("A4b000000000000000000073657175656e636572");
/// The pool that holds the poster fees.
pub const L1_PRICER_FUNDS: Address = address!("a4B00000000000000000000000000000000000F6");
/// The account whose storage is the ArbOS state.
pub const ARBOS_STATE: Address = address!("A4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");
/// Storage of filtered transactions (version 60).
pub const FILTERED_TRANSACTIONS: Address = address!("A4B0500000000000000000000000000000000001");
/// The parent-hash history contract (version 40).
pub const PARENT_HASH_HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// Its system caller (EIP-2935).
pub const SYSTEM_CALLER: Address = address!("fffffffffffffffffffffffffffffffffffffffe");
/// The account that dev mode funds and makes the second chain owner.
pub const DEV_ACCOUNT: Address = address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");

/// ArbSys.
pub const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// ArbInfo.
pub const ARB_INFO: Address = address!("0000000000000000000000000000000000000065");
/// ArbAddressTable.
pub const ARB_ADDRESS_TABLE: Address = address!("0000000000000000000000000000000000000066");
/// ArbBLS, without methods.
pub const ARB_BLS: Address = address!("0000000000000000000000000000000000000067");
/// ArbFunctionTable.
pub const ARB_FUNCTION_TABLE: Address = address!("0000000000000000000000000000000000000068");
/// ArbosTest.
pub const ARBOS_TEST: Address = address!("0000000000000000000000000000000000000069");
/// ArbOwnerPublic.
pub const ARB_OWNER_PUBLIC: Address = address!("000000000000000000000000000000000000006b");
/// ArbGasInfo.
pub const ARB_GAS_INFO: Address = address!("000000000000000000000000000000000000006c");
/// ArbAggregator.
pub const ARB_AGGREGATOR: Address = address!("000000000000000000000000000000000000006d");
/// ArbRetryableTx.
pub const ARB_RETRYABLE_TX: Address = address!("000000000000000000000000000000000000006e");
/// ArbStatistics.
pub const ARB_STATISTICS: Address = address!("000000000000000000000000000000000000006f");
/// ArbOwner.
pub const ARB_OWNER: Address = address!("0000000000000000000000000000000000000070");
/// ArbWasm.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// ArbWasmCache.
pub const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");
/// ArbNativeTokenManager.
pub const ARB_NATIVE_TOKEN_MANAGER: Address = address!("0000000000000000000000000000000000000073");
/// ArbFilteredTransactionsManager.
pub const ARB_FILTERED_TRANSACTIONS_MANAGER: Address =
    address!("0000000000000000000000000000000000000074");
/// NodeInterface, answered by the RPC server only.
pub const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000c8");
/// NodeInterfaceDebug, answered by the RPC server only.
pub const NODE_INTERFACE_DEBUG: Address = address!("00000000000000000000000000000000000000c9");
/// ArbDebug.
pub const ARB_DEBUG: Address = address!("00000000000000000000000000000000000000ff");
