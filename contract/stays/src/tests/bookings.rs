//! Holds, bookings and payments: who, when, and which nights.

use alloy_primitives::{Address, B256, U256};
use chartkey_abi::{IStays, stay_state};

use super::tokens::Kind;
use super::{
    ADMIT, CLINIC, COIN, CONTRACT, Chain, DAY, DISCHARGE, PATIENT, PRICE, RELATIVE, ROOM, STRANGER,
    TERMS, offer, policy, quote, tokens,
};

const TOKEN: Address = Address::repeat_byte(0x70);
const STAY: u64 = 1;

fn pay_token(amount: u128) -> IStays::payTokenCall {
    super::pay_token(STAY, amount)
}

/// A stay priced in a token that the patient owns and lets the contract take.
fn in_token(kind: Kind) -> Chain {
    let mut chain = Chain::new();
    chain.vm.set_code(TOKEN, vec![0xfe]);
    tokens::list(TOKEN, kind);
    tokens::fund(TOKEN, PATIENT, CONTRACT, 2 * PRICE);
    chain.call(CLINIC, &policy(&TERMS)).unwrap();
    chain.call(CLINIC, &IStays::acceptTokenCall { token: TOKEN, isAccepted: true }).unwrap();
    chain.call(CLINIC, &IStays::offerCall { token: TOKEN, ..offer() }).unwrap();
    chain
}

#[test]
fn a_quote_is_accepted_by_its_patient_only() {
    let mut chain = Chain::offered();
    let not_patient = IStays::NotPatient { stay: 1, patient: PATIENT, caller: STRANGER };

    chain.refuses(STRANGER, &IStays::holdCall { stay: STAY }, &not_patient);
    chain.refuses(STRANGER, &IStays::bookCall { stay: STAY }, &not_patient);
    let ahead = chain.pay(STRANGER, PRICE, &IStays::payCall { stay: STAY });

    assert!(ahead.is_err(), "accepting ahead of the patient");
    assert_eq!(chain.state(STAY), stay_state::QUOTED);
    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), U256::ZERO);
}

#[test]
fn a_quote_holds_until_its_last_second() {
    let until = offer().validUntil;
    for call in [true, false] {
        let mut chain = Chain::offered();
        chain.at(until + 1);
        let late = IStays::TooLate { stay: 1, until, time: until + 1 };
        chain.refuses(PATIENT, &IStays::bookCall { stay: STAY }, &late);
        chain.refuses(PATIENT, &IStays::holdCall { stay: STAY }, &late);
        assert!(chain.pay(PATIENT, PRICE, &IStays::payCall { stay: STAY }).is_err());

        chain.at(until);
        if call {
            chain.call(PATIENT, &IStays::bookCall { stay: STAY }).expect("in time");
        } else {
            chain.pay(PATIENT, PRICE, &IStays::payCall { stay: STAY }).expect("in time");
        }
    }
}

#[test]
fn a_room_and_night_belong_to_one_stay() {
    let mut chain = Chain::offered();
    let next = IStays::offerCall { admitDay: DISCHARGE, dischargeDay: DISCHARGE + 1, ..offer() };
    let last_night =
        IStays::offerCall { admitDay: DISCHARGE - 1, dischargeDay: DISCHARGE + 4, ..offer() };
    let elsewhere = IStays::offerCall { room: B256::ZERO, ..offer() };
    for offer in [&offer(), &next, &last_night, &elsewhere] {
        chain.call(CLINIC, offer).unwrap();
    }
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).expect("the first");

    let taken = |night| IStays::RoomTaken { room: ROOM, night };
    chain.refuses(PATIENT, &IStays::bookCall { stay: 2 }, &taken(ADMIT));
    chain.refuses(PATIENT, &IStays::holdCall { stay: 2 }, &taken(ADMIT));
    chain.call(PATIENT, &IStays::bookCall { stay: 3 }).expect("one leaves, the next arrives");
    chain.refuses(PATIENT, &IStays::bookCall { stay: 4 }, &taken(DISCHARGE - 1));
    let refused = chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 4 });
    assert!(refused.is_err(), "the refused booking must not hold money");
    chain.call(PATIENT, &IStays::bookCall { stay: 5 }).expect("another room");
}

#[test]
fn nights_across_two_words_are_taken_and_freed() {
    let mut chain = Chain::new();
    let first = 255 * 82 - 2;
    let call = IStays::quoteCall { admitDay: first, dischargeDay: first + 5, ..quote(PRICE) };
    chain.call(CLINIC, &call).unwrap();
    chain.call(CLINIC, &call).unwrap();

    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();

    assert_eq!(chain.nights(CLINIC, ROOM, first), U256::from(0b11) << 253_usize);
    assert_eq!(chain.nights(CLINIC, ROOM, first + 2), U256::from(0b111));
    let taken = IStays::RoomTaken { room: ROOM, night: first };
    chain.refuses(PATIENT, &IStays::bookCall { stay: 2 }, &taken);
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();
    assert_eq!(chain.nights(CLINIC, ROOM, first), U256::ZERO);
    assert_eq!(chain.nights(CLINIC, ROOM, first + 2), U256::ZERO);
    chain.call(PATIENT, &IStays::bookCall { stay: 2 }).expect("free again");
}

