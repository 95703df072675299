//! Attacks on the money, by contracts and accounts on the node.

use std::sync::Arc;

use chartkey_abi::records_creation_code;
use chartkey_tests::{anvil_key, programs};
use ethers::contract::EthError;
use ethers::core::types::{Address, Bytes, H256, U256};
use ethers::core::utils::keccak256;
use ethers::providers::Middleware;

use crate::client::{
    Client, NoCredential, NotPatient, Records, Stays, TransferFailed, client, put, vouch,
};
use crate::market::{ADMIT, Market, PRICE, Puppet, ROOM, mined, refusal};

/// Stay 1 by an ordinary clinic, paid; stay 2 by a contract that acts as clinic, paid and settled.
async fn with_clinic(market: &Market, name: &str) -> Puppet<Client> {
    let puppet = Puppet::new(market.helper(name).await, market.clinic.clone());
    let (by_clinic, by_patient) = (market.of_clinic(), market.of_patient());
    let patient = market.patient.address();
    let quote = by_clinic.quote(patient, ADMIT, ADMIT + 1, ROOM, PRICE);
    let inner = quote.calldata().expect("encoded");
    vouch(&market.clinic, market.records, puppet.address()).await;
    mined(quote).await;
    mined(puppet.act(market.stays, inner)).await;
    for stay in [1, 2] {
        mined(by_patient.pay(stay).value(PRICE)).await;
    }
    mined(by_patient.settle(2)).await;
    puppet
}

