//! Deposits and part payments, and who is paid back.

use alloy_primitives::U256;
use chartkey_abi::{IStays, PolicyTerms, stay_state};

use super::{ADMIT, CLINIC, Chain, DAY, PATIENT, PRICE, RELATIVE, STRANGER, TERMS, offer, policy};

const PAY: IStays::payCall = IStays::payCall { stay: 1 };
/// 20 % of the price.
const DEPOSIT: u128 = PRICE / 5;

fn wrong(due: u128, sent: u128) -> Vec<u8> {
    let error = IStays::WrongAmount { stay: 1, dueWei: U256::from(due), sentWei: U256::from(sent) };
    alloy_sol_types::SolError::abi_encode(&error)
}

#[test]
fn a_deposit_books_the_stay_until_admission() {
    let mut chain = Chain::offered();
    assert_eq!(chain.pay(PATIENT, DEPOSIT - 1, &PAY), Err(wrong(PRICE, DEPOSIT - 1)));

    chain.pay(PATIENT, DEPOSIT, &PAY).expect("the least deposit");

    let terms = chain.terms(1);
    assert_eq!(chain.state(1), stay_state::BOOKED);
    assert_eq!((terms.dueWei, terms.depositWei), (PRICE - DEPOSIT, DEPOSIT));
    assert_eq!(terms.until, u64::from(ADMIT) * DAY);
    chain.pay(PATIENT, 1, &PAY).expect("any part after the deposit");
    assert_eq!(chain.pay(PATIENT, 0, &PAY), Err(wrong(PRICE - DEPOSIT - 1, 0)));
    assert_eq!(chain.pay(PATIENT, PRICE, &PAY), Err(wrong(PRICE - DEPOSIT - 1, PRICE)));
    chain.pay(PATIENT, PRICE - DEPOSIT - 1, &PAY).expect("the rest");
    assert_eq!((chain.state(1), chain.terms(1).dueWei), (stay_state::PAID, 0));
    assert_eq!(chain.coins, U256::from(PRICE));
}

#[test]
fn the_least_deposit_is_never_below_its_share() {
    let mut chain = Chain::new();
    chain.call(CLINIC, &policy(&TERMS)).unwrap();
    chain.call(CLINIC, &IStays::offerCall { totalWei: 11, ..offer() }).unwrap();

    assert_eq!(chain.pay(PATIENT, 2, &PAY), Err(wrong(11, 2)), "2 of 11 are less than 20 %");
    chain.pay(PATIENT, 3, &PAY).expect("the next whole unit");
}

#[test]
fn a_part_does_not_prolong_the_time_to_pay() {
    let mut chain = Chain::new();
    let terms = PolicyTerms { pay_within_secs: 10 * DAY as u32, ..TERMS };
    chain.call(CLINIC, &policy(&terms)).unwrap();
    chain.call(CLINIC, &offer()).unwrap();
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    let due_by = chain.terms(1).until;
    chain.at(u64::from(ADMIT - 5) * DAY);

    chain.pay(PATIENT, DEPOSIT, &PAY).expect("a part");

    assert_eq!(chain.terms(1).until, due_by);
}

#[test]
fn a_part_needs_a_policy_that_says_so_and_is_the_patients() {
    let mut chain = Chain::new();
    let terms = PolicyTerms { deposit_bps: 0, ..TERMS };
    chain.call(CLINIC, &policy(&terms)).unwrap();
    chain.call(CLINIC, &offer()).unwrap();
    assert_eq!(chain.pay(PATIENT, PRICE - 1, &PAY), Err(wrong(PRICE, PRICE - 1)));

    let mut chain = Chain::offered();
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    assert_eq!(chain.pay(RELATIVE, DEPOSIT, &PAY), Err(wrong(PRICE, DEPOSIT)));
    assert_eq!(chain.pay(PATIENT, PRICE + 1, &PAY), Err(wrong(PRICE, PRICE + 1)), "too much");
    let huge = (1_u128 << 96) + PRICE;
    assert_eq!(chain.pay(PATIENT, huge, &PAY), Err(wrong(PRICE, huge)), "no truncation");
}

