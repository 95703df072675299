//! The program in the test VM, through its router, with ledgers of coins and tokens beside it.

mod attacks;
mod bookings;
mod claims;
mod clinics;
pub(crate) mod credentials;
mod endings;
mod model;
mod parts;
mod random;
mod simple;
mod stateful;
pub(crate) mod tokens;

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use chartkey_abi::{IStays, PolicyTerms};
use stylus_sdk::abi::{Router, router_entrypoint};
use stylus_sdk::host::VM;
use stylus_sdk::testing::TestVM;

use crate::Stays;
use crate::router::ByHand;

pub(crate) const CLINIC: Address = Address::repeat_byte(0xc1);
pub(crate) const PATIENT: Address = Address::repeat_byte(0xa1);
pub(crate) const RELATIVE: Address = Address::repeat_byte(0xb2);
pub(crate) const INSURER: Address = Address::repeat_byte(0x1e);
pub(crate) const ARBITER: Address = Address::repeat_byte(0xab);
pub(crate) const STRANGER: Address = Address::repeat_byte(0x55);
pub(crate) const CONTRACT: Address = Address::repeat_byte(0xcc);
pub(crate) const ROOM: B256 = B256::repeat_byte(7);
pub(crate) const PRICE: u128 = 1_500_000_000_000_000_000;
pub(crate) const ADMIT: u32 = 20_700;
pub(crate) const DISCHARGE: u32 = 20_703;
pub(crate) const DAY: u64 = 86_400;
pub(crate) const COIN: Address = Address::ZERO;

/// The terms that most tests book under.
pub(crate) const TERMS: PolicyTerms = PolicyTerms {
    free_cancel_secs: 2 * 86_400,
    hold_secs: 1_800,
    pay_within_secs: 7_200,
    settle_delay_secs: 3 * 86_400,
    no_show_grace_secs: 6 * 3_600,
    dispute_secs: 10 * 86_400,
    late_cancel_bps: 3_000,
    no_show_bps: 8_000,
    early_discharge_bps: 5_000,
    deposit_bps: 2_000,
};

/// The program, and what accounts own outside of it.
pub(crate) struct Chain {
    pub(crate) vm: TestVM,
    /// The contract's own coins.
    pub(crate) coins: U256,
}

impl Chain {
    /// A week before admission.
    pub(crate) fn new() -> Self {
        let vm = TestVM::new();
        vm.set_contract_address(CONTRACT);
        tokens::reset();
        credentials::reset();
        let chain = Self { vm, coins: U256::ZERO };
        chain.at(u64::from(ADMIT - 7) * DAY);
        chain
    }

    pub(crate) fn at(&self, time: u64) {
        self.vm.set_block_timestamp(time);
    }

    /// One call as the chain would run it: routed, decoded, undone on failure. Value is credited.
    pub(crate) fn pay<C: SolCall>(
        &mut self,
        from: Address,
        wei: u128,
        call: &C,
    ) -> Result<C::Return, Vec<u8>> {
        let (before, before_tokens) = (self.vm.snapshot(), tokens::snapshot());
        self.vm.set_sender(from);
        self.vm.set_value(U256::from(wei));
        let outcome = route::<ByHand>(&self.vm, call.abi_encode());
        // With `export-abi`, the SDK's own router is held against ours in every call.
        #[cfg(feature = "export-abi")]
        {
            let after = tokens::snapshot();
            tokens::restore(before_tokens.clone());
            let twin = TestVM::from(before.clone());
            twin.set_sender(from);
            twin.set_value(U256::from(wei));
            assert_eq!(route::<Stays>(&twin, call.abi_encode()), outcome, "{}", C::SIGNATURE);
            tokens::restore(after);
        }
        match outcome {
            Ok(output) => {
                self.coins += U256::from(wei);
                Ok(C::abi_decode_returns(&output).expect("the interface's types"))
            }
            Err(data) => {
                self.vm = TestVM::from(before);
                tokens::restore(before_tokens);
                Err(data)
            }
        }
    }

    pub(crate) fn call<C: SolCall>(
        &mut self,
        from: Address,
        call: &C,
    ) -> Result<C::Return, Vec<u8>> {
        self.pay(from, 0, call)
    }

    /// A call that has to be refused with this error.
    #[track_caller]
    pub(crate) fn refuses<C: SolCall, E: SolError>(&mut self, from: Address, call: &C, error: &E)
    where
        C::Return: std::fmt::Debug,
    {
        match self.call(from, call) {
            Err(data) => assert_eq!(data, error.abi_encode(), "{}", C::SIGNATURE),
            Ok(done) => panic!("{} was not refused: {done:?}", C::SIGNATURE),
        }
    }

    /// The coins that leave with a withdrawal: the test VM moves none itself.
    pub(crate) fn take_out(&mut self, account: Address) -> Result<U256, Vec<u8>> {
        let amount = self.call(account, &IStays::withdrawCall {})?;
        self.coins -= amount;
        Ok(amount)
    }

    pub(crate) fn quoted() -> Self {
        let mut chain = Self::new();
        assert_eq!(chain.call(CLINIC, &quote(PRICE)), Ok(1));
        chain
    }

