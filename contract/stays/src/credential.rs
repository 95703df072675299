//! Whether a clinic may quote: the registrar of the records program has to vouch for it.
//!
//! Asked anew with each quote, so that a suspension counts at once; what was quoted before holds, and its
//! money has the ends that it had. Booking and paying do not ask: they cost what they cost.

#[cfg(not(test))]
use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
#[cfg(not(test))]
use alloy_sol_types::SolCall;
#[cfg(not(test))]
use chartkey_abi::IRecords;
use chartkey_abi::{IStays, is_credential_current};
#[cfg(not(test))]
use stylus_sdk::call::static_call;
use stylus_sdk::prelude::*;

use crate::{Error, Stays};

impl Stays {
    pub(crate) fn check_credential(&self, clinic: Address) -> Result<(), Error> {
        if is_credential_current(self.credential_of(clinic), self.vm().block_timestamp()) {
            return Ok(());
        }
        Err(IStays::NoCredential { clinic }.into())
    }

    /// What the registry says; zero, which is no credential, if it says nothing.
    #[cfg(not(test))]
    fn credential_of(&self, clinic: Address) -> B256 {
        let data: Vec<u8> = IRecords::credentialOfCall { account: clinic }.abi_encode();
        let answer = static_call(self.vm(), Call::new(), self.registry.get(), &data);
        answer.ok().and_then(|answer| B256::try_from(answer.as_slice()).ok()).unwrap_or_default()
    }

    /// The tests keep a list of credentials. The real registry is called in `tests/it`, on the node.
    #[cfg(test)]
    fn credential_of(&self, clinic: Address) -> B256 {
        crate::tests::credentials::of(clinic)
    }
}
