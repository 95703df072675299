//! Who may quote: clinics that the registrar vouches for, at this time.

use std::cell::RefCell;
use std::collections::HashMap;

use alloy_primitives::{Address, B256};
use chartkey_abi::{IStays, credential_flag};

use super::{ADMIT, CLINIC, Chain, DAY, PATIENT, PRICE, offer, quote};

thread_local! {
    static CREDENTIALS: RefCell<HashMap<Address, B256>> = RefCell::default();
}

/// Forgets what [`say`] said.
pub(crate) fn reset() {
    CREDENTIALS.with_borrow_mut(HashMap::clear);
}

/// The registrar says something about an account.
pub(crate) fn say(account: Address, from: u64, until: u64, flags: u8) {
    let mut word = B256::ZERO;
    word[..8].copy_from_slice(&from.to_be_bytes());
    word[8..16].copy_from_slice(&until.to_be_bytes());
    word[16] = flags;
    CREDENTIALS.with_borrow_mut(|all| all.insert(account, word));
}

/// What the registry answers. Most tests are about something else: of whom nothing was said holds a
/// credential for ever in them.
pub(crate) fn of(account: Address) -> B256 {
    let said = CREDENTIALS.with_borrow(|all| all.get(&account).copied());
    said.unwrap_or_else(|| {
        let mut word = B256::ZERO;
        word[8..16].fill(0xff);
        word
    })
}

#[test]
fn a_clinic_without_a_credential_cannot_quote() {
    let mut chain = Chain::new();
    say(CLINIC, 0, 0, 0);

    chain.refuses(CLINIC, &quote(PRICE), &IStays::NoCredential { clinic: CLINIC });
}

#[test]
fn a_credential_counts_from_its_first_to_before_its_last_second() {
    let start = u64::from(ADMIT - 7) * DAY;
    let mut chain = Chain::new();
    say(CLINIC, start, start + 100, 0);

    for (time, counts) in
        [(start - 1, false), (start, true), (start + 99, true), (start + 100, false)]
    {
        chain.at(time);
        assert_eq!(chain.call(CLINIC, &quote(PRICE)).is_ok(), counts, "{time}");
    }
}

#[test]
fn a_suspended_clinic_cannot_quote_and_what_it_quoted_holds() {
    let mut chain = Chain::quoted();
    say(CLINIC, 0, u64::MAX, credential_flag::SUSPENDED);

    chain.refuses(CLINIC, &quote(PRICE), &IStays::NoCredential { clinic: CLINIC });
    chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).expect("quoted before");
}

#[test]
fn staff_quotes_with_the_credential_of_the_clinic_and_not_with_its_own() {
    let staff = Address::repeat_byte(0x57);
    let mut chain = Chain::offered();
    let set = IStays::setStaffCall { staff, until: u64::MAX };
    chain.call(CLINIC, &set).expect("staff");
    say(staff, 0, 0, 0);

    chain.call(staff, &offer()).expect("the clinic has a credential");
    say(CLINIC, 0, 0, 0);
    chain.refuses(staff, &offer(), &IStays::NoCredential { clinic: CLINIC });
}
