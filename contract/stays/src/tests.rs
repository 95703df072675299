//! The program in the test VM, through its router; each refusal, and the money against a model.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use chartkey_abi::{IStays, stay_state};
use proptest::prelude::*;
use stylus_sdk::abi::router_entrypoint;
use stylus_sdk::host::VM;
use stylus_sdk::testing::TestVM;

use crate::Stays;

const CLINIC: Address = Address::repeat_byte(0xc1);
const PATIENT: Address = Address::repeat_byte(0xa1);
const STRANGER: Address = Address::repeat_byte(0x55);
const CONTRACT: Address = Address::repeat_byte(0xcc);
const PRICE: u128 = 1_500_000_000_000_000_000;
const ADMIT: u32 = 20_700;
const DISCHARGE: u32 = 20_703;

struct Chain(TestVM);

impl Chain {
    fn new() -> Self {
        let vm = TestVM::new();
        vm.set_contract_address(CONTRACT);
        vm.set_block_timestamp(u64::from(ADMIT) * 86_400);
        Self(vm)
    }

    /// One call as the chain would run it: routed, decoded, undone on failure. Value is credited.
    fn pay<C: SolCall>(
        &mut self,
        from: Address,
        wei: u128,
        call: &C,
    ) -> Result<C::Return, Vec<u8>> {
        let before = self.0.snapshot();
        self.0.set_sender(from);
        self.0.set_value(U256::from(wei));
        let host = VM { host: Box::new(self.0.clone()) };
        match router_entrypoint::<Stays, Stays>(call.abi_encode(), host) {
            Ok(output) => Ok(C::abi_decode_returns(&output).expect("the interface's types")),
            Err(data) => {
                self.0 = TestVM::from(before);
                Err(data)
            }
        }
    }

    fn call<C: SolCall>(&mut self, from: Address, call: &C) -> Result<C::Return, Vec<u8>> {
        self.pay(from, 0, call)
    }

    fn quoted() -> Self {
        let mut chain = Self::new();
        assert_eq!(chain.call(CLINIC, &quote(PRICE)), Ok(1));
        chain
    }

    fn paid() -> Self {
        let mut chain = Self::quoted();
        chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).expect("paid");
        chain
    }

    fn liabilities(&mut self) -> U256 {
        self.call(STRANGER, &IStays::liabilitiesCall {}).expect("a view")
    }

    fn state(&mut self, stay: u64) -> u8 {
        self.call(STRANGER, &IStays::stayOfCall { stay }).expect("a stay").state
    }
}

fn quote(total: u128) -> IStays::quoteCall {
    IStays::quoteCall {
        patient: PATIENT,
        admitDay: ADMIT,
        dischargeDay: DISCHARGE,
        room: B256::repeat_byte(7),
        totalWei: total,
    }
}

#[test]
fn a_quote_is_stored_as_it_was_given() {
    let mut chain = Chain::quoted();

    let stay = chain.call(STRANGER, &IStays::stayOfCall { stay: 1 }).unwrap();

    assert_eq!((stay.state, stay.clinic, stay.patient), (stay_state::QUOTED, CLINIC, PATIENT));
    assert_eq!((stay.admitDay, stay.dischargeDay, stay.totalWei), (ADMIT, DISCHARGE, PRICE));
    assert_eq!(stay.room, B256::repeat_byte(7));
    assert_eq!(chain.call(CLINIC, &quote(1)), Ok(2), "numbers go up by one");
    assert_eq!(chain.call(STRANGER, &IStays::stayCountCall {}), Ok(2));
    assert_eq!(chain.liabilities(), U256::ZERO);
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
        assert_eq!(chain.liabilities(), U256::ZERO, "a refused payment holds no money");
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
    assert_eq!(chain.liabilities(), U256::from(PRICE));
}

#[test]
fn the_clinic_waits_for_the_discharge_and_the_patient_does_not() {
    let settle = IStays::settleCall { stay: 1 };
    let opens_at = u64::from(DISCHARGE) * 86_400;
    let mut early = Chain::paid();
    early.0.set_block_timestamp(opens_at - 1);
    let mut on_time = Chain::paid();
    on_time.0.set_block_timestamp(opens_at);
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

    let taken = chain.call(CLINIC, &IStays::withdrawCall {});

    assert_eq!(taken, Ok(U256::from(PRICE)));
    assert_eq!(chain.call(CLINIC, &IStays::withdrawCall {}), nothing(CLINIC));
    assert_eq!(chain.liabilities(), U256::ZERO);
    let (topics, data) = chain.0.get_emitted_logs().pop().unwrap();
    let event = IStays::Withdrawn::decode_raw_log(topics, &data).unwrap();
    assert_eq!((event.account, event.amountWei), (CLINIC, U256::from(PRICE)));
}

