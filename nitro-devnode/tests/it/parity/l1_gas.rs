//! Acceptance item 90: the L1 part of the gas, which follows from the compressed size.

use alloy_primitives::{Address, Bytes, U256};

use super::pair::{Pair, Probe};
use super::random::Random;
use super::wish::{Kind, Wish};
use crate::rig::number;

const TRANSACTIONS: usize = 50;

/// Wei for a unit of L1 calldata (16 units a byte): low enough that 20,000 bytes fit a transaction.
const PRICE: u64 = 1_000_000_000;

/// Calldata of some length: noise, zeros, words of ABI, text, or noise that repeats itself.
fn calldata(random: &mut Random) -> Vec<u8> {
    let length = match random.below(4) {
        0 => random.index(40),
        1 => random.index(400),
        2 => random.index(4_000),
        _ => random.index(20_000),
    };
    match random.below(5) {
        0 => random.bytes(length),
        1 => vec![0; length],
        2 => {
            let words =
                (0..length / 32).map(|_| U256::from(random.below(1 << 24)).to_be_bytes::<32>());
            words.flatten().collect()
        }
        3 => {
            let words = ["patient ", "grants ", "access ", "until ", "tomorrow, "];
            let text: String = (0..length / 8).map(|_| *random.pick(&words)).collect();
            text.into_bytes()
        }
        _ => random.bytes(97).repeat(1 + length / 97),
    }
}

#[tokio::test]
async fn item_90_the_l1_part_of_the_gas_is_the_same_for_every_size() {
    let mut pair = Pair::meet("l1 gas").await;
    let mut random = Random::seeded(90);
    pair.as_owner("setL1PricePerUnit(uint256)", U256::from(PRICE)).await;

    let mut parts = Vec::new();
    for index in 1..=TRANSACTIONS {
        let input: Bytes = calldata(&mut random).into();
        let kind = random.pick(&[Kind::Legacy, Kind::AccessList, Kind::Dynamic]).clone();
        let step = format!("transaction {index} with {} bytes", input.len());
        let wish =
            Wish { gas: 20_000_000, kind, ..Wish::call(step, Address::repeat_byte(0x77), input) };
        // The first few are estimated as well: there the L1 part is padded.
        let probes = if index <= 10 { &[Probe::Estimate][..] } else { &[] };
        let receipt = pair.run(&wish, probes).await;
        parts.push(number(&receipt["gasUsedForL1"]));
    }
    // The next test finds the price as it was.
    pair.as_owner("setL1PricePerUnit(uint256)", U256::ZERO).await;

    parts.sort_unstable();
    assert!(parts[0] > 0, "every transaction paid for L1");
    parts.dedup();
    assert!(parts.len() > TRANSACTIONS / 2, "{} different sizes", parts.len());
    pair.agrees();
}
