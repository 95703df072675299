//! Each end of a stay: who may, when, and where the money goes.

use alloy_primitives::U256;
use chartkey_abi::{IStays, PolicyTerms, stay_state};

use super::{
    ADMIT, ARBITER, CLINIC, Chain, DAY, DISCHARGE, PATIENT, PRICE, RELATIVE, ROOM, STRANGER, TERMS,
    offer, policy,
};

const ADMISSION: u64 = ADMIT as u64 * DAY;
const CANCEL: IStays::cancelCall = IStays::cancelCall { stay: 1 };
const SETTLE: IStays::settleCall = IStays::settleCall { stay: 1 };
const DISPUTE: IStays::disputeCall = IStays::disputeCall { stay: 1 };
const NO_SHOW: IStays::noShowCall = IStays::noShowCall { stay: 1 };

fn wrong_state(state: u8, needed: u8) -> IStays::WrongState {
    IStays::WrongState { stay: 1, state, needed }
}

#[test]
fn the_patient_cancels_free_of_charge_until_the_last_second_of_the_policy() {
    let free_until = ADMISSION - u64::from(TERMS.free_cancel_secs);
    for (time, fee) in
        [(free_until, 0), (free_until + 1, PRICE * 3 / 10), (ADMISSION - 1, PRICE * 3 / 10)]
    {
        let mut chain = Chain::funded();
        chain.at(time);

        chain.call(PATIENT, &CANCEL).expect("before admission");

        assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (fee, PRICE - fee), "{time}");
        assert_eq!(chain.state(1), stay_state::CANCELLED);
        assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), U256::ZERO);
    }
    let mut chain = Chain::funded();
    chain.at(ADMISSION);
    let late = IStays::TooLate { stay: 1, until: ADMISSION, time: ADMISSION };
    chain.refuses(PATIENT, &CANCEL, &late);
}

#[test]
fn the_clinic_cancels_with_full_refund_at_any_time() {
    for time in [ADMISSION - 1, ADMISSION + 30 * DAY] {
        let mut chain = Chain::funded();
        chain.at(time);

        chain.call(CLINIC, &CANCEL).unwrap();

        assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (0, PRICE));
    }
    let mut chain = Chain::in_house();
    chain.call(CLINIC, &CANCEL).expect("in house");
    assert_eq!(chain.released(PATIENT), PRICE);
}

#[test]
fn nobody_else_cancels_and_nothing_ends_twice() {
    let mut chain = Chain::funded();
    for account in [STRANGER, RELATIVE, ARBITER] {
        chain.refuses(account, &CANCEL, &IStays::NotParty { stay: 1, caller: account });
    }
    chain.call(PATIENT, &CANCEL).unwrap();

    let state = stay_state::CANCELLED;
    chain.refuses(PATIENT, &CANCEL, &wrong_state(state, stay_state::PAID));
    chain.refuses(CLINIC, &CANCEL, &wrong_state(state, stay_state::PAID));
    chain.refuses(CLINIC, &IStays::retractCall { stay: 1 }, &wrong_state(state, stay_state::PAID));
    chain.refuses(PATIENT, &SETTLE, &wrong_state(state, stay_state::PAID));
    chain.refuses(CLINIC, &NO_SHOW, &wrong_state(state, stay_state::PAID));
    chain.refuses(CLINIC, &IStays::arriveCall { stay: 1 }, &wrong_state(state, stay_state::PAID));
    chain.refuses(PATIENT, &DISPUTE, &wrong_state(state, stay_state::PAID));
    let lapse = IStays::lapseCall { stay: 1 };
    chain.refuses(STRANGER, &lapse, &wrong_state(state, stay_state::BOOKED));
    chain.refuses(PATIENT, &IStays::bookCall { stay: 1 }, &wrong_state(state, stay_state::QUOTED));
    assert!(chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).is_err());
    assert_eq!(chain.released(PATIENT), PRICE, "once");
}