#[test]
fn an_account_that_refuses_its_money_keeps_the_claim() {
    let mut chain = Chain::paid();
    chain.call(PATIENT, &IStays::settleCall { stay: 1 }).unwrap();
    chain.0.mock_call(CLINIC, Vec::new(), U256::from(PRICE), Err(b"no".to_vec()));

    let refused = chain.call(CLINIC, &IStays::withdrawCall {});

    let failed = IStays::TransferFailed { account: CLINIC, amountWei: U256::from(PRICE) };
    assert_eq!(refused, Err(failed.abi_encode()));
    let claim = chain.call(STRANGER, &IStays::releasedToCall { account: CLINIC });
    assert_eq!(claim, Ok(U256::from(PRICE)));
    assert_eq!(chain.liabilities(), U256::from(PRICE));
}

/// The books that the program should keep.
#[derive(Default)]
struct Model {
    stays: Vec<(Address, Address, u128, u8)>,
    released: HashMap<Address, u128>,
    held: u128,
}

#[derive(Debug, Clone)]
enum Step {
    Quote { clinic: usize, patient: usize, price: u128 },
    Pay { by: usize, stay: u64, off_by: i8 },
    Settle { by: usize, stay: u64 },
    Withdraw { by: usize },
}

const PEOPLE: [Address; 3] = [CLINIC, PATIENT, STRANGER];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_usize, 0..3_usize, 0..5_u128).prop_map(|(clinic, patient, price)| Step::Quote {
            clinic,
            patient,
            price
        }),
        (0..3_usize, 0..5_u64, -1..=1_i8).prop_map(|(by, stay, off_by)| Step::Pay {
            by,
            stay,
            off_by
        }),
        (0..3_usize, 0..5_u64).prop_map(|(by, stay)| Step::Settle { by, stay }),
        (0..3_usize).prop_map(|by| Step::Withdraw { by }),
    ]
}

impl Model {
    /// Carries out a step on both; they must agree on whether it is allowed.
    fn apply(&mut self, chain: &mut Chain, step: &Step) -> Result<(), TestCaseError> {
        let (done, allowed) = match *step {
            Step::Quote { clinic, patient, price } => {
                let call = IStays::quoteCall { patient: PEOPLE[patient], ..quote(price) };
                if price > 0 {
                    self.stays.push((PEOPLE[clinic], PEOPLE[patient], price, stay_state::QUOTED));
                }
                (chain.call(PEOPLE[clinic], &call).is_ok(), price > 0)
            }
            Step::Pay { by, stay, off_by } => {
                let entry = stay.checked_sub(1).and_then(|i| self.stays.get_mut(i as usize));
                let price = entry.as_ref().map_or(1, |entry| entry.2);
                let sent = price.saturating_add_signed(i128::from(off_by));
                let allowed = entry.is_some_and(|entry| {
                    let fits =
                        entry.1 == PEOPLE[by] && entry.3 == stay_state::QUOTED && off_by == 0;
                    if fits {
                        entry.3 = stay_state::PAID;
                    }
                    fits
                });
                self.held += if allowed { price } else { 0 };
                (chain.pay(PEOPLE[by], sent, &IStays::payCall { stay }).is_ok(), allowed)
            }
            Step::Settle { by, stay } => {
                let entry = stay.checked_sub(1).and_then(|i| self.stays.get_mut(i as usize));
                let allowed = match entry {
                    // The clock stands before every discharge: only the patient may.
                    Some(entry) if entry.3 == stay_state::PAID && entry.1 == PEOPLE[by] => {
                        entry.3 = stay_state::SETTLED;
                        *self.released.entry(entry.0).or_default() += entry.2;
                        true
                    }
                    _ => false,
                };
                (chain.call(PEOPLE[by], &IStays::settleCall { stay }).is_ok(), allowed)
            }
            Step::Withdraw { by } => {
                let amount = self.released.remove(&PEOPLE[by]).unwrap_or_default();
                self.held -= amount;
                (chain.call(PEOPLE[by], &IStays::withdrawCall {}).is_ok(), amount > 0)
            }
        };
        prop_assert_eq!(done, allowed, "{:?}", step);
        prop_assert_eq!(chain.liabilities(), U256::from(self.held));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What went in and did not come out is what the program says it owes, after every step.
    #[test]
    fn the_books_are_those_of_a_plain_model(steps in prop::collection::vec(step(), 0..40)) {
        let mut chain = Chain::new();
        let mut model = Model::default();
        for step in &steps {
            model.apply(&mut chain, step)?;
        }
    }
}