#[test]
fn a_hold_ends_by_itself_and_its_room_is_free_when_somebody_says_so() {
    let mut chain = Chain::offered();
    chain.call(CLINIC, &offer()).unwrap();
    let now = u64::from(ADMIT - 7) * DAY;
    chain.call(PATIENT, &IStays::holdCall { stay: 1 }).unwrap();
    let until = now + u64::from(TERMS.hold_secs);
    assert_eq!((chain.state(1), chain.terms(1).until), (stay_state::HELD, until));

    chain.at(until);
    let early = IStays::TooEarly { stay: 1, opensAt: until + 1, time: until };
    chain.refuses(STRANGER, &IStays::lapseCall { stay: 1 }, &early);
    chain.at(until + 1);
    let late = IStays::TooLate { stay: 1, until, time: until + 1 };
    chain.refuses(PATIENT, &IStays::bookCall { stay: 1 }, &late);
    chain.call(STRANGER, &IStays::lapseCall { stay: 1 }).expect("anybody");

    assert_eq!(chain.state(1), stay_state::CANCELLED);
    chain.call(PATIENT, &IStays::bookCall { stay: 2 }).expect("the room is free");
}

#[test]
fn a_hold_never_outlasts_the_quote() {
    let mut chain = Chain::offered();
    let until = offer().validUntil;
    chain.at(until - 1);

    chain.call(PATIENT, &IStays::holdCall { stay: 1 }).unwrap();

    assert_eq!(chain.terms(1).until, until);
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).expect("a held stay is booked");
    assert_eq!(chain.terms(1).until, until - 1 + u64::from(TERMS.pay_within_secs));
}

#[test]
fn a_booked_stay_is_paid_by_anybody_in_time() {
    let mut chain = Chain::offered();
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    let until = chain.terms(1).until;
    chain.at(until + 1);
    assert!(chain.pay(RELATIVE, PRICE, &IStays::payCall { stay: 1 }).is_err(), "a second late");

    chain.at(until);
    chain.pay(RELATIVE, PRICE, &IStays::payCall { stay: 1 }).expect("the last second");

    assert_eq!((chain.state(1), chain.terms(1).payer), (stay_state::PAID, RELATIVE));
    assert_eq!(chain.terms(1).until, 0, "nothing ends a paid stay by itself");
    assert_eq!(chain.coins, U256::from(PRICE));
    let wrong = IStays::WrongState { stay: 1, state: stay_state::PAID, needed: stay_state::BOOKED };
    chain.refuses(STRANGER, &IStays::lapseCall { stay: 1 }, &wrong);
}

#[test]
fn a_quote_cannot_be_changed_after_it_was_seen() {
    let mut chain = Chain::offered();
    let again = IStays::offerCall { requested: 1, totalWei: PRICE * 2, ..offer() };
    let wrong =
        IStays::WrongState { stay: 1, state: stay_state::QUOTED, needed: stay_state::REQUESTED };

    chain.refuses(CLINIC, &again, &wrong);
    chain.call(CLINIC, &policy(&TERMS)).expect("a further policy");
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).expect("a quote can be withdrawn");
    assert_eq!(chain.call(CLINIC, &offer()), Ok(2), "a new quote has a new number");

    let gone =
        IStays::WrongState { stay: 1, state: stay_state::CANCELLED, needed: stay_state::QUOTED };
    chain.refuses(PATIENT, &IStays::bookCall { stay: 1 }, &gone);
}

#[test]
fn an_override_is_recorded_and_takes_no_night_from_anybody() {
    let mut chain = Chain::offered();
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    let nights = chain.nights(CLINIC, ROOM, ADMIT);
    assert_eq!(chain.call(CLINIC, &IStays::offerCall { overrides: true, ..offer() }), Ok(2));
    assert_eq!(chain.events().pop(), Some("AvailabilityOverridden"));

    chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 2 }).expect("double, as the clinic said");

    assert!(chain.terms(2).overrides);
    chain.call(CLINIC, &IStays::cancelCall { stay: 2 }).unwrap();
    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), nights, "stay 1 keeps its nights");
}

#[test]
fn a_stay_in_tokens_takes_no_coins_and_the_other_way_round() {
    let mut chain = in_token(Kind::Sound);
    let refused = chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 });
    let token = IStays::WrongCurrency { stay: 1, token: TOKEN };
    assert_eq!(refused, Err(alloy_sol_types::SolError::abi_encode(&token)));

    let mut coins = Chain::offered();
    coins.refuses(PATIENT, &pay_token(PRICE), &IStays::WrongCurrency { stay: 1, token: COIN });
}