#[test]
fn a_stay_that_ends_unpaid_names_no_payer_and_nothing_due() {
    let mut quoted = Chain::offered();
    quoted.call(PATIENT, &CANCEL).unwrap();
    let mut held = Chain::offered();
    held.call(PATIENT, &IStays::holdCall { stay: 1 }).unwrap();
    held.call(CLINIC, &CANCEL).unwrap();
    let mut part = Chain::offered();
    part.pay(PATIENT, PRICE / 2, &IStays::payCall { stay: 1 }).unwrap();
    part.call(CLINIC, &IStays::retractCall { stay: 1 }).unwrap();

    for mut chain in [quoted, held, part] {
        let terms = chain.terms(1);
        assert_eq!((terms.payer, terms.dueWei), (super::COIN, 0));
    }
}

#[test]
fn in_house_and_in_dispute_the_patient_cannot_cancel() {
    let mut chain = Chain::in_house();
    chain.refuses(PATIENT, &CANCEL, &wrong_state(stay_state::ARRIVED, stay_state::PAID));
    chain.call(PATIENT, &DISPUTE).unwrap();
    chain.refuses(PATIENT, &CANCEL, &wrong_state(stay_state::DISPUTED, stay_state::PAID));
}

#[test]
fn a_stay_entered_in_error_is_the_clinics_to_retract() {
    let mut chain = Chain::funded();
    let retract = IStays::retractCall { stay: 1 };
    let refused = IStays::NotClinic { clinic: CLINIC, caller: PATIENT };
    chain.refuses(PATIENT, &retract, &refused);

    chain.call(CLINIC, &retract).unwrap();

    assert_eq!(chain.state(1), stay_state::ENTERED_IN_ERROR);
    assert_eq!(chain.released(PATIENT), PRICE);
}

#[test]
fn an_arrival_is_registered_by_either_side_from_the_admission_day_on() {
    let mut chain = Chain::funded();
    let arrive = IStays::arriveCall { stay: 1 };
    chain.at(ADMISSION - 1);
    let early = IStays::TooEarly { stay: 1, opensAt: ADMISSION, time: ADMISSION - 1 };
    chain.refuses(CLINIC, &arrive, &early);
    chain.at(ADMISSION);
    for account in [STRANGER, RELATIVE, ARBITER] {
        chain.refuses(account, &arrive, &IStays::NotParty { stay: 1, caller: account });
    }

    chain.call(CLINIC, &arrive).unwrap();

    assert_eq!(chain.state(1), stay_state::ARRIVED);
    chain.refuses(CLINIC, &NO_SHOW, &wrong_state(stay_state::ARRIVED, stay_state::PAID));
}

#[test]
fn who_is_in_house_cannot_be_made_a_no_show_by_a_clinic_that_says_nothing() {
    let mut chain = Chain::funded();
    chain.at(ADMISSION);

    chain.call(PATIENT, &IStays::arriveCall { stay: 1 }).expect("the patient says so");

    chain.at(ADMISSION + u64::from(TERMS.no_show_grace_secs));
    chain.refuses(CLINIC, &NO_SHOW, &wrong_state(stay_state::ARRIVED, stay_state::PAID));
    chain.call(PATIENT, &DISPUTE).expect("as long as the policy says");
}

#[test]
fn a_no_show_is_split_by_the_policy_after_the_grace_time() {
    let opens_at = ADMISSION + u64::from(TERMS.no_show_grace_secs);
    let mut chain = Chain::funded();
    chain.at(opens_at - 1);
    let early = IStays::TooEarly { stay: 1, opensAt: opens_at, time: opens_at - 1 };
    chain.refuses(CLINIC, &NO_SHOW, &early);
    chain.at(opens_at);
    chain.refuses(PATIENT, &NO_SHOW, &IStays::NotClinic { clinic: CLINIC, caller: PATIENT });

    chain.call(CLINIC, &NO_SHOW).unwrap();

    let fee = PRICE * 8 / 10;
    assert_eq!((chain.released(CLINIC), chain.released(PATIENT)), (fee, PRICE - fee));
    assert_eq!(chain.state(1), stay_state::NO_SHOW);
    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), U256::ZERO);
}

#[test]
fn settlement_opens_to_everybody_after_discharge_and_delay() {
    let opens_at = u64::from(DISCHARGE) * DAY + u64::from(TERMS.settle_delay_secs);
    let mut chain = Chain::in_house();
    chain.at(opens_at - 1);
    let early = IStays::BeforeDischarge { stay: 1, opensAt: opens_at, time: opens_at - 1 };
    chain.refuses(CLINIC, &SETTLE, &early);
    chain.refuses(STRANGER, &SETTLE, &IStays::NotParty { stay: 1, caller: STRANGER });
    let nights = chain.nights(CLINIC, ROOM, ADMIT);

    chain.at(opens_at);
    chain.call(STRANGER, &SETTLE).expect("money goes where it belongs, whoever asks");

    assert_eq!((chain.released(CLINIC), chain.released(STRANGER)), (PRICE, 0));
    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), nights, "it took place");
}

