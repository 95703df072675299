//! The simple way: quote, pay, settle, withdraw, by a clinic that set nothing up.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolEvent};
use chartkey_abi::{IStays, stay_state};

use super::{ADMIT, CLINIC, Chain, DISCHARGE, PATIENT, PRICE, STRANGER, quote};

#[test]
fn a_quote_is_stored_as_it_was_given() {
    let mut chain = Chain::quoted();

    let stay = chain.call(STRANGER, &IStays::stayOfCall { stay: 1 }).unwrap();

    assert_eq!((stay.state, stay.clinic, stay.patient), (stay_state::QUOTED, CLINIC, PATIENT));
    assert_eq!((stay.admitDay, stay.dischargeDay, stay.totalWei), (ADMIT, DISCHARGE, PRICE));
    assert_eq!(stay.room, B256::repeat_byte(7));
    assert_eq!(chain.call(CLINIC, &quote(1)), Ok(2), "numbers go up by one");
    assert_eq!(chain.call(STRANGER, &IStays::stayCountCall {}), Ok(2));
    assert_eq!(chain.coins, U256::ZERO);
}

#[test]
fn a_quote_that_makes_no_sense_is_refused() {
    let mut chain = Chain::new();
    let backwards = IStays::quoteCall { dischargeDay: ADMIT - 1, ..quote(PRICE) };
    let nobody = IStays::quoteCall { patient: Address::ZERO, ..quote(PRICE) };
    let days = IStays::DischargeNotAfterAdmit { admitDay: ADMIT, dischargeDay: ADMIT - 1 };

    assert_eq!(chain.call(CLINIC, &backwards), Err(days.abi_encode()));
    assert_eq!(chain.call(CLINIC, &quote(0)), Err(IStays::ZeroPrice {}.abi_encode()));
    assert_eq!(chain.call(CLINIC, &nobody), Err(IStays::ZeroPatient {}.abi_encode()));
    assert_eq!(chain.pay(CLINIC, 1, &quote(PRICE)), Err(Vec::new()), "a quote takes no money");
    assert_eq!(chain.call(STRANGER, &IStays::stayCountCall {}), Ok(0));
}

#[test]
fn exactly_the_price_is_due() {
    for sent in [0, PRICE - 1, PRICE + 1] {
        let mut chain = Chain::quoted();

        let refused = chain.pay(PATIENT, sent, &IStays::payCall { stay: 1 });

        let wrong =
            IStays::WrongAmount { stay: 1, dueWei: U256::from(PRICE), sentWei: U256::from(sent) };
        assert_eq!(refused, Err(wrong.abi_encode()));
        assert_eq!(chain.coins, U256::ZERO, "a refused payment holds no money");
    }
}

#[test]
fn a_stay_is_paid_once_and_by_its_patient() {
    let mut chain = Chain::quoted();
    let pay = IStays::payCall { stay: 1 };

    let foreign = chain.pay(STRANGER, PRICE, &pay);
    let first = chain.pay(PATIENT, PRICE, &pay);
    let twice = chain.pay(PATIENT, PRICE, &pay);
    let nowhere = chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 2 });

    let not_patient = IStays::NotPatient { stay: 1, patient: PATIENT, caller: STRANGER };
    let wrong = IStays::WrongState { stay: 1, state: stay_state::PAID, needed: stay_state::QUOTED };
    assert_eq!(foreign.unwrap_err(), not_patient.abi_encode());
    assert!(first.is_ok());
    assert_eq!(twice.unwrap_err(), wrong.abi_encode());
    assert_eq!(nowhere.unwrap_err(), IStays::NoStay { stay: 2 }.abi_encode());
    assert_eq!(chain.coins, U256::from(PRICE));
}

#[test]
fn the_clinic_waits_for_the_discharge_and_the_patient_does_not() {
    let settle = IStays::settleCall { stay: 1 };
    let opens_at = u64::from(DISCHARGE) * 86_400;
    let mut early = Chain::paid();
    early.at(opens_at - 1);
    let mut on_time = Chain::paid();
    on_time.at(opens_at);
    let mut by_patient = Chain::paid();

    let refused = early.call(CLINIC, &settle).unwrap_err();

    let before = IStays::BeforeDischarge { stay: 1, opensAt: opens_at, time: opens_at - 1 };
    assert_eq!(refused, before.abi_encode());
    assert!(on_time.call(CLINIC, &settle).is_ok());
    assert!(by_patient.call(PATIENT, &settle).is_ok());
    let not_party = IStays::NotParty { stay: 1, caller: STRANGER };
    assert_eq!(early.call(STRANGER, &settle).unwrap_err(), not_party.abi_encode());
    assert_eq!(by_patient.state(1), stay_state::SETTLED);
}

#[test]
fn a_stay_is_settled_once_and_only_after_payment() {
    let settle = IStays::settleCall { stay: 1 };
    let mut unpaid = Chain::quoted();
    let mut settled = Chain::paid();
    settled.call(PATIENT, &settle).unwrap();

    let error =
        |state| IStays::WrongState { stay: 1, state, needed: stay_state::PAID }.abi_encode();
    assert_eq!(unpaid.call(PATIENT, &settle).unwrap_err(), error(stay_state::QUOTED));
    assert_eq!(settled.call(PATIENT, &settle).unwrap_err(), error(stay_state::SETTLED));
}

#[test]
fn released_money_is_taken_out_once() {
    let mut chain = Chain::paid();
    let nothing = |account| Err(IStays::NothingToWithdraw { account }.abi_encode());
    assert_eq!(chain.call(CLINIC, &IStays::withdrawCall {}), nothing(CLINIC), "still in escrow");
    chain.call(PATIENT, &IStays::settleCall { stay: 1 }).unwrap();
    assert_eq!(chain.call(STRANGER, &IStays::withdrawCall {}), nothing(STRANGER));

    let taken = chain.take_out(CLINIC);

    assert_eq!(taken, Ok(U256::from(PRICE)));
    assert_eq!(chain.call(CLINIC, &IStays::withdrawCall {}), nothing(CLINIC));
    assert_eq!(chain.coins, U256::ZERO);
    let (topics, data) = chain.vm.get_emitted_logs().pop().unwrap();
    let event = IStays::Withdrawn::decode_raw_log(topics, &data).unwrap();
    assert_eq!((event.account, event.amountWei), (CLINIC, U256::from(PRICE)));
}

#[test]
fn an_account_that_refuses_its_money_keeps_the_claim() {
    let mut chain = Chain::paid();
    chain.call(PATIENT, &IStays::settleCall { stay: 1 }).unwrap();
    chain.vm.mock_call(CLINIC, Vec::new(), U256::from(PRICE), Err(b"no".to_vec()));

    let refused = chain.call(CLINIC, &IStays::withdrawCall {});

    let failed = IStays::TransferFailed { account: CLINIC, amountWei: U256::from(PRICE) };
    assert_eq!(refused, Err(failed.abi_encode()));
    let claim = chain.call(STRANGER, &IStays::releasedToCall { account: CLINIC });
    assert_eq!(claim, Ok(U256::from(PRICE)));
    assert_eq!(chain.coins, U256::from(PRICE));
}
