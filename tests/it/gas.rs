//! The committed gas table: each operation on the real programs, to the unit.
//!
//! Inputs, accounts and code are fixed, so the figures are exact. The two compilers that `make wasm`
//! knows do not make the same bytes, so each has its own table. `make gas` rewrites it.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use chartkey_tests::{DEV_KEY, anvil_key, programs};
use ethers::contract::FunctionCall;
use ethers::core::abi::Detokenize;
use ethers::core::types::{Bytes, Eip1559TransactionRequest, H256, TransactionReceipt, U256};
use ethers::providers::Middleware;
use nitro_devnode::Node;

use crate::client::{Client, Records, Stays, cache, client, deploy};

/// An epoch record without a readable label, in bytes (crypto.md section 6.2).
const EPOCH_RECORD: usize = 157;
/// The envelope of a frame of 512 bytes (crypto.md section 8.2).
const ENVELOPE_512: usize = 585;
/// Bytes of a head in a state word (crypto.md section 9.1).
const HEAD: usize = 28;
const NIGHT: u32 = 20_800;

type Row = (&'static str, u64);

fn gas(receipt: &TransactionReceipt) -> u64 {
    assert_eq!(receipt.status, Some(1.into()), "{:?}", receipt.transaction_hash);
    receipt.gas_used.expect("a receipt has its gas").as_u64()
}

async fn spent<D: Detokenize>(call: FunctionCall<Arc<Client>, Client, D>) -> u64 {
    gas(&call.send().await.expect("sent").await.expect("mined").expect("a receipt"))
}

/// All operations, in the order in which they can be done.
async fn operations(is_cached: bool) -> Vec<Row> {
    let node = Node::builder().port(0).spawn().expect("a node");
    let owner = client(&node.url(), DEV_KEY).await;
    let patient = client(&node.url(), &anvil_key(0)).await;
    let clinic = client(&node.url(), &anvil_key(1)).await;
    let transfer = Eip1559TransactionRequest::new().to(clinic.address()).value(1);
    let transfer = patient.send_transaction(transfer, None).await.expect("sent");
    let mut rows = vec![("transfer", gas(&transfer.await.expect("mined").expect("a receipt")))];
    let records = deploy(&clinic, &programs::records()).await;
    rows.push(("records: creation", gas(&records.creation)));
    rows.push(("records: activation", gas(&records.activation)));
    let stays = deploy(&clinic, &programs::stays()).await;
    rows.push(("stays: creation", gas(&stays.creation)));
    rows.push(("stays: activation", gas(&stays.activation)));
    if is_cached {
        rows.push(("records: into the cache", gas(&cache(&owner, records.program).await)));
        rows.push(("stays: into the cache", gas(&cache(&owner, stays.program).await)));
    }
    rows.extend(of_records(&Records::new(records.program, patient.clone())).await);
    let by_patient = Stays::new(stays.program, patient.clone());
    rows.extend(of_stays(&Stays::new(stays.program, clinic), &by_patient).await);
    rows
}

async fn of_records(records: &Records<Client>) -> Vec<Row> {
    let epoch = Bytes::from(vec![1; EPOCH_RECORD]);
    let envelope = Bytes::from(vec![2; ENVELOPE_512]);
    let create = records.create_record([9; 32], 7, epoch.clone());
    let record = create.call().await.expect("simulated");
    let mut rows = vec![("createRecord", spent(create).await)];
    rows.push(("appendEpoch, new section", {
        spent(records.append_epoch(record, 8, [0; 32], epoch)).await
    }));
    for name in ["append, 512-byte frame", "append, 512-byte frame, again"] {
        let state = records.state_of(record, 7).call().await.expect("a view");
        let append = records.append(record, 7, state, envelope.clone());
        rows.push((name, spent(append).await + discount(&state)));
    }
    let state = records.state_of(record, 7).call().await.expect("a view");
    let batch = records.append_batch(record, 7, state, vec![envelope; 10]);
    rows.push(("appendBatch of 10", spent(batch).await + discount(&state)));
    rows
}

/// What zero bytes in a head save: the head depends on the time, and a zero byte of calldata costs
/// 4 gas instead of 16. The table has the price of a head without any.
fn discount(state: &[u8; 32]) -> u64 {
    let zeros = state[..HEAD].iter().filter(|byte| **byte == 0).count();
    12 * zeros as u64
}

async fn of_stays(clinic: &Stays<Client>, patient: &Stays<Client>) -> Vec<Row> {
    let price = U256::exp10(17);
    let payer = patient.client().address();
    let room = H256::repeat_byte(7).to_fixed_bytes();
    let quote = |night| clinic.quote(payer, night, night + 1, room, price.as_u128());
    vec![
        ("quote, first", spent(quote(NIGHT)).await),
        ("quote, second", spent(quote(NIGHT + 1)).await),
        ("pay", spent(patient.pay(1).value(price)).await),
        ("settle, first of a clinic", spent(patient.settle(1)).await),
        ("withdraw", spent(clinic.withdraw()).await),
    ]
}

fn table(uncached: &[Row], cached: &[Row]) -> String {
    let mut text = format!(
        "# Gas, in units, exact\n\nPrograms built with {}'s compiler. \
         Written by `make gas`, asserted by `tests/it/gas.rs`.\n\n\
         | operation | gas | program in the chain's cache |\n| --- | ---: | ---: |\n",
        toolchain()
    );
    for (name, cached_gas) in cached {
        let uncached = uncached.iter().find(|(other, _)| other == name);
        let uncached = uncached.map_or_else(|| "-".to_owned(), |(_, gas)| gas.to_string());
        writeln!(text, "| {name} | {uncached} | {cached_gas} |").expect("a string takes it");
    }
    text
}

/// `rustup` or `debian`: whose compiler `make wasm` used.
fn toolchain() -> String {
    let file = programs::folder().join("toolchain");
    let name = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make wasm` first", file.display()));
    name.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_table_is_what_the_node_charges() {
    let table = table(&operations(false).await, &operations(true).await);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gas");
    let file = folder.join(format!("{}.md", toolchain()));
    if std::env::var("CHARTKEY_GAS_TABLE").is_ok_and(|value| value == "write") {
        std::fs::create_dir_all(&folder).expect("the repository can be written");
        std::fs::write(&file, &table).expect("the repository can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, table, "run `make gas` and look at the difference");
}
