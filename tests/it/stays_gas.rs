//! Gas of the *stays* program, and of the frugal Solidity of the same words (`contract/benchmark`).

use chartkey_tests::{TestNode, anvil_key};
use ethers::core::types::{H256, U256};

use crate::client::{Client, Stays, cached_entry, client, deploy_with_credential};
use crate::gas::{Row, spent};
use crate::market::{create, hex_file};

const NIGHT: u32 = 20_800;
/// The rows that are held against a bound (issue 6).
const BOOK: &str = "book, one night";
const PAY: &str = "pay what is booked";

/// From quote to withdrawal; of the same rows there is a frugal Solidity.
pub(crate) async fn rows(clinic: &Stays<Client>, patient: &Stays<Client>) -> Vec<Row> {
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
pub(crate) async fn solidity() -> Vec<Row> {
    let node = TestNode::start();
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
    let node = TestNode::start();
    let clinic = client(&node.url(), &anvil_key(1)).await;
    let [_, stays] = deploy_with_credential(&clinic).await;
    cached_entry(&clinic, stays.program).await
}

/// `spent` of a row.
fn of(rows: &[Row], name: &str) -> u64 {
    rows.iter().find(|row| row.0 == name).map(|row| row.1).expect("a row of the table")
}

/// Booking and paying cost at most 1.05 times the frugal Solidity and the entry fee.
pub(crate) async fn check(cached: &[Row], solidity: &[Row]) {
    let entry = entry_of_stays().await;
    for (name, bound) in [(BOOK, 49_038), (PAY, 28_366)] {
        let (ours, theirs) = (of(cached, name), of(solidity, name));
        assert!(ours <= bound * 105 / 100 + entry, "{name}: {ours}, entry {entry}");
        assert!(ours <= theirs * 105 / 100 + entry, "{name}: {ours}, Solidity {theirs}");
    }
}