#[test]
fn an_early_discharge_frees_the_nights_and_pays_back_their_share() {
    let mut chain = Chain::in_house();
    let leave = |day| IStays::dischargeEarlyCall { stay: 1, dischargeDay: day };
    let range = |day| IStays::DayOutOfRange { day, least: ADMIT + 1, most: DISCHARGE - 1 };
    chain.refuses(CLINIC, &leave(ADMIT), &range(ADMIT));
    chain.refuses(CLINIC, &leave(DISCHARGE), &range(DISCHARGE));
    let refused = IStays::NotClinic { clinic: CLINIC, caller: PATIENT };
    chain.refuses(PATIENT, &leave(ADMIT + 1), &refused);
    chain.call(CLINIC, &offer()).expect("another stay in the same room");
    chain
        .call(CLINIC, &IStays::offerCall { admitDay: ADMIT + 1, validUntil: u64::MAX, ..offer() })
        .unwrap();

    chain.call(CLINIC, &leave(ADMIT + 1)).unwrap();

    // Two of three nights, half of their price.
    let refund = PRICE / 2 * 2 / 3;
    assert_eq!(chain.released(PATIENT), refund);
    assert_eq!((chain.stay(1).dischargeDay, chain.stay(1).totalWei), (ADMIT + 1, PRICE - refund));
    chain.call(PATIENT, &IStays::bookCall { stay: 3 }).expect("the nights are free");
    chain.call(PATIENT, &SETTLE).unwrap();
    assert_eq!(chain.released(CLINIC), PRICE - refund);
}

#[test]
fn an_early_discharge_in_steps_pays_back_as_much_as_in_one() {
    let leave = |day| IStays::dischargeEarlyCall { stay: 1, dischargeDay: day };
    let mut steps = Chain::in_house();
    steps.call(CLINIC, &leave(ADMIT + 2)).unwrap();
    steps.call(CLINIC, &leave(ADMIT + 1)).unwrap();

    let mut once = Chain::in_house();
    once.call(CLINIC, &leave(ADMIT + 1)).unwrap();

    assert_eq!(steps.released(PATIENT), once.released(PATIENT));
    assert_eq!(steps.stay(1).totalWei, once.stay(1).totalWei);
}

#[test]
fn an_early_discharge_is_not_dated_back_and_leaves_time_to_object() {
    let mut chain = Chain::in_house();
    let now = ADMISSION + 2 * DAY + 5;
    chain.at(now);
    let back = IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 1 };
    let range = IStays::DayOutOfRange { day: ADMIT + 1, least: ADMIT + 2, most: DISCHARGE - 1 };
    chain.refuses(CLINIC, &back, &range);

    chain.call(CLINIC, &IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 2 }).unwrap();

    let opens_at = now + u64::from(TERMS.settle_delay_secs) + DAY;
    assert_eq!(chain.terms(1).until, opens_at);
    chain.at(opens_at - 1);
    assert!(chain.call(CLINIC, &SETTLE).is_err());
    chain.call(PATIENT, &DISPUTE).expect("the last second");
}

#[test]
fn a_dispute_freezes_the_money_until_the_arbiter_decides() {
    let mut chain = Chain::in_house();
    chain.refuses(
        STRANGER,
        &DISPUTE,
        &IStays::NotPatient { stay: 1, patient: PATIENT, caller: STRANGER },
    );
    chain.call(PATIENT, &DISPUTE).unwrap();
    let until = ADMISSION + u64::from(TERMS.dispute_secs);
    chain.at(until - 1);
    let frozen = IStays::BeforeDischarge { stay: 1, opensAt: until, time: until - 1 };
    chain.refuses(CLINIC, &SETTLE, &frozen);
    let decide = |refund| IStays::decideCall { stay: 1, refundWei: refund };
    let refused = IStays::NotArbiter { stay: 1, arbiter: ARBITER, caller: CLINIC };
    chain.refuses(CLINIC, &decide(0), &refused);
    let too_much =
        IStays::WrongAmount { stay: 1, dueWei: U256::from(PRICE), sentWei: U256::from(PRICE + 1) };
    chain.refuses(ARBITER, &decide(PRICE + 1), &too_much);

    chain.call(ARBITER, &decide(PRICE / 3)).expect("the last second");

    assert_eq!(chain.state(1), stay_state::SETTLED);
    assert_eq!(chain.released(PATIENT), PRICE / 3);
    assert_eq!(chain.released(CLINIC), PRICE - PRICE / 3);
    let over = wrong_state(stay_state::SETTLED, stay_state::DISPUTED);
    chain.refuses(ARBITER, &decide(0), &over);
}

