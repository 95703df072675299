//! Tokens that call back, change by themselves or deliver too much; money at the edges of the types.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use chartkey_abi::{IStays, stay_state};

use super::tokens::{self, Kind};
use super::{
    ADMIT, CLINIC, COIN, CONTRACT, Chain, DAY, DISCHARGE, INSURER, PATIENT, PRICE, RELATIVE, ROOM,
    STRANGER, TERMS, offer, policy, quote, route,
};
use crate::Stays;
use crate::router::ByHand;

const TOKEN: Address = Address::repeat_byte(0x70);
const OTHER: Address = Address::repeat_byte(0x71);
const TAKE: IStays::withdrawToCall = IStays::withdrawToCall { token: TOKEN, to: PATIENT };

fn pay_token(stay: u64) -> IStays::payTokenCall {
    super::pay_token(stay, PRICE)
}

/// A clinic that takes a token of this kind and a sound one; nothing is offered yet.
fn market(kind: Kind) -> Chain {
    let mut chain = Chain::new();
    chain.call(CLINIC, &policy(&TERMS)).unwrap();
    for (token, kind) in [(TOKEN, kind), (OTHER, Kind::Sound)] {
        chain.vm.set_code(token, vec![0xfe]);
        tokens::list(token, kind);
        chain.call(CLINIC, &IStays::acceptTokenCall { token, isAccepted: true }).unwrap();
        for account in [PATIENT, INSURER] {
            tokens::fund(token, account, CONTRACT, 10 * PRICE);
        }
    }
    chain
}

/// One more stay, in a room of its own.
fn offered(chain: &mut Chain, token: Address, room: u8) -> u64 {
    let call = IStays::offerCall { token, room: B256::repeat_byte(room), ..offer() };
    chain.call(CLINIC, &call).expect("an offer")
}

/// Stay 1 is paid, cancelled and released to the patient; 2 is paid, 3 is claimed, 4 and 5 are offered.
fn with_callbacks() -> Chain {
    let mut chain = market(Kind::CallsBack);
    for room in 1..=5 {
        assert_eq!(offered(&mut chain, TOKEN, room), u64::from(room));
    }
    for stay in 1..=3 {
        chain.call(PATIENT, &pay_token(stay)).expect("nobody attacks yet");
    }
    chain.call(CLINIC, &IStays::cancelCall { stay: 1 }).unwrap();
    let claim = IStays::claimCall { stay: 3, insurer: INSURER, amountWei: PRICE };
    chain.call(PATIENT, &claim).unwrap();
    chain
}

/// Runs a call while whoever is called back tries these; none may be let through.
#[track_caller]
fn attacked<C: SolCall>(chain: &mut Chain, from: Address, call: &C, attacks: Vec<Vec<u8>>) {
    let count = attacks.len();
    tokens::attack_with(attacks);

    assert!(chain.call(from, call).is_ok(), "{}", C::SIGNATURE);

    assert_eq!(tokens::breaches(), (count, 0), "{}", C::SIGNATURE);
}

#[test]
fn whoever_is_called_back_while_money_is_on_its_way_moves_none() {
    // Without the lock, one transfer would pay two stays: both see the balance rise.
    let pay_another = || vec![pay_token(5).abi_encode(), TAKE.abi_encode()];
    let mut chain = with_callbacks();
    attacked(&mut chain, PATIENT, &pay_token(4), pay_another());
    assert_eq!((chain.state(4), chain.state(5)), (stay_state::PAID, stay_state::QUOTED));

    let mut chain = with_callbacks();
    attacked(&mut chain, PATIENT, &TAKE, pay_another());
    assert_eq!(chain.state(5), stay_state::QUOTED);

    let mut chain = with_callbacks();
    // The insurer is the patient of a stay of its own.
    let call = IStays::offerCall { token: TOKEN, room: ROOM, patient: INSURER, ..offer() };
    let own = chain.call(CLINIC, &call).unwrap();
    let answer = IStays::settleClaimCall { stay: 3, amountWei: PRICE, toClinic: true };
    attacked(&mut chain, INSURER, &answer, vec![pay_token(own).abi_encode()]);
    assert_eq!(chain.released_in(CLINIC, TOKEN), PRICE);

    // The door opens again.
    let mut chain = with_callbacks();
    for stay in [4, 5] {
        chain.call(PATIENT, &pay_token(stay)).expect("one after the other");
    }
    chain.call(PATIENT, &TAKE).expect("and out");
}

