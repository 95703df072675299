//! What a clinic sets up, and who may act for it.

use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, PolicyTerms, stay_state};

use super::{
    ADMIT, ARBITER, CLINIC, Chain, DAY, DISCHARGE, PATIENT, ROOM, STRANGER, TERMS, offer, policy,
    quote,
};

const STAFF: Address = Address::repeat_byte(0x5f);
const TOKEN: Address = Address::repeat_byte(0x70);

#[test]
fn a_policy_is_added_and_never_changed() {
    let mut chain = Chain::new();
    let other = PolicyTerms { late_cancel_bps: 1, ..TERMS };

    assert_eq!(chain.call(CLINIC, &policy(&TERMS)), Ok(1));
    assert_eq!(chain.call(CLINIC, &policy(&other)), Ok(2));

    let first = chain.call(STRANGER, &IStays::policyOfCall { clinic: CLINIC, policy: 1 }).unwrap();
    assert_eq!((first.terms, first.arbiter), (TERMS.pack(), ARBITER));
    let free = chain.call(STRANGER, &IStays::policyOfCall { clinic: PATIENT, policy: 0 }).unwrap();
    assert_eq!((free.terms, free.arbiter), (PolicyTerms::DEFAULT.pack(), Address::ZERO));
    let unknown = IStays::policyOfCall { clinic: CLINIC, policy: 3 };
    chain.refuses(STRANGER, &unknown, &IStays::NoPolicy { clinic: CLINIC, policy: 3 });
    assert_eq!(chain.events(), ["PolicyDefined", "PolicyDefined"]);
}

#[test]
fn a_policy_out_of_bounds_is_refused() {
    let mut chain = Chain::new();
    let unsound = PolicyTerms { no_show_bps: 10_001, ..TERMS };

    let terms = unsound.pack();
    chain.refuses(CLINIC, &policy(&unsound), &IStays::UnsoundPolicy { terms });
}

#[test]
fn an_offer_names_only_what_the_clinic_set_up() {
    let mut chain = Chain::offered();

    let unknown = IStays::offerCall { policy: 2, ..offer() };
    chain.refuses(CLINIC, &unknown, &IStays::NoPolicy { clinic: CLINIC, policy: 2 });
    let token = IStays::offerCall { token: TOKEN, ..offer() };
    let refused = IStays::TokenNotAccepted { clinic: CLINIC, token: TOKEN };
    chain.refuses(CLINIC, &token, &refused);

    chain.call(CLINIC, &IStays::acceptTokenCall { token: TOKEN, isAccepted: true }).unwrap();
    assert_eq!(chain.call(CLINIC, &token), Ok(2));
    let takes = IStays::takesTokenCall { clinic: CLINIC, token: TOKEN };
    assert_eq!(chain.call(STRANGER, &takes), Ok(true));
    chain.call(CLINIC, &IStays::acceptTokenCall { token: TOKEN, isAccepted: false }).unwrap();
    chain.refuses(CLINIC, &token, &refused);
    assert_eq!(chain.call(STRANGER, &takes), Ok(false));
}

#[test]
fn staff_act_for_the_clinic_until_their_time_is_over() {
    let mut chain = Chain::offered();
    let until = u64::from(ADMIT - 6) * DAY;
    let refused = IStays::NotClinic { clinic: CLINIC, caller: STAFF };
    chain.refuses(STAFF, &offer(), &refused);

    chain.call(CLINIC, &IStays::setStaffCall { staff: STAFF, until }).unwrap();

    assert_eq!(chain.call(STAFF, &offer()), Ok(2));
    assert_eq!(
        chain.call(STRANGER, &IStays::staffUntilCall { clinic: CLINIC, staff: STAFF }),
        Ok(until)
    );
    chain.at(until - 1);
    chain.call(STAFF, &IStays::cancelCall { stay: 2 }).expect("the last second");
    chain.at(until);
    chain.refuses(STAFF, &offer(), &refused);
    chain.refuses(
        STAFF,
        &IStays::cancelCall { stay: 1 },
        &IStays::NotParty { stay: 1, caller: STAFF },
    );
}

#[test]
fn staff_of_one_clinic_is_nobody_at_another() {
    let mut chain = Chain::offered();
    chain.call(STRANGER, &IStays::setStaffCall { staff: STAFF, until: u64::MAX }).unwrap();

    chain.refuses(STAFF, &offer(), &IStays::NotClinic { clinic: CLINIC, caller: STAFF });
}

