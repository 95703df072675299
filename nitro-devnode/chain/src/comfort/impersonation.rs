//! Transactions in the name of accounts without keys (devnode.md 7.4, rule 7).

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, B256, Signature, U256};

use crate::{Chain, SendError, admission::Signed};

impl Chain {
    /// Lets transactions be sent in the name of an account.
    pub fn impersonate(&self, account: Address) {
        self.comfort.impersonated.write().accounts.insert(account);
    }

    /// Ends that for an account.
    pub fn stop_impersonating(&self, account: Address) {
        self.comfort.impersonated.write().accounts.remove(&account);
    }

    /// Lets transactions be sent in anybody's name, or ends that.
    pub fn impersonate_everybody(&self, is_on: bool) {
        self.comfort.impersonated.write().is_everybody = is_on;
    }

    /// Lets ecrecover find an account behind a signature `r ‖ s ‖ v`, whatever was signed.
    pub fn impersonate_signature(&self, signature: [u8; 65], account: Address) {
        self.shared.pretend_signer(signature, account);
    }

    /// Whether transactions may be sent in the name of an account.
    #[must_use]
    pub fn is_impersonated(&self, account: Address) -> bool {
        let impersonated = self.comfort.impersonated.read();
        impersonated.is_everybody || impersonated.accounts.contains(&account)
    }

    /// Sends a transaction in the name of an account, which may be a contract. Its signature is no
    /// signature, but a place for the sender: hashes of different senders differ.
    ///
    /// # Errors
    ///
    /// As [`Chain::send_raw`].
    pub fn send_as(&self, sender: Address, transaction: TxEip1559) -> Result<B256, SendError> {
        let place = Signature::new(U256::from_be_bytes(sender.into_word().0), U256::ONE, false);
        let envelope = TxEnvelope::Eip1559(transaction.into_signed(place));
        self.submit(Signed::impersonated(envelope, sender), |_| Ok(()))
    }
}
