//! The committed gas table: each operation on the real programs, to the unit.
//!
//! Inputs, accounts and code are fixed, so the figures are exact. The two compilers that `make wasm`
//! knows do not make the same bytes, so each has its own table. `make gas` rewrites it.

use std::fmt::Write;
use std::path::Path;

use chartkey_tests::{DEV_KEY, TestNode, anvil_key, programs};
use ethers::contract::FunctionCall;
use ethers::core::abi::Detokenize;
use ethers::core::types::{Eip1559TransactionRequest, TransactionReceipt};
use ethers::providers::Middleware;
use std::sync::Arc;

use crate::client::{
    Client, Stays, cache, cached_entry, client, deploy_records, deploy_stays, vouch,
};
use crate::{records_gas, stays_gas};

/// Most that starting the *records* program may cost when it is cached.
const MOST_ENTRY_GAS: u64 = 3_500;

pub(crate) type Row = (&'static str, u64);

pub(crate) fn gas(receipt: &TransactionReceipt) -> u64 {
    assert_eq!(receipt.status, Some(1.into()), "{:?}", receipt.transaction_hash);
    receipt.gas_used.expect("a receipt has its gas").as_u64()
}

pub(crate) async fn spent<D: Detokenize>(call: FunctionCall<Arc<Client>, Client, D>) -> u64 {
    gas(&call.send().await.expect("sent").await.expect("mined").expect("a receipt"))
}

/// All operations, in the order in which they can be done.
async fn operations(is_cached: bool) -> Vec<Row> {
    let node = TestNode::start();
    let owner = client(&node.url(), DEV_KEY).await;
    let patient = client(&node.url(), &anvil_key(0)).await;
    let clinic = client(&node.url(), &anvil_key(1)).await;
    let transfer = Eip1559TransactionRequest::new().to(clinic.address()).value(1);
    let transfer = patient.send_transaction(transfer, None).await.expect("sent");
    let mut rows = vec![("transfer", gas(&transfer.await.expect("mined").expect("a receipt")))];
    let records = deploy_records(&clinic).await;
    rows.push(("records: creation", gas(&records.creation)));
    rows.push(("records: activation", gas(records.activation.as_ref().expect("the first"))));
    let stays = deploy_stays(&clinic, records.program).await;
    rows.push(("stays: creation", gas(&stays.creation)));
    rows.push(("stays: activation", gas(stays.activation.as_ref().expect("the first"))));
    if is_cached {
        rows.push(("records: into the cache", gas(&cache(&owner, records.program).await)));
        rows.push(("stays: into the cache", gas(&cache(&owner, stays.program).await)));
    }
    rows.push(("records: entry when cached", cached_entry(&clinic, records.program).await));
    rows.push(("stays: entry when cached", cached_entry(&clinic, stays.program).await));
    let cast = records_gas::cast(&node.url(), clinic.clone()).await;
    rows.extend(records_gas::rows(records.program, &cast).await);
    vouch(&clinic, records.program, clinic.address()).await;
    let by_patient = Stays::new(stays.program, patient.clone());
    rows.extend(stays_gas::rows(&Stays::new(stays.program, clinic), &by_patient).await);
    rows
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
    let (cached, solidity) = (operations(true).await, stays_gas::solidity().await);
    let table = table(&operations(false).await, &cached, &solidity);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gas");
    let file = folder.join(format!("{}.md", toolchain()));
    if std::env::var("CHARTKEY_GAS_TABLE").is_ok_and(|value| value == "write") {
        std::fs::create_dir_all(&folder).expect("the repository can be written");
        std::fs::write(&file, &table).expect("the repository can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, table, "run `make gas` and look at the difference");
    let (_, entry) =
        cached.iter().find(|(name, _)| *name == "records: entry when cached").expect("a row");
    assert!(*entry <= MOST_ENTRY_GAS, "the cached entry of records costs {entry}");
    records_gas::check(&cached, *entry);
    stays_gas::check(&cached, &solidity).await;
}