#[test]
fn a_token_that_shrinks_harms_nobody_who_holds_another() {
    let mut chain = market(Kind::Sound);
    for (token, room) in [(TOKEN, 1), (OTHER, 2), (COIN, 3)] {
        let stay = offered(&mut chain, token, room);
        match token {
            COIN => drop(chain.pay(PATIENT, PRICE, &IStays::payCall { stay }).unwrap()),
            _ => drop(chain.call(PATIENT, &pay_token(stay)).unwrap()),
        };
        chain.call(CLINIC, &IStays::cancelCall { stay }).unwrap();
    }

    tokens::rebase(TOKEN, CONTRACT, PRICE / 2);

    chain.refuses(PATIENT, &TAKE, &IStays::TokenFailed { token: TOKEN });
    assert_eq!(chain.released_in(PATIENT, TOKEN), PRICE, "the claim on it stays");
    chain.call(PATIENT, &IStays::withdrawToCall { token: OTHER, to: PATIENT }).expect("the other");
    assert_eq!(chain.take_out(PATIENT), Ok(U256::from(PRICE)));
    tokens::rebase(TOKEN, CONTRACT, PRICE);
    chain.call(PATIENT, &TAKE).expect("once it is there again");
}

#[test]
fn a_token_that_delivers_too_much_is_refused() {
    let mut chain = market(Kind::Gives);
    let stay = offered(&mut chain, TOKEN, 1);

    let (expected, found) = (U256::from(PRICE), U256::from(PRICE + 1));
    chain.refuses(PATIENT, &pay_token(stay), &IStays::TokenShort { token: TOKEN, expected, found });
}

#[test]
fn a_balance_of_another_length_than_a_word_is_none() {
    for length in [0, 31, 33] {
        let mut chain = market(Kind::Mumbles(length));
        let stay = offered(&mut chain, TOKEN, 1);

        chain.refuses(PATIENT, &pay_token(stay), &IStays::TokenFailed { token: TOKEN });
    }
}

#[test]
fn a_claim_is_refused_without_a_word_of_the_token() {
    let mut chain = market(Kind::Sound);
    let stay = offered(&mut chain, TOKEN, 1);
    chain.call(PATIENT, &pay_token(stay)).unwrap();
    chain.call(PATIENT, &IStays::claimCall { stay, insurer: INSURER, amountWei: PRICE }).unwrap();
    tokens::unlist(TOKEN);

    let no = IStays::settleClaimCall { stay, amountWei: 0, toClinic: true };
    chain.call(INSURER, &no).expect("the token is gone, and not needed");
}

#[test]
fn coins_of_a_token_or_with_a_step_that_takes_none_are_refused() {
    let mut chain = market(Kind::Sound);
    let stay = offered(&mut chain, TOKEN, 1);
    assert_eq!(chain.pay(PATIENT, 1, &pay_token(stay)), Err(Vec::new()));
    chain.call(PATIENT, &pay_token(stay)).unwrap();
    chain.call(PATIENT, &IStays::claimCall { stay, insurer: INSURER, amountWei: PRICE }).unwrap();

    let answer = IStays::settleClaimCall { stay, amountWei: PRICE, toClinic: true };
    let wrong = IStays::WrongAmount { stay, dueWei: U256::ZERO, sentWei: U256::from(PRICE) };
    assert_eq!(chain.pay(INSURER, PRICE, &answer), Err(wrong.abi_encode()));
    assert_eq!(chain.coins, U256::ZERO);
}

#[test]
fn an_amount_beyond_128_bits_is_not_cut_to_what_is_due() {
    for part in [PRICE, PRICE / 5] {
        let chain = Chain::offered();
        let sent = (U256::ONE << 128_usize) + U256::from(part);
        chain.vm.set_sender(PATIENT);
        chain.vm.set_value(sent);

        let refused = route::<ByHand>(&chain.vm, IStays::payCall { stay: 1 }.abi_encode());

        let wrong = IStays::WrongAmount { stay: 1, dueWei: U256::from(PRICE), sentWei: sent };
        assert_eq!(refused, Err(wrong.abi_encode()));
    }
}

#[test]
fn a_released_balance_never_starts_again_at_zero() {
    let mut chain = Chain::funded();
    let mut program = Stays::from(&chain.vm);
    let mut coins = program.released.setter(COIN);
    coins.setter(CLINIC).set(U256::MAX);

    let large = IStays::AmountTooLarge { amountWei: U256::from(PRICE) };
    chain.refuses(PATIENT, &IStays::settleCall { stay: 1 }, &large);

    assert_eq!(chain.state(1), stay_state::PAID);
}

#[test]
fn days_and_instants_at_the_end_of_their_types_are_in_order() {
    let mut chain = Chain::in_house();
    // A time whose day has more than 32 bits is after every stay.
    chain.at((1 << 32) * DAY + u64::from(ADMIT) * DAY);
    let back = IStays::dischargeEarlyCall { stay: 1, dischargeDay: ADMIT + 1 };
    let range = IStays::DayOutOfRange { day: ADMIT + 1, least: u32::MAX, most: DISCHARGE - 1 };
    chain.refuses(CLINIC, &back, &range);

    for until in [1 << 40, u64::MAX] {
        let mut chain = Chain::offered();
        let call = IStays::offerCall { validUntil: until, room: B256::ZERO, ..offer() };
        let stay = chain.call(CLINIC, &call).unwrap();
        assert_eq!(chain.terms(stay).until, (1 << 40) - 1, "not cut to an instant that is over");
    }
}

