//! Time and memory of a block, from the first to the last of a long chain.
//!
//! `cargo run --release -p devnode-chain --example growth [-- BLOCKS]`
//!
//! Method: one thread sends transfers, each in a block of its own; they are signed before the clock
//! starts. Medians over each tenth of the chain; memory is the growth of the resident set.

use std::time::{Duration, Instant};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Signature, TxKind, U256, b256};
use devnode_chain::{Chain, ChainConfig};
use k256::ecdsa::SigningKey;

/// The first of anvil's accounts.
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const PARTS: u64 = 10;

fn main() {
    let blocks: u64 =
        std::env::args().nth(1).map_or(100_000, |count| count.parse().expect("a number of blocks"));
    let chain = Chain::new(ChainConfig::default()).expect("the default configuration");
    let key = SigningKey::from_bytes(&KEY.0.into()).expect("a valid key");
    let start = resident_bytes();
    println!("{:>9}  {:>8}  {:>8}  {:>12}", "block", "p50 us", "p99 us", "bytes/block");
    for part in 0..PARTS {
        let length = blocks / PARTS;
        let signed: Vec<Vec<u8>> =
            (part * length..(part + 1) * length).map(|nonce| transfer(&key, nonce)).collect();
        let mut times: Vec<Duration> = signed
            .iter()
            .map(|raw| {
                let begin = Instant::now();
                chain.send_raw(raw).expect("a transfer");
                begin.elapsed()
            })
            .collect();
        times.sort_unstable();
        drop(signed);
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e6;
        let grown = resident_bytes().saturating_sub(start) / chain.head_number();
        println!("{:9}  {:8.1}  {:8.1}  {grown:12}", chain.head_number(), at(50), at(99));
    }
}

fn transfer(key: &SigningKey, nonce: u64) -> Vec<u8> {
    let transaction = TxEip1559 {
        chain_id: 412_346,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(Address::repeat_byte(0xb0)),
        value: U256::ONE,
        ..TxEip1559::default()
    };
    let hash = transaction.signature_hash();
    let (signature, recovery) =
        key.sign_prehash_recoverable(hash.as_slice()).expect("a hash of 32 bytes can be signed");
    let signature = Signature::from_signature_and_parity(signature, recovery.is_y_odd());
    TxEnvelope::Eip1559(transaction.into_signed(signature)).encoded_2718()
}

/// The resident set on Linux, 0 elsewhere.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4_096
}
