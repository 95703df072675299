//! What depends on a chain's past: taken over before a comparison, or left out of it.

use alloy_primitives::{Address, B256, U256, address, b256, keccak256};
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use crate::rig::number;

/// Where ArbOS keeps its state (devnode.md appendix B).
pub(super) const ARBOS_STATE: Address = address!("A4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");

/// Accounts that every transaction of anybody changes: ArbOS, the sequencer, the pool of L1 fees, the
/// fee accounts, the ring of parent hashes.
const EVERYBODYS: [Address; 5] = [
    ARBOS_STATE,
    address!("A4b000000000000000000073657175656e636572"),
    address!("a4B00000000000000000000000000000000000F6"),
    Address::ZERO,
    address!("0000F90827F1C53a10cb7A02335B175320002935"),
];

/// Whether others may have changed an account: one of those, or a precompile, which may have got money.
fn is_everybodys(account: Address) -> bool {
    EVERYBODYS.contains(&account) || account < Address::with_last_byte(0xff)
}

/// `ProgramActivated(bytes32,bytes32,address,uint256,uint16)`.
const PROGRAM_ACTIVATED: B256 =
    b256!("c0e812780707128d9a180db8ee4d1c1f1300b6dd0626d577b5d9ac759b76253c");

/// ArbOS words that earlier transactions and the time that passed have left, and that later gas,
/// prices and fees follow from: path of the space and offset (devnode.md appendix A).
const INHERITED: [(&[u8], u8); 4] = [
    (&[1], 2),    // base fee
    (&[1], 4),    // gas backlog
    (&[8, 3], 0), // data pricer: demand
    (&[8, 3], 2), // data pricer: last update
];

/// The slot of an offset in a space.
fn slot(path: &[u8], offset: u8) -> B256 {
    let key =
        path.iter().fold(Vec::new(), |key, id| keccak256([&key[..], &[*id]].concat()).to_vec());
    let mut slot = keccak256([&key[..], &[0; 31]].concat());
    slot[31] = offset;
    slot
}

/// Gives our chain the time of theirs, which prices and fees recover with, and those words of it.
pub(super) async fn inherit(chain: &nitro_devnode::chain::Chain, theirs: &Endpoint) {
    chain.set_next_timestamp(number(&theirs.head().await["timestamp"])).unwrap();
    chain.mine();
    for (path, offset) in INHERITED {
        let slot = slot(path, offset);
        let word = theirs.storage(ARBOS_STATE, slot).await;
        if chain.storage(ARBOS_STATE, slot.into(), chain.head_number()) != word {
            chain.set_storage(ARBOS_STATE, slot.into(), word);
        }
    }
}

/// The base fee of a node's next block, if no second passes.
pub(super) async fn next_base_fee(node: &Endpoint) -> U256 {
    node.storage(ARBOS_STATE, slot(&[1], 2)).await
}

/// An answer of `prestateTracer` that says of everybody's accounts only that they are there.
pub(super) fn without_everybodys(mut prestate: Value) -> Value {
    let hidden = |accounts: &mut Value| {
        for (address, account) in accounts.as_object_mut().into_iter().flatten() {
            if address.parse().is_ok_and(is_everybodys) {
                *account = json!("an account of everybody");
            }
        }
    };
    hidden(&mut prestate);
    for half in ["pre", "post"] {
        if let Some(accounts) = prestate.get_mut(half) {
            hidden(accounts);
        }
    }
    prestate
}

/// Logs without the module hash of an activation: it is the hash of Nitro's native code, which this
/// node does not have (README, known limits).
pub(super) fn without_module_hash(mut logs: Value) -> Value {
    for log in logs.as_array_mut().into_iter().flatten() {
        if log["topics"][0] == json!(PROGRAM_ACTIVATED)
            && let Some(data) = log["data"].as_str()
            && data.len() > 66
        {
            log["data"] = json!(format!("0x{}{}", "0".repeat(64), &data[66..]));
        }
    }
    logs
}

#[test]
fn slots_are_those_of_the_specification() {
    let backlog = slot(&[1], 4);
    let expected = b256!("e54de2a4cdacc0a0059d2b6e16348103df8c4aff409c31e40ec73d11926c8204");
    assert_eq!(backlog, expected);
    assert_ne!(U256::from_be_bytes(slot(&[8, 3], 0).0), U256::ZERO);
}