    pub(crate) fn paid() -> Self {
        let mut chain = Self::quoted();
        chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).expect("paid");
        chain
    }

    /// A clinic with [`TERMS`] as policy 1, and stay 1 offered under it.
    pub(crate) fn offered() -> Self {
        let mut chain = Self::new();
        assert_eq!(chain.call(CLINIC, &policy(&TERMS)), Ok(1));
        assert_eq!(chain.call(CLINIC, &offer()), Ok(1));
        chain
    }

    /// As [`offered`](Self::offered), paid by the patient.
    pub(crate) fn funded() -> Self {
        let mut chain = Self::offered();
        chain.pay(PATIENT, PRICE, &IStays::payCall { stay: 1 }).expect("paid");
        chain
    }

    /// As [`funded`](Self::funded), in house since admission began.
    pub(crate) fn in_house() -> Self {
        let mut chain = Self::funded();
        chain.at(u64::from(ADMIT) * DAY);
        chain.call(CLINIC, &IStays::arriveCall { stay: 1 }).expect("arrived");
        chain
    }

    pub(crate) fn state(&mut self, stay: u64) -> u8 {
        self.stay(stay).state
    }

    pub(crate) fn stay(&mut self, stay: u64) -> IStays::stayOfReturn {
        self.call(STRANGER, &IStays::stayOfCall { stay }).expect("a stay")
    }

    pub(crate) fn terms(&mut self, stay: u64) -> IStays::termsOfReturn {
        self.call(STRANGER, &IStays::termsOfCall { stay }).expect("a stay")
    }

    pub(crate) fn released(&mut self, account: Address) -> u128 {
        self.released_in(account, COIN)
    }

    pub(crate) fn released_in(&mut self, account: Address, token: Address) -> u128 {
        let call = IStays::releasedInCall { account, token };
        self.call(STRANGER, &call).expect("a view").to::<u128>()
    }

    pub(crate) fn nights(&mut self, clinic: Address, room: B256, day: u32) -> U256 {
        self.call(STRANGER, &IStays::calendarOfCall { clinic, room, day }).expect("a view")
    }

    pub(crate) fn claim(&mut self, stay: u64) -> IStays::claimOfReturn {
        self.call(STRANGER, &IStays::claimOfCall { stay }).expect("a view")
    }

    /// Who was paid back how much, by the events so far.
    pub(crate) fn refunds(&self) -> BTreeMap<Address, u128> {
        let mut refunds = BTreeMap::new();
        for (topics, data) in self.vm.get_emitted_logs() {
            if let Ok(event) = IStays::Refunded::decode_raw_log(topics, &data) {
                assert_ne!(event.amountWei, 0, "a refund of nothing is none");
                *refunds.entry(event.payer).or_default() += event.amountWei;
            }
        }
        refunds
    }

    /// Every event of the calls so far, by name.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        use alloy_sol_types::SolEventInterface;
        let name = |(topics, data): (Vec<B256>, Vec<u8>)| {
            let event =
                IStays::IStaysEvents::decode_raw_log(&topics, &data).expect("an event of ours");
            event_name(&event)
        };
        self.vm.get_emitted_logs().into_iter().map(name).collect()
    }
}

fn event_name(event: &IStays::IStaysEvents) -> &'static str {
    use IStays::IStaysEvents as E;
    match event {
        E::PolicyDefined(_) => "PolicyDefined",
        E::StaffChanged(_) => "StaffChanged",
        E::TokenAccepted(_) => "TokenAccepted",
        E::RoomOpened(_) => "RoomOpened",
        E::StayRequested(_) => "StayRequested",
        E::StayQuoted(_) => "StayQuoted",
        E::AvailabilityOverridden(_) => "AvailabilityOverridden",
        E::StayMoved(_) => "StayMoved",
        E::StayPaid(_) => "StayPaid",
        E::StayShortened(_) => "StayShortened",
        E::StaySettled(_) => "StaySettled",
        E::StayClosed(_) => "StayClosed",
        E::Refunded(_) => "Refunded",
        E::Withdrawn(_) => "Withdrawn",
        E::StayClaimed(_) => "StayClaimed",
        E::ClaimSettled(_) => "ClaimSettled",
    }
}

pub(crate) fn quote(total: u128) -> IStays::quoteCall {
    IStays::quoteCall {
        patient: PATIENT,
        admitDay: ADMIT,
        dischargeDay: DISCHARGE,
        room: ROOM,
        totalWei: total,
    }
}

pub(crate) fn policy(terms: &PolicyTerms) -> IStays::definePolicyCall {
    let arbiter = if terms.dispute_secs == 0 { Address::ZERO } else { ARBITER };
    IStays::definePolicyCall { name: B256::ZERO, terms: terms.pack(), arbiter }
}

/// An offer under policy 1, valid until the day before admission.
pub(crate) fn offer() -> IStays::offerCall {
    IStays::offerCall {
        requested: 0,
        clinic: CLINIC,
        patient: PATIENT,
        admitDay: ADMIT,
        dischargeDay: DISCHARGE,
        room: ROOM,
        totalWei: PRICE,
        token: COIN,
        policy: 1,
        validUntil: u64::from(ADMIT - 1) * DAY,
        overrides: false,
    }
}

/// A payment by allowance.
pub(crate) fn pay_token(stay: u64, amount: u128) -> IStays::payTokenCall {
    let (deadline, r, s) = (U256::ZERO, B256::ZERO, B256::ZERO);
    IStays::payTokenCall { stay, amountWei: amount, deadline, v: 0, r, s }
}

fn route<R>(vm: &TestVM, input: Vec<u8>) -> Result<Vec<u8>, Vec<u8>>
where
    R: Router<Stays, Storage = Stays>,
{
    router_entrypoint::<R, Stays>(input, VM { host: Box::new(vm.clone()) })
}

/// What accounts own, by token and account.
pub(crate) type Owned = HashMap<(Address, Address), U256>;
