//! Claims against an insurer.

use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};

use super::{CLINIC, Chain, INSURER, PATIENT, PRICE, STRANGER};

fn claim(amount: u128) -> IStays::claimCall {
    IStays::claimCall { stay: 1, insurer: INSURER, amountWei: amount }
}

fn answer(amount: u128, to_clinic: bool) -> IStays::settleClaimCall {
    IStays::settleClaimCall { stay: 1, amountWei: amount, toClinic: to_clinic }
}

fn wrong(due: u128, sent: u128) -> IStays::WrongAmount {
    IStays::WrongAmount { stay: 1, dueWei: U256::from(due), sentWei: U256::from(sent) }
}

#[test]
fn a_claim_takes_the_patients_consent_and_a_paid_stay() {
    let mut unpaid = Chain::offered();
    let state = IStays::WrongState { stay: 1, state: stay_state::QUOTED, needed: stay_state::PAID };
    unpaid.refuses(PATIENT, &claim(1), &state);

    let mut chain = Chain::funded();
    let not_patient = IStays::NotPatient { stay: 1, patient: PATIENT, caller: CLINIC };
    chain.refuses(CLINIC, &claim(1), &not_patient);
    chain.refuses(PATIENT, &claim(0), &wrong(PRICE, 0));
    chain.refuses(PATIENT, &claim(PRICE + 1), &wrong(PRICE, PRICE + 1));
    chain.call(PATIENT, &claim(PRICE)).expect("the whole price");
    chain.refuses(PATIENT, &claim(1), &IStays::ClaimOpen { stay: 1, insurer: INSURER });
}

#[test]
fn the_insurer_pays_in_parts_to_either_side() {
    let mut chain = Chain::funded();
    chain.call(PATIENT, &claim(PRICE)).unwrap();

    chain.pay(INSURER, 600, &answer(600, true)).expect("to the clinic");
    chain.pay(INSURER, PRICE - 600, &answer(PRICE - 600, false)).expect("to the patient");

    assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (600, PRICE - 600));
    let claim = chain.call(STRANGER, &IStays::claimOfCall { stay: 1 }).unwrap();
    assert_eq!((claim.insurer, claim.openWei), (INSURER, 0));
    let closed = IStays::NoClaim { stay: 1, insurer: INSURER };
    chain.refuses(INSURER, &answer(0, false), &closed);
    assert_eq!(chain.coins, U256::from(2 * PRICE), "the escrow is untouched");
}

#[test]
fn only_the_insurer_answers_and_never_more_than_is_open() {
    let mut chain = Chain::funded();
    let none = |insurer: Address| IStays::NoClaim { stay: 1, insurer };
    chain.refuses(INSURER, &answer(1, false), &none(INSURER));
    chain.call(PATIENT, &claim(100)).unwrap();

    chain.refuses(STRANGER, &answer(0, false), &none(STRANGER));
    chain.refuses(INSURER, &answer(101, false), &wrong(100, 101));
    chain.refuses(INSURER, &answer(100, false), &wrong(100, 0));
    assert!(chain.pay(INSURER, 99, &answer(100, false)).is_err(), "less than said");
    assert!(chain.pay(INSURER, 1, &answer(0, false)).is_err(), "a refusal takes no money");
    chain.call(INSURER, &answer(0, false)).expect("refused");
    chain.call(PATIENT, &claim(100)).expect("and asked again");
}

#[test]
fn a_stay_that_was_cancelled_is_not_paid_by_the_insurer() {
    let mut chain = Chain::funded();
    chain.call(PATIENT, &claim(100)).unwrap();
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();

    let state =
        IStays::WrongState { stay: 1, state: stay_state::CANCELLED, needed: stay_state::PAID };
    let refused = chain.pay(INSURER, 100, &answer(100, false));
    assert_eq!(refused, Err(alloy_sol_types::SolError::abi_encode(&state)));
}