#[test]
fn a_dispute_times_out_as_if_it_had_not_been() {
    let mut chain = Chain::in_house();
    chain.call(PATIENT, &DISPUTE).unwrap();
    let until = ADMISSION + u64::from(TERMS.dispute_secs);
    chain.at(until);
    let late = IStays::TooLate { stay: 1, until, time: until };
    chain.refuses(ARBITER, &IStays::decideCall { stay: 1, refundWei: PRICE }, &late);

    chain.call(STRANGER, &SETTLE).expect("anybody ends it");

    assert_eq!(chain.released(CLINIC), PRICE);
}

#[test]
fn a_dispute_that_is_over_before_discharge_ends_then_and_not_later() {
    let terms = PolicyTerms { dispute_secs: 3_600, ..TERMS };
    let mut chain = Chain::new();
    chain.call(CLINIC, &policy(&terms)).unwrap();
    chain.call(CLINIC, &offer()).unwrap();
    chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).unwrap();
    chain.at(ADMISSION);
    chain.call(PATIENT, &DISPUTE).unwrap();
    let until = ADMISSION + 3_600;
    chain.at(until - 1);
    let frozen = IStays::BeforeDischarge { stay: 1, opensAt: until, time: until - 1 };
    chain.refuses(CLINIC, &SETTLE, &frozen);
    chain.at(until);

    chain.call(STRANGER, &SETTLE).expect("no state without a way out in its time");
}

#[test]
fn either_side_can_give_way_in_a_dispute() {
    let mut clinic = Chain::in_house();
    clinic.call(PATIENT, &DISPUTE).unwrap();
    clinic.call(CLINIC, &CANCEL).expect("pays back");
    assert_eq!(clinic.released(PATIENT), PRICE);
    assert_eq!(clinic.nights(CLINIC, ROOM, ADMIT), U256::ZERO);

    let mut patient = Chain::in_house();
    patient.call(PATIENT, &DISPUTE).unwrap();
    patient.call(PATIENT, &SETTLE).expect("withdraws it");
    assert_eq!(patient.released(CLINIC), PRICE);
}

#[test]
fn a_dispute_opens_with_admission_and_closes_when_settlement_opens() {
    let mut chain = Chain::funded();
    chain.at(ADMISSION - 1);
    let early = IStays::TooEarly { stay: 1, opensAt: ADMISSION, time: ADMISSION - 1 };
    chain.refuses(PATIENT, &DISPUTE, &early);
    let until = u64::from(DISCHARGE) * DAY + u64::from(TERMS.settle_delay_secs);
    chain.at(until);
    chain.refuses(PATIENT, &DISPUTE, &IStays::TooLate { stay: 1, until, time: until });
    chain.at(until - 1);
    chain.call(PATIENT, &DISPUTE).expect("the last second, without an arrival");

    let mut plain = Chain::paid();
    plain.at(ADMISSION);
    plain.refuses(PATIENT, &DISPUTE, &IStays::NoArbiter { stay: 1 });
}

#[test]
fn a_stay_that_nobody_quoted_has_no_end() {
    let mut chain = Chain::new();
    let none = IStays::NoStay { stay: 1 };
    chain.refuses(PATIENT, &CANCEL, &none);
    chain.refuses(PATIENT, &SETTLE, &none);
    chain.refuses(PATIENT, &IStays::bookCall { stay: 1 }, &none);
    chain.refuses(CLINIC, &NO_SHOW, &none);
    chain.refuses(PATIENT, &IStays::termsOfCall { stay: 1 }, &none);
    chain.refuses(PATIENT, &IStays::stayOfCall { stay: 1 }, &none);
}
