//! What can be read.

use alloy_primitives::aliases::U64;
use alloy_primitives::{Address, B256, U256};

use crate::{Error, Stays};

/// What `stayOf` answers, in the order of the interface.
pub(crate) type StayWords = (u8, Address, Address, u32, u32, B256, u128);
/// What `termsOf` answers, in the order of the interface.
pub(crate) type TermWords = (Address, u32, bool, u64, u128, Address, u128);

impl Stays {
    /// The records program whose registrar vouches for clinics.
    pub(crate) fn read_registry(&self) -> Address {
        self.registry.get()
    }

    /// How many stays there are.
    pub(crate) fn read_count(&self) -> u64 {
        self.count.get().to::<u64>()
    }

    /// One stay: state, clinic, patient, admit day, discharge day, room, price.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`]
    pub(crate) fn read_stay(&self, stay: u64) -> Result<StayWords, Error> {
        let head = self.head(stay)?;
        let entry = self.stays.getter(U64::from(stay));
        Ok((
            head.state,
            entry.clinic.get(),
            entry.patient.get(),
            head.admit_day,
            head.discharge_day(),
            entry.room.get(),
            entry.total.get().to::<u128>(),
        ))
    }

    /// The rest of a stay: token, policy, override, end of its state, due, payer, deposit.
    ///
    /// # Errors
    ///
    /// * [`Error::NoStay`]
    pub(crate) fn read_terms(&self, stay: u64) -> Result<TermWords, Error> {
        let head = self.head(stay)?;
        let entry = self.stays.getter(U64::from(stay));
        Ok((
            entry.token.get(),
            entry.policy.get().to::<u32>(),
            head.overrides(),
            head.until(),
            head.due(),
            head.payer(),
            entry.deposit.get().to::<u128>(),
        ))
    }

    /// What is released to `account` of a token (0: the chain's coin) and not yet withdrawn.
    pub(crate) fn read_released(&self, account: Address, token: Address) -> U256 {
        self.released.getter(token).get(account)
    }

    /// A policy's terms and arbiter.
    ///
    /// # Errors
    ///
    /// * [`Error::NoPolicy`]
    pub(crate) fn read_policy(
        &self,
        clinic: Address,
        policy: u32,
    ) -> Result<(B256, Address), Error> {
        self.check_policy(clinic, policy)?;
        Ok((self.terms(clinic, policy).pack(), self.arbiter(clinic, policy)))
    }

    /// Until when `staff` may act for `clinic`.
    pub(crate) fn read_staff(&self, clinic: Address, staff: Address) -> u64 {
        self.clinics.getter(clinic).staff.get(staff).to::<u64>()
    }

    /// Whether `clinic` takes `token`.
    pub(crate) fn read_acceptance(&self, clinic: Address, token: Address) -> bool {
        self.clinics.getter(clinic).tokens.get(token)
    }

    /// Who is asked to pay for a stay, how much is open, and how much of that may still be paid.
    pub(crate) fn read_claim(&self, stay: u64) -> (Address, u128, u128) {
        let entry = self.claims.getter(U64::from(stay));
        let open = entry.open.get().to::<u128>();
        (entry.insurer.get(), open, open.min(self.claimable(stay)))
    }
}