#[test]
fn tokens_with_and_without_an_answer_are_held_and_given_back() {
    for kind in [Kind::Sound, Kind::NoReturn] {
        let mut chain = in_token(kind);

        chain.call(PATIENT, &pay_token(PRICE)).expect("paid");
        assert_eq!(tokens::owned(TOKEN, CONTRACT), U256::from(PRICE));
        assert_eq!(chain.terms(1).token, TOKEN);
        chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();
        assert_eq!(chain.released_in(PATIENT, TOKEN), PRICE);
        assert_eq!(chain.released(PATIENT), 0, "in the token paid");
        chain.refuses(
            PATIENT,
            &IStays::withdrawCall {},
            &IStays::NothingToWithdraw { account: PATIENT },
        );
        let take = IStays::withdrawToCall { token: TOKEN, to: RELATIVE };
        assert_eq!(chain.call(PATIENT, &take), Ok(U256::from(PRICE)));

        assert_eq!(tokens::owned(TOKEN, RELATIVE), U256::from(PRICE));
        assert_eq!(tokens::owned(TOKEN, CONTRACT), U256::ZERO);
    }
}

#[test]
fn tokens_that_do_not_deliver_are_refused() {
    let short = |found| IStays::TokenShort {
        token: TOKEN,
        expected: U256::from(PRICE),
        found: U256::from(found),
    };
    let failed = IStays::TokenFailed { token: TOKEN };
    in_token(Kind::TakesFee).refuses(PATIENT, &pay_token(PRICE), &short(PRICE - 1));
    in_token(Kind::Lies).refuses(PATIENT, &pay_token(PRICE), &short(0));
    in_token(Kind::Chatters).refuses(PATIENT, &pay_token(PRICE), &failed);

    for kind in [Kind::Sound, Kind::ReturnsFalse, Kind::NoReturn] {
        let mut chain = in_token(kind);
        tokens::disallow(TOKEN, PATIENT, CONTRACT);
        chain.refuses(PATIENT, &pay_token(PRICE), &failed);
        assert_eq!(chain.state(1), stay_state::QUOTED, "{kind:?}");
    }
}

#[test]
fn an_account_without_code_is_no_token() {
    let mut chain = Chain::offered();
    chain.call(CLINIC, &IStays::acceptTokenCall { token: STRANGER, isAccepted: true }).unwrap();
    let call = IStays::offerCall { token: STRANGER, room: B256::ZERO, ..offer() };
    assert_eq!(chain.call(CLINIC, &call), Ok(2));

    let pay = IStays::payTokenCall { stay: 2, ..pay_token(PRICE) };
    chain.refuses(PATIENT, &pay, &IStays::TokenFailed { token: STRANGER });
}

#[test]
fn a_token_that_is_gone_leaves_the_claim_on_it() {
    let mut chain = in_token(Kind::NoReturn);
    chain.call(PATIENT, &pay_token(PRICE)).expect("paid");
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();
    // An account without code answers every call with success and nothing.
    chain.vm.set_code(TOKEN, Vec::new());
    tokens::unlist(TOKEN);

    let take = IStays::withdrawToCall { token: TOKEN, to: PATIENT };
    chain.refuses(PATIENT, &take, &IStays::TokenFailed { token: TOKEN });

    assert_eq!(chain.released_in(PATIENT, TOKEN), PRICE);
}

#[test]
fn a_permit_pays_in_one_step_and_once() {
    let mut chain = in_token(Kind::Sound);
    chain.call(CLINIC, &IStays::offerCall { token: TOKEN, room: B256::ZERO, ..offer() }).unwrap();
    tokens::disallow(TOKEN, PATIENT, CONTRACT);
    let deadline = U256::from(u64::MAX);
    let r = tokens::sign(TOKEN, PATIENT, CONTRACT, U256::from(PRICE), deadline);
    let permitted = IStays::payTokenCall { deadline, r, ..pay_token(PRICE) };

    chain.call(PATIENT, &permitted).expect("permit and payment");

    let replay = IStays::payTokenCall { stay: 2, ..permitted };
    chain.refuses(PATIENT, &replay, &IStays::TokenFailed { token: TOKEN });
    assert_eq!(tokens::owned(TOKEN, CONTRACT), U256::from(PRICE));
}

#[test]
fn a_permit_that_somebody_handed_in_before_still_pays() {
    let mut chain = in_token(Kind::Sound);
    let r = tokens::sign(TOKEN, PATIENT, CONTRACT, U256::from(PRICE), U256::ONE);
    let permit = crate::token::permitCall {
        owner: PATIENT,
        spender: CONTRACT,
        value: U256::from(PRICE),
        deadline: U256::ONE,
        v: 0,
        r,
        s: B256::ZERO,
    };
    let data = alloy_sol_types::SolCall::abi_encode(&permit);
    tokens::answer_to(STRANGER, TOKEN, &data).expect("ahead of the patient");

    let permitted = IStays::payTokenCall { deadline: U256::ONE, r, ..pay_token(PRICE) };
    chain.call(PATIENT, &permitted).expect("the allowance is there");
}
