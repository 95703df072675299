//! Acceptance item 95: the price after a burst.

use alloy_primitives::{Address, U256, address};
use serde_json::json;

use super::pair::Pair;
use super::wish::Wish;
use crate::rig::number;

const BURST: u64 = 40;
/// Gas of each transaction of the burst.
const GAS: u64 = 25_000_000;

const ARBOS_TEST: Address = address!("0000000000000000000000000000000000000069");

/// A transaction that uses all of its 25 million gas, at little cost to the machine.
pub(crate) fn burner(step: impl Into<String>) -> Wish {
    // `burnArbGas(uint256)` of more than there is.
    let mut input = vec![0xbb, 0x34, 0x80, 0xf9];
    input.extend_from_slice(&U256::from(u64::MAX).to_be_bytes::<32>());
    Wish { gas: GAS, ..Wish::call(step, ARBOS_TEST, input) }
}

#[tokio::test]
async fn item_95_the_base_fee_goes_through_the_same_sequence_after_a_burst() {
    let mut pair = Pair::meet("burst").await;
    let mut prices = Vec::new();
    for index in 1..=BURST {
        let receipt = pair.run(&burner(format!("burst {index}")), &[]).await;
        assert_eq!(number(&receipt["gasUsed"]), GAS, "{receipt}");
        prices.push(number(&receipt["effectiveGasPrice"]));
    }
    let histories = pair.ask_both("eth_feeHistory", &json!(["0x28", "latest", []])).await;
    let [ours, theirs] = histories.map(|history| history["result"]["baseFeePerGas"].clone());
    pair.note("the burst", "eth_feeHistory.baseFeePerGas", &ours, &theirs);

    let (first, last) = (prices[0], prices[prices.len() - 1]);
    assert!(last > 2 * first, "a thousand million gas raise the price: {first} to {last}");
    pair.agrees();
}
