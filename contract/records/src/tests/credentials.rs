//! Credentials: period, suspension, handover of the registrar's post.

use chartkey_abi::credential_flag;

use super::*;

fn write(chain: &mut Chain, record: B256) -> Result<B256, Refused> {
    let state = chain.state(record, HANDLE);
    chain.call(BOB, &append(record, state, 1))
}

fn credential(from: u64, until: u64, flags: u8) -> IRecords::setCredentialCall {
    IRecords::setCredentialCall { account: BOB, validFrom: from, validUntil: until, flags }
}

fn not_current<T>(from: u64, until: u64, flags: u8) -> Result<T, Refused> {
    refusal(IRecords::CredentialNotCurrent {
        account: BOB,
        validFrom: from,
        validUntil: until,
        flags,
    })
}

#[test]
fn a_provider_writes_within_the_period_of_the_credential() {
    let (mut chain, record) = Chain::with_record();
    chain.call(ALICE, &grant(record, BOB, permission::WRITE)).expect("granted");
    assert_eq!(write(&mut chain, record), not_current(0, 0, 0));

    let (from, until) = (NOW + DAY, NOW + 2 * DAY);
    chain.call(REGISTRAR, &credential(from, until, 0)).expect("stated");

    assert_eq!(write(&mut chain, record), not_current(from, until, 0));
    chain.at(from);
    assert!(write(&mut chain, record).is_ok(), "from the first second");
    chain.at(until - 1);
    assert!(write(&mut chain, record).is_ok(), "to the last");
    chain.at(until);
    assert_eq!(write(&mut chain, record), not_current(from, until, 0));
}

#[test]
fn a_suspended_provider_neither_writes_nor_rotates() {
    let (mut chain, record) = Chain::with_provider(FULL);
    let (from, until, flags) = (NOW, NOW + DAY, credential_flag::SUSPENDED);
    chain.call(REGISTRAR, &credential(from, until, flags)).expect("suspended");

    assert_eq!(write(&mut chain, record), not_current(from, until, flags));
    let state = chain.state(record, HANDLE);
    let rotated = chain.call(BOB, &open(record, HANDLE, state));
    assert_eq!(rotated, not_current(from, until, flags));

    chain.call(REGISTRAR, &credential(from, until, 0)).expect("lifted");
    assert!(write(&mut chain, record).is_ok());
}

#[test]
fn the_owner_needs_no_credential_nor_does_an_own_device() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    assert!(chain.call(ALICE, &append(record, state, 1)).is_ok());

    let device = permission::WRITE | permission::DEVICE;
    chain.call(ALICE, &grant(record, BOB, device)).expect("granted");

    assert!(write(&mut chain, record).is_ok());
}

#[test]
fn only_the_registrar_states_credentials() {
    let mut chain = Chain::new();
    let sound = credential(NOW, NOW + 1, 0);

    let stranger = chain.call(ALICE, &sound);
    let backwards = chain.call(REGISTRAR, &credential(NOW, NOW, 0));
    let unknown = chain.call(REGISTRAR, &credential(NOW, NOW + 1, 4));

    assert_eq!(stranger, refusal(IRecords::NotRegistrar { caller: ALICE }));
    let error =
        |until, flags| IRecords::CredentialTerms { validFrom: NOW, validUntil: until, flags };
    assert_eq!(backwards, refusal(error(NOW, 0)));
    assert_eq!(unknown, refusal(error(NOW + 1, 4)));
}

#[test]
fn the_post_is_handed_over_in_two_steps() {
    let mut chain = Chain::new();
    let accept = IRecords::acceptRegistrarCall {};
    let offer = IRecords::offerRegistrarCall { account: CAROL };
    assert_eq!(chain.call(CAROL, &offer), refusal(IRecords::NotRegistrar { caller: CAROL }));
    chain.call(REGISTRAR, &offer).expect("offered");

    assert_eq!(chain.call(DAVE, &accept), refusal(IRecords::NotOffered { caller: DAVE }));
    chain.call(CAROL, &accept).expect("accepted");

    let sound = credential(NOW, NOW + 1, 0);
    assert!(chain.call(CAROL, &sound).is_ok());
    let former = IRecords::NotRegistrar { caller: REGISTRAR };
    assert_eq!(chain.call(REGISTRAR, &sound), refusal(former));
    let once = chain.call(CAROL, &accept);
    assert_eq!(once, refusal(IRecords::NotOffered { caller: CAROL }), "an offer holds once");
}

#[test]
fn without_a_registrar_nobody_can_take_the_post() {
    let mut chain = Chain::new();
    chain.0.set_storage(slot::REGISTRAR, B256::ZERO);

    let zero = chain.call(Address::ZERO, &credential(NOW, NOW + 1, 0));
    let accept = chain.call(Address::ZERO, &IRecords::acceptRegistrarCall {});

    assert_eq!(zero, refusal(IRecords::NotRegistrar { caller: Address::ZERO }));
    assert_eq!(accept, refusal(IRecords::NotOffered { caller: Address::ZERO }));
}
