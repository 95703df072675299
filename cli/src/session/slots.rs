//! Key slots of this account: sealing, keeping and publishing them (crypto.md section 5.3).

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Identity, Root, SlotKey};

use super::{Account, Session};
use crate::error::Error;
use crate::files;
use crate::identity::{Slot, sign_keyslot};
use crate::records::fresh;
use crate::rpc::Receipt;
use crate::transact::{Plan, logged};

impl Session {
    /// Seals a root for the wallet of the flags: 104 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] if the flags name no wallet; a wallet that is the account itself, whose
    /// public key is on chain, unless that was asked for; one that answers differently each time.
    pub(crate) fn sealed_slot(&self, identity: &Identity, root: &Root) -> Result<Vec<u8>, Error> {
        let usage = |message: &str, hint: &str| Error::Usage {
            message: message.to_owned(),
            hint: hint.to_owned(),
        };
        let (wallet, domain) = self.slot_wallet()?.ok_or_else(|| {
            usage(
                "a key slot needs a wallet that opens it",
                "give --slot-wallet NAME and --slot-domain DOMAIN",
            )
        })?;
        if wallet.address() == Address::from(identity.account) {
            if !self.global.unlock_with_account_key {
                return Err(usage(
                    "the wallet of the slot is the account itself, whose public key is on chain",
                    "give another --slot-wallet, or add --unlock-with-account-key",
                ));
            }
            self.warn_of_account_key();
        }
        let key = SlotKey::of_wallet(identity, &sign_keyslot(&wallet, identity, domain)?);
        Ok(key.seal(identity, root, fresh()?))
    }

    /// Publishes a slot of the registered key; `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As [`Session::send`].
    pub(crate) async fn publish_slot(
        &self,
        account: Account,
        contract: Address,
        slot: &[u8],
    ) -> Result<Option<Receipt>, Error> {
        let call = IRecords::addKeySlotCall { kind: Slot::WALLET, slot: slot.to_vec().into() };
        let plan = Plan {
            to: Some(contract),
            value_wei: U256::ZERO,
            data: call.abi_encode().into(),
            what: format!(
                "Add a key slot that a wallet opens to the identity of {}",
                account.address
            ),
            public: "that there is a slot of kind 1, and its 104 sealed bytes; neither the wallet \
                     nor the domain"
                .into(),
        };
        let Some(receipt) = self.send(account, &plan).await? else { return Ok(None) };
        logged::<IRecords::KeySlotAdded>(&receipt, contract)?;
        Ok(Some(receipt))
    }

    /// Keeps a copy of a slot of a random root: between registration and publication it is the only
    /// way to that root. It is as safe here as on chain.
    pub(crate) fn keep_slot(&self, identity: &Identity, slot: &[u8]) -> Result<(), Error> {
        Ok(files::replace(&self.home.key_slot(identity), slot)?)
    }

    /// The copy of [`Self::keep_slot`].
    pub(crate) fn kept_slot(&self, identity: &Identity) -> Result<Option<Vec<u8>>, Error> {
        Ok(files::read_if_there(&self.home.key_slot(identity))?)
    }
}