/// The patient's deposit, the rest by a relative.
fn shared() -> Chain {
    let mut chain = Chain::offered();
    chain.pay(PATIENT, DEPOSIT, &PAY).expect("the deposit");
    chain.pay(RELATIVE, PRICE - DEPOSIT, &PAY).expect("the rest");
    chain
}

#[test]
fn a_full_refund_goes_to_both_who_paid() {
    let mut chain = shared();

    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();

    assert_eq!(chain.released(PATIENT), DEPOSIT);
    assert_eq!(chain.released(RELATIVE), PRICE - DEPOSIT);
    assert_eq!(chain.released(CLINIC), 0);
}

#[test]
fn the_deposit_carries_the_fee() {
    let mut chain = shared();
    chain.at(u64::from(ADMIT - 1) * DAY);

    chain.call(PATIENT, &IStays::cancelCall { stay: 1 }).unwrap();

    let fee = PRICE * 3 / 10;
    assert_eq!(chain.released(CLINIC), fee);
    assert_eq!(chain.released(PATIENT), 0, "the fee is more than the deposit");
    assert_eq!(chain.released(RELATIVE), PRICE - fee);
}

#[test]
fn refunds_of_an_early_discharge_and_of_the_rest_add_up() {
    let mut chain = shared();
    chain.at(u64::from(ADMIT) * DAY);
    chain.call(CLINIC, &IStays::arriveCall { stay: 1 }).unwrap();

    chain.call(CLINIC, &IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 1 }).unwrap();
    let first = PRICE / 2 * 2 / 3;
    assert_eq!(chain.released(RELATIVE), first);
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();

    assert_eq!(chain.released(RELATIVE), PRICE - DEPOSIT);
    assert_eq!(chain.released(PATIENT), DEPOSIT);
}

#[test]
fn a_deposit_whose_rest_never_comes_is_split_by_the_policy() {
    let mut chain = Chain::offered();
    chain.pay(PATIENT, PRICE / 2, &PAY).expect("a part");
    let due_by = u64::from(ADMIT) * DAY;
    chain.at(due_by);
    assert!(chain.call(STRANGER, &IStays::lapseCall { stay: 1 }).is_err());
    chain.at(due_by + 1);

    chain.call(STRANGER, &IStays::lapseCall { stay: 1 }).expect("anybody");

    let fee = PRICE * 3 / 10;
    assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (fee, PRICE / 2 - fee));
    assert_eq!(chain.nights(CLINIC, super::ROOM, ADMIT), U256::ZERO);
}

#[test]
fn a_fee_never_exceeds_what_was_paid() {
    let mut chain = Chain::offered();
    chain.pay(PATIENT, DEPOSIT, &PAY).unwrap();
    chain.at(u64::from(ADMIT - 1) * DAY);

    chain.call(PATIENT, &IStays::cancelCall { stay: 1 }).unwrap();

    assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (DEPOSIT, 0));
}

#[test]
fn a_refund_beyond_what_others_paid_lessens_the_deposit() {
    let mut chain = Chain::offered();
    chain.pay(PATIENT, PRICE / 10 * 9, &PAY).expect("a large part");
    chain.pay(RELATIVE, PRICE / 10, &PAY).expect("the rest");
    chain.at(u64::from(ADMIT) * DAY);
    chain.call(CLINIC, &IStays::arriveCall { stay: 1 }).unwrap();

    chain.call(CLINIC, &IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 1 }).unwrap();

    let refund = PRICE / 2 * 2 / 3;
    assert_eq!(chain.released(RELATIVE), PRICE / 10);
    assert_eq!(chain.released(PATIENT), refund - PRICE / 10);
    assert_eq!(chain.terms(1).depositWei, PRICE - refund, "all that is left is the patient's");
}