#[test]
fn an_override_that_is_shortened_frees_no_night_of_another() {
    let mut chain = Chain::in_house();
    let call = IStays::offerCall { overrides: true, validUntil: u64::MAX, ..offer() };
    let double = chain.call(CLINIC, &call).unwrap();
    chain.pay(PATIENT, PRICE, &IStays::payCall { stay: double }).unwrap();
    chain.call(CLINIC, &IStays::arriveCall { stay: double }).unwrap();
    let nights = chain.nights(CLINIC, ROOM, ADMIT);

    let leave = IStays::dischargeEarlyCall { stay: double, dischargeDay: ADMIT + 1 };
    chain.call(CLINIC, &leave).unwrap();

    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), nights);
}

#[test]
fn laying_out_a_room_again_forgets_no_booking() {
    let mut chain = Chain::offered();
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    let nights = chain.nights(CLINIC, ROOM, ADMIT);

    let open = IStays::openRoomCall { clinic: CLINIC, room: ROOM, fromDay: ADMIT, toDay: ADMIT };
    chain.call(CLINIC, &open).unwrap();

    assert_eq!(chain.nights(CLINIC, ROOM, ADMIT), nights | (U256::ONE << 255_usize));
}

#[test]
fn an_override_is_told_only_where_there_is_one() {
    let mut chain = Chain::new();
    chain.call(CLINIC, &quote(PRICE)).unwrap();

    assert_eq!(chain.events(), ["StayQuoted"]);
}

#[test]
fn two_hundred_and_fifty_five_nights_are_reserved_shortened_and_freed() {
    let mut chain = Chain::new();
    chain.call(CLINIC, &policy(&TERMS)).unwrap();
    let (first, last) = (ADMIT, ADMIT + 255);
    let long = IStays::offerCall { dischargeDay: last, validUntil: u64::MAX, ..offer() };
    chain.call(CLINIC, &long).unwrap();
    chain.pay(RELATIVE, PRICE, &IStays::payCall { stay: 1 }).expect_err("not booked yet");
    chain.call(PATIENT, &IStays::bookCall { stay: 1 }).unwrap();
    chain.pay(RELATIVE, PRICE, &IStays::payCall { stay: 1 }).unwrap();
    let taken = |chain: &mut Chain| {
        let words = [first, last].map(|day| chain.nights(CLINIC, ROOM, day).count_ones());
        words[0] + words[1]
    };
    assert_eq!(taken(&mut chain), 255);
    chain.at(u64::from(first) * DAY);
    chain.call(CLINIC, &IStays::arriveCall { stay: 1 }).unwrap();

    chain.call(CLINIC, &IStays::dischargeEarlyCall { stay: 1, dischargeDay: first + 1 }).unwrap();

    assert_eq!(taken(&mut chain), 1);
    assert_eq!(chain.released(RELATIVE), PRICE / 2 * 254 / 255);
    chain.call(STRANGER, &IStays::settleCall { stay: 1 }).expect_err("not yet");
}

#[test]
fn money_is_not_sent_to_nobody_or_back_into_the_program() {
    let mut chain = market(Kind::NoReturn);
    let stay = offered(&mut chain, TOKEN, 1);
    chain.call(PATIENT, &pay_token(stay)).unwrap();
    let coins = offered(&mut chain, COIN, 2);
    chain.pay(PATIENT, PRICE, &IStays::payCall { stay: coins }).unwrap();
    for stay in [stay, coins] {
        chain.call(CLINIC, &IStays::cancelCall { stay }).unwrap();
    }

    for token in [TOKEN, COIN] {
        for to in [Address::ZERO, CONTRACT] {
            let take = IStays::withdrawToCall { token, to };
            let amount = U256::from(PRICE);
            chain.refuses(
                PATIENT,
                &take,
                &IStays::TransferFailed { account: to, amountWei: amount },
            );
        }
        assert_eq!(chain.released_in(PATIENT, token), PRICE);
    }
}

#[test]
fn an_insurer_who_paid_in_tokens_is_paid_back_in_them_less_the_fee() {
    let mut chain = market(Kind::Sound);
    let stay = offered(&mut chain, TOKEN, 1);
    chain.call(PATIENT, &IStays::bookCall { stay }).unwrap();
    chain.call(INSURER, &pay_token(stay)).expect("for the patient");
    chain.at(u64::from(ADMIT - 1) * DAY);

    chain.call(PATIENT, &IStays::cancelCall { stay }).unwrap();

    let fee = PRICE * 3 / 10;
    let released = [CLINIC, INSURER, PATIENT].map(|account| chain.released_in(account, TOKEN));
    assert_eq!(released, [fee, PRICE - fee, 0]);
    assert_eq!(chain.released(INSURER), 0, "in the token paid");
}
