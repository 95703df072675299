//! Claims against an insurer.

use alloy_primitives::{Address, U256};
use chartkey_abi::{IStays, stay_state};

use super::{ADMIT, ARBITER, CLINIC, Chain, INSURER, PATIENT, PRICE, STRANGER};

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

#[test]
fn a_claim_of_a_stay_that_was_cancelled_is_worth_nothing_and_can_be_ended_by_both() {
    let cancelled = || {
        let mut chain = Chain::funded();
        chain.call(PATIENT, &claim(100)).unwrap();
        chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();
        chain
    };
    let mut patient = cancelled();
    assert_eq!((patient.claim(1).openWei, patient.claim(1).mostWei), (100, 0));
    patient.call(PATIENT, &claim(0)).expect("the consent is the patient's");
    assert_eq!(patient.claim(1).openWei, 0);

    let mut insurer = cancelled();
    insurer.call(INSURER, &answer(0, false)).expect("an answer");
    assert_eq!(insurer.claim(1).openWei, 0);
    let state =
        IStays::WrongState { stay: 1, state: stay_state::CANCELLED, needed: stay_state::PAID };
    insurer.refuses(PATIENT, &claim(1), &state);
}

#[test]
fn a_claim_can_be_taken_back_and_filed_with_another_insurer() {
    let mut chain = Chain::funded();
    let none = |insurer: Address| IStays::NoClaim { stay: 1, insurer };
    let with = |insurer, amount| IStays::claimCall { stay: 1, insurer, amountWei: amount };
    chain.refuses(PATIENT, &claim(0), &none(INSURER));
    chain.call(PATIENT, &claim(100)).unwrap();

    chain.refuses(PATIENT, &with(STRANGER, 0), &none(STRANGER));
    let not_patient = IStays::NotPatient { stay: 1, patient: PATIENT, caller: INSURER };
    chain.refuses(INSURER, &claim(0), &not_patient);
    chain.call(PATIENT, &claim(0)).expect("nobody answered");

    let refused = chain.pay(INSURER, 100, &answer(100, false));
    assert_eq!(refused, Err(alloy_sol_types::SolError::abi_encode(&none(INSURER))));
    chain.call(PATIENT, &with(STRANGER, 100)).expect("of another");
    chain.pay(STRANGER, 100, &answer(100, false)).expect("who pays");
}

#[test]
fn insurers_together_pay_no_more_than_the_stay_costs() {
    let mut chain = Chain::funded();
    chain.call(PATIENT, &claim(PRICE)).unwrap();
    chain.pay(INSURER, PRICE - 100, &answer(PRICE - 100, false)).unwrap();
    chain.call(INSURER, &answer(0, false)).expect("not the rest");

    chain.refuses(PATIENT, &claim(101), &wrong(100, 101));
    chain.call(PATIENT, &claim(100)).unwrap();
    chain.pay(INSURER, 100, &answer(100, true)).unwrap();
    chain.refuses(PATIENT, &claim(1), &wrong(0, 1));
}

#[test]
fn an_open_claim_is_paid_up_to_what_the_stay_costs_in_the_end() {
    let mut chain = Chain::in_house();
    chain.call(PATIENT, &claim(PRICE)).unwrap();
    chain.call(PATIENT, &IStays::disputeCall { stay: 1 }).unwrap();
    chain.call(ARBITER, &IStays::decideCall { stay: 1, refundWei: PRICE - 100 }).unwrap();

    let claim = chain.call(STRANGER, &IStays::claimOfCall { stay: 1 }).unwrap();
    assert_eq!((claim.openWei, claim.mostWei), (PRICE, 100));
    chain.refuses(INSURER, &answer(101, false), &wrong(100, 101));
    chain.pay(INSURER, 100, &answer(100, false)).expect("what the patient bears");
    chain.refuses(INSURER, &answer(0, false), &IStays::NoClaim { stay: 1, insurer: INSURER });
}

#[test]
fn what_an_early_discharge_gave_back_is_not_paid_by_the_insurer() {
    let mut chain = Chain::in_house();
    chain.call(PATIENT, &claim(PRICE)).unwrap();
    chain.pay(INSURER, 100, &answer(100, false)).unwrap();
    let early = IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 1 };
    chain.call(CLINIC, &early).expect("two of three nights too early");

    // Half of two thirds goes back, by the policy.
    let most = PRICE - PRICE / 3 - 100;
    chain.refuses(INSURER, &answer(most + 1, false), &wrong(most, most + 1));
    chain.pay(INSURER, most, &answer(most, false)).expect("all that is left");
    chain.refuses(PATIENT, &claim(1), &wrong(0, 1));
}