fn data(call: &ethers::contract::FunctionCall<Arc<Client>, Client, U256>) -> Bytes {
    call.calldata().expect("encoded")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reentrant_payee_takes_its_money_once() {
    let market = Market::open().await;
    let payee = with_clinic(&market, "ReentrantPayee").await;
    let stays = market.of_clinic();
    mined(payee.arm(market.stays, data(&stays.withdraw()))).await;

    mined(payee.act(market.stays, data(&stays.withdraw()))).await;

    assert_eq!(payee.attempts().call().await.expect("a view"), U256::one(), "it did call back");
    assert!(!payee.succeeded().call().await.expect("a view"));
    assert_eq!(market.coins(payee.address()).await, PRICE.into());
    assert_eq!(market.coins(market.stays).await, PRICE.into(), "stay 1's escrow is all there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reentrant_payee_moves_nothing_else_either() {
    for inner in 0..3 {
        let market = Market::open().await;
        let payee = with_clinic(&market, "ReentrantPayee").await;
        let stays = market.of_clinic();
        let inner = match inner {
            0 => stays.settle(1).calldata(),
            1 => stays.cancel(1).calldata(),
            _ => stays.withdraw_to(Address::zero(), market.clinic.address()).calldata(),
        };
        mined(payee.arm(market.stays, inner.expect("encoded"))).await;

        mined(payee.act(market.stays, data(&stays.withdraw()))).await;

        assert!(!payee.succeeded().call().await.expect("a view"));
        assert_eq!(market.coins(market.stays).await, PRICE.into());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_that_takes_no_coins_sends_them_elsewhere() {
    let market = Market::open().await;
    let payee = with_clinic(&market, "RejectingPayee").await;
    let stays = market.of_clinic();

    let refused = refusal(&payee.act(market.stays, data(&stays.withdraw()))).await;
    let error = TransferFailed::decode_with_selector(&refused).expect("typed");
    assert_eq!((error.account, error.amount_wei), (payee.address(), PRICE.into()));
    let kept = stays.released_to(payee.address()).call().await.expect("a view");
    assert_eq!(kept, PRICE.into(), "the claim is kept");
    let elsewhere = Address::from_low_u64_be(0xbeef);
    let take = stays.withdraw_to(Address::zero(), elsewhere);
    mined(payee.act(market.stays, data(&take))).await;

    assert_eq!(market.coins(elsewhere).await, PRICE.into());
    assert_eq!(market.coins(market.stays).await, PRICE.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fake_clinic_cannot_quote_whatever_registry_it_makes() {
    let market = Market::open().await;
    let thief = client(&market.url, &anvil_key(4)).await;
    let of_thief = Stays::new(market.stays, thief.clone());
    // The same code is active already: creating it again is enough.
    let creation = records_creation_code(&programs::records());
    let own = put(&thief, creation).await.contract_address.expect("a creation");
    vouch(&thief, own, thief.address()).await;

    let quote = of_thief.quote(market.patient.address(), ADMIT, ADMIT + 1, ROOM, PRICE);
    let refused = NoCredential::decode_with_selector(&refusal(&quote).await).expect("typed");

    assert_eq!(refused.clinic, thief.address());
    let registry = of_thief.registry().call().await.expect("a view");
    assert_eq!(registry, market.records, "no call of the program changes it");
    vouch(&market.clinic, market.records, thief.address()).await;
    mined(quote).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_counts_at_once_and_what_was_quoted_before_can_be_paid() {
    let market = Market::open().await;
    let quote = market.of_clinic().quote(market.patient.address(), ADMIT, ADMIT + 1, ROOM, PRICE);
    mined(quote.clone()).await;
    let registrar = Records::new(market.records, market.clinic.clone());

    mined(registrar.set_credential(market.clinic.address(), 0, u64::MAX, 1)).await;

    assert!(NoCredential::decode_with_selector(&refusal(&quote).await).is_some());
    mined(market.of_patient().pay(1).value(PRICE)).await;
    mined(market.of_patient().settle(1)).await;
    mined(market.of_clinic().withdraw()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_accepts_ahead_of_the_patient() {
    let market = Market::open().await;
    let quote = market.of_clinic().quote(market.patient.address(), ADMIT, ADMIT + 1, ROOM, PRICE);
    mined(quote).await;
    let thief = client(&market.url, &anvil_key(4)).await;
    let of_thief = Stays::new(market.stays, thief.clone());

    let book = refusal(&of_thief.book(1)).await;
    let pay = refusal(&of_thief.pay(1).value(PRICE)).await;

    for data in [book, pay] {
        let error = NotPatient::decode_with_selector(&data).expect("typed");
        assert_eq!((error.patient, error.caller), (market.patient.address(), thief.address()));
    }
    mined(market.of_patient().book(1)).await;
    mined(of_thief.pay(1).value(PRICE)).await;
    mined(market.of_clinic().cancel(1)).await;
    let back = market.of_clinic().released_to(thief.address()).call().await.expect("a view");
    assert_eq!(back, PRICE.into(), "who pays for somebody is paid back");
}

#[tokio::test(flavor = "multi_thread")]
async fn coins_that_come_by_themselves_are_refused() {
    use ethers::core::types::Eip1559TransactionRequest;
    let market = Market::open().await;

    let send = Eip1559TransactionRequest::new().to(market.stays).value(1).gas(100_000);
    let sent = market.patient.send_transaction(send, None).await.expect("sent");
    let receipt = sent.await.expect("mined").expect("a receipt");

    assert_eq!(receipt.status, Some(0.into()));
    assert_eq!(market.coins(market.stays).await, U256::zero());
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_cost_the_same_however_many_there_are() {
    let market = Market::open().await;
    let (by_clinic, by_patient) = (market.of_clinic(), market.of_patient());
    let (clinic, patient) = (market.clinic.address(), market.patient.address());
    let first = 255 * 80;
    mined(by_clinic.open_room(clinic, ROOM, first, first + 254)).await;

    let mut gas = Vec::new();
    for stay in 1..=200_u32 {
        let night = first + stay;
        mined(by_clinic.quote(patient, night, night + 1, ROOM, PRICE)).await;
        let book = by_patient.book(u64::from(stay));
        gas.push(mined(book).await);
    }

    // The number of the stay is one byte of calldata throughout. The first booking of the lot is as dear
    // as the last; what differs is how far a bit is shifted.
    let (least, most) = (gas.iter().min().expect("some"), gas.iter().max().expect("some"));
    assert!(most - least <= 40, "{least} to {most}");
    assert!(gas[199].abs_diff(gas[0]) <= 40, "{} and {}", gas[0], gas[199]);
}

/// Gas of booking stay `number`, whose night is [`ADMIT`], without what the calldata costs.
async fn booking_gas(market: &Market, number: u64) -> u64 {
    let quote = market.of_clinic().quote(market.patient.address(), ADMIT, ADMIT + 1, ROOM, PRICE);
    assert_eq!(quote.call().await.expect("simulated"), number);
    mined(quote).await;
    let book = market.of_patient().book(number);
    let data = book.calldata().expect("encoded");
    let calldata: u64 = data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    mined(book).await - calldata
}

/// The slot of a key in the map at `slot`.
fn in_map(key: &[u8], slot: U256) -> U256 {
    let mut bytes = [0; 64];
    bytes[32 - key.len()..32].copy_from_slice(key);
    slot.to_big_endian(&mut bytes[32..]);
    U256::from_big_endian(&keccak256(bytes))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_100_000th_booking_costs_what_the_first_costs() {
    let first = Market::open().await;
    let last = Market::open().await;
    for market in [&first, &last] {
        mined(market.of_clinic().open_room(market.clinic.address(), ROOM, ADMIT, ADMIT)).await;
    }
    // As a chain has them after 99,999 stays: their number, and every other night of the room taken.
    let clinics = in_map(last.clinic.address().as_bytes(), 3.into());
    let word = in_map(&(ADMIT / 255).to_be_bytes(), in_map(&ROOM, clinics + 4));
    let others = U256::MAX ^ (U256::one() << (ADMIT % 255));
    for (slot, value) in [(U256::zero(), U256::from(99_999)), (word, others)] {
        let words = [slot, value].map(|number| {
            let mut bytes = H256::zero();
            number.to_big_endian(&mut bytes.0);
            bytes
        });
        let provider = last.clinic.provider();
        let arguments = (last.stays, words[0], words[1]);
        let is_set: bool =
            provider.request("anvil_setStorageAt", arguments).await.expect("a convenience");
        assert!(is_set);
    }
    assert_eq!(last.of_clinic().stay_count().call().await.expect("a view"), 99_999);
    let clinic = last.clinic.address();
    let nights = last.of_clinic().calendar_of(clinic, ROOM, ADMIT).call().await.expect("a view");
    assert_eq!(nights, others, "the word is the calendar's");

    let costs = [booking_gas(&first, 1).await, booking_gas(&last, 100_000).await];

    assert_eq!(costs[0], costs[1]);
    let nights = last.of_clinic().calendar_of(clinic, ROOM, ADMIT).call().await.expect("a view");
    assert_eq!(nights, U256::MAX);
}