#[test]
fn a_fake_clinic_answers_no_request_and_touches_no_room_of_another() {
    let mut chain = Chain::offered();
    let ask = IStays::requestCall { clinic: CLINIC, admitDay: ADMIT, dischargeDay: DISCHARGE };
    assert_eq!(chain.call(PATIENT, &ask), Ok(2));

    let fake = IStays::offerCall { requested: 2, clinic: STRANGER, policy: 0, ..offer() };
    chain.refuses(STRANGER, &fake, &IStays::NotClinic { clinic: CLINIC, caller: STRANGER });
    let impostor = IStays::offerCall { requested: 2, ..offer() };
    chain.refuses(STRANGER, &impostor, &IStays::NotClinic { clinic: CLINIC, caller: STRANGER });
    assert_eq!(chain.call(STRANGER, &quote(1)), Ok(3), "everybody may quote in their own name");
    chain.call(PATIENT, &IStays::bookCall { stay: 3 }).expect("in a room of the stranger's");
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).expect("the clinic's room is free");
    for call in [3_u64, 1] {
        let (clinic, caller) = if call == 1 { (CLINIC, STRANGER) } else { (STRANGER, CLINIC) };
        let retract = IStays::retractCall { stay: call };
        chain.refuses(caller, &retract, &IStays::NotClinic { clinic, caller });
    }
}

#[test]
fn a_request_is_answered_once_and_to_the_patient_who_asked() {
    let mut chain = Chain::offered();
    let ask = IStays::requestCall { clinic: CLINIC, admitDay: ADMIT, dischargeDay: DISCHARGE };
    assert_eq!(chain.call(PATIENT, &ask), Ok(2));
    assert_eq!(chain.state(2), stay_state::REQUESTED);
    let wrong =
        IStays::WrongState { stay: 2, state: stay_state::REQUESTED, needed: stay_state::QUOTED };
    chain.refuses(PATIENT, &IStays::bookCall { stay: 2 }, &wrong);

    let other = IStays::offerCall { requested: 2, patient: STRANGER, ..offer() };
    let not_asked = IStays::NotPatient { stay: 2, patient: PATIENT, caller: STRANGER };
    chain.refuses(CLINIC, &other, &not_asked);
    let answer = IStays::offerCall { requested: 2, ..offer() };
    assert_eq!(chain.call(CLINIC, &answer), Ok(2));
    let quoted =
        IStays::WrongState { stay: 2, state: stay_state::QUOTED, needed: stay_state::REQUESTED };
    chain.refuses(CLINIC, &answer, &quoted);
    assert_eq!(chain.call(STRANGER, &IStays::stayCountCall {}), Ok(2));
}

#[test]
fn the_edges_of_an_offer_are_those_of_its_types() {
    let mut chain = Chain::offered();
    let most = (1_u128 << 96) - 1;
    let dear = IStays::offerCall { totalWei: most, ..offer() };
    assert_eq!(chain.call(CLINIC, &dear), Ok(2));
    let too_dear = IStays::offerCall { totalWei: most + 1, ..offer() };
    let large = IStays::AmountTooLarge { amountWei: U256::from(most + 1) };
    chain.refuses(CLINIC, &too_dear, &large);

    let long = IStays::offerCall { dischargeDay: ADMIT + 255, ..offer() };
    assert_eq!(chain.call(CLINIC, &long), Ok(3));
    let too_long = IStays::offerCall { dischargeDay: ADMIT + 256, ..offer() };
    chain.refuses(CLINIC, &too_long, &IStays::StayTooLong { nights: 256, most: 255 });

    let last = IStays::offerCall {
        admitDay: u32::MAX - 1,
        dischargeDay: u32::MAX,
        validUntil: u64::MAX,
        ..offer()
    };
    assert_eq!(chain.call(CLINIC, &last), Ok(4));
    chain.call(PATIENT, &IStays::bookCall { stay: 4 }).expect("the last night there is");
    assert_eq!(chain.stay(4).dischargeDay, u32::MAX);
    chain.pay(PATIENT, most, &IStays::payCall { stay: 2 }).expect("the highest price");
    chain.call(PATIENT, &IStays::settleCall { stay: 2 }).unwrap();
    assert_eq!(chain.released(CLINIC), most);
}

#[test]
fn a_room_is_laid_out_by_its_clinic_for_a_bounded_time() {
    let mut chain = Chain::new();
    let open = |from_day, to_day| IStays::openRoomCall {
        clinic: CLINIC,
        room: ROOM,
        fromDay: from_day,
        toDay: to_day,
    };
    let marker = U256::ONE << 255_usize;
    chain.refuses(STRANGER, &open(0, 0), &IStays::NotClinic { clinic: CLINIC, caller: STRANGER });
    let most = 255 * 7;
    chain.refuses(CLINIC, &open(1, 0), &IStays::DayOutOfRange { day: 0, least: 1, most: most + 1 });
    let late = IStays::DayOutOfRange { day: 255 * 8, least: 0, most };
    chain.refuses(CLINIC, &open(0, 255 * 8), &late);

    chain.call(CLINIC, &open(0, 255 * 8 - 1)).expect("eight words");

    assert_eq!(chain.nights(CLINIC, ROOM, 254), marker);
    assert_eq!(chain.nights(CLINIC, ROOM, 255 * 8 - 1), marker);
    assert_eq!(chain.nights(CLINIC, ROOM, 255 * 8), U256::ZERO);
    assert_eq!(chain.nights(CLINIC, B256::ZERO, 0), U256::ZERO, "another room");
}
