//! The committed gas table: each operation on the real programs, to the unit.
//!
//! Inputs, accounts and code are fixed, so the figures are exact. The two compilers that `make wasm`
//! knows do not make the same bytes, so each has its own table. `make gas` rewrites it.

use std::fmt::Write;
use std::path::Path;

use chartkey_tests::{DEV_KEY, anvil_key, programs};
use ethers::contract::FunctionCall;
use ethers::core::abi::Detokenize;
use ethers::core::types::{Bytes, Eip1559TransactionRequest, H256, TransactionReceipt, U256};
use ethers::providers::Middleware;
use nitro_devnode::Node;
use std::sync::Arc;

use crate::client::{Client, Records, Stays, cache, client, deploy, init_gas};
use crate::market::{create, hex_file};

/// An epoch record without a readable label, in bytes (crypto.md section 6.2).
const EPOCH_RECORD: usize = 157;
/// The envelope of a frame of 512 bytes (crypto.md section 8.2).
const ENVELOPE_512: usize = 585;
const NIGHT: u32 = 20_800;
/// The rows that are held against a bound (issue 6).
const BOOK: &str = "book, one night";
const PAY: &str = "pay what is booked";

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
        rows.push((name, spent(records.append(record, 7, state, envelope.clone())).await));
    }
    let state = records.state_of(record, 7).call().await.expect("a view");
    let batch = records.append_batch(record, 7, state, vec![envelope; 10]);
    rows.push(("appendBatch of 10", spent(batch).await));
    rows
}

/// From quote to withdrawal; of the same rows there is a frugal Solidity.
async fn of_stays(clinic: &Stays<Client>, patient: &Stays<Client>) -> Vec<Row> {
    let price = U256::exp10(17);
    let (owner, payer) = (clinic.client().address(), patient.client().address());
    let room = H256::repeat_byte(7).to_fixed_bytes();
    let quote = |night| clinic.quote(payer, night, night + 1, room, price.as_u128());
    vec![
        ("quote, first", spent(quote(NIGHT)).await),
        ("quote, second", spent(quote(NIGHT + 1)).await),
        ("pay a quote, first night of a room", spent(patient.pay(1).value(price)).await),
        ("pay a quote", spent(patient.pay(2).value(price)).await),
        ("settle, first of a clinic", spent(patient.settle(1)).await),
        ("settle", spent(patient.settle(2)).await),
        ("withdraw", spent(clinic.withdraw()).await),
        ("quote, third", spent(quote(NIGHT + 2)).await),
        (BOOK, spent(patient.book(3)).await),
        (PAY, spent(patient.pay(3).value(price)).await),
        ("cancel by the clinic", spent(clinic.cancel(3)).await),
        ("openRoom, a year", {
            let next = NIGHT + 255;
            spent(clinic.open_room(owner, room, next, next + 255)).await
        }),
        ("quote in an opened room", spent(quote(NIGHT + 255)).await),
        ("book, first night of an opened room", spent(patient.book(4)).await),
    ]
}

/// The rows that both have, measured on the frugal Solidity.
async fn of_solidity() -> Vec<Row> {
    let node = Node::builder().port(0).spawn().expect("a node");
    let patient = client(&node.url(), &anvil_key(0)).await;
    let clinic = client(&node.url(), &anvil_key(1)).await;
    let frugal = create(&clinic, &hex_file("../contract/benchmark/FrugalStays.hex")).await;
    let (clinic, patient) = (Stays::new(frugal, clinic), Stays::new(frugal, patient));
    let price = U256::exp10(17);
    let payer = patient.client().address();
    let room = H256::repeat_byte(7).to_fixed_bytes();
    let quote = |night| clinic.quote(payer, night, night + 1, room, price.as_u128());
    vec![
        ("quote, first", spent(quote(NIGHT)).await),
        ("quote, second", spent(quote(NIGHT + 1)).await),
        ("pay a quote, first night of a room", spent(patient.pay(1).value(price)).await),
        ("pay a quote", spent(patient.pay(2).value(price)).await),
        ("settle, first of a clinic", spent(patient.settle(1)).await),
        ("settle", spent(patient.settle(2)).await),
        ("withdraw", spent(clinic.withdraw()).await),
        ("quote, third", spent(quote(NIGHT + 2)).await),
        (BOOK, spent(patient.book(3)).await),
        (PAY, spent(patient.pay(3).value(price)).await),
    ]
}

/// What a call pays before its first instruction, with the program in the cache.
async fn entry_of_stays() -> u64 {
    let node = Node::builder().port(0).spawn().expect("a node");
    let clinic = client(&node.url(), &anvil_key(1)).await;
    let stays = deploy(&clinic, &programs::stays()).await;
    let (_, cached) = init_gas(&clinic, stays.program).await;
    cached
}

/// `spent` of a row.
fn of(rows: &[Row], name: &str) -> u64 {
    rows.iter().find(|row| row.0 == name).map(|row| row.1).expect("a row of the table")
}

fn table(uncached: &[Row], cached: &[Row], solidity: &[Row]) -> String {
    let mut text = format!(
        "# Gas, in units, exact\n\nPrograms built with {}'s compiler. \
         Written by `make gas`, asserted by `tests/it/gas.rs`.\n\n\
         Solidity: `contract/benchmark/FrugalStays.sol`, the same words in storage.\n\n\
         | operation | gas | program in the chain's cache | frugal Solidity |\n\
         | --- | ---: | ---: | ---: |\n",
        toolchain()
    );
    let cell = |rows: &[Row], name: &str| {
        let row = rows.iter().find(|(other, _)| *other == name);
        row.map_or_else(|| "-".to_owned(), |(_, gas)| gas.to_string())
    };
    for (name, cached_gas) in cached {
        let (uncached, solidity) = (cell(uncached, name), cell(solidity, name));
        writeln!(text, "| {name} | {uncached} | {cached_gas} | {solidity} |")
            .expect("a string takes it");
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
    let (cached, solidity) = (operations(true).await, of_solidity().await);
    let table = table(&operations(false).await, &cached, &solidity);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gas");
    let file = folder.join(format!("{}.md", toolchain()));
    if std::env::var("CHARTKEY_GAS_TABLE").is_ok_and(|value| value == "write") {
        std::fs::create_dir_all(&folder).expect("the repository can be written");
        std::fs::write(&file, &table).expect("the repository can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, table, "run `make gas` and look at the difference");
    let entry = entry_of_stays().await;
    for (name, bound) in [(BOOK, 49_038), (PAY, 28_366)] {
        let (ours, theirs) = (of(&cached, name), of(&solidity, name));
        assert!(ours <= bound * 105 / 100 + entry, "{name}: {ours}, entry {entry}");
        assert!(ours <= theirs * 105 / 100 + entry, "{name}: {ours}, Solidity {theirs}");
    }
}
