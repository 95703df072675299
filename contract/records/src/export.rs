//! The program as the SDK would route it: the judge of the interface, never part of what goes on chain.
//!
//! The SDK's export says which selectors and mutabilities these signatures have
//! (`contract/pack/src/judge.rs`), and the tests run every call through both routes.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, Bytes};
use chartkey_abi::{Terms, entry_kind};
use stylus_sdk::prelude::*;

use crate::guardians::Policy;
use crate::sections::{Epochs, Seen};
use crate::{Error, Records};

fn slices(blobs: &[Bytes]) -> Vec<&[u8]> {
    blobs.iter().map(|blob| &blob[..]).collect()
}

#[public]
impl Records {
    /// Creates a record for the caller and opens its first section.
    pub fn create_record(
        &mut self,
        nonce: B256,
        handle: u16,
        epoch_record: Bytes,
    ) -> Result<B256, Error> {
        self.open_record(nonce, handle, &epoch_record)
    }

    /// Appends an epoch record; the first one opens the section, and only the owner may do that.
    pub fn append_epoch(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        epoch_record: Bytes,
    ) -> Result<B256, Error> {
        self.append_epoch_record(Seen { record, handle, state: expected_state }, &epoch_record)
    }

    /// Appends one sealed entry. A repeat after a lost reply reverts, since the state word has moved.
    pub fn append(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        envelope: Bytes,
    ) -> Result<B256, Error> {
        let seen = Seen { record, handle, state: expected_state };
        self.append_entries(seen, entry_kind::ENTRY, &[&envelope])
    }

    /// Appends several sealed entries to one section, in order; all or none.
    pub fn append_batch(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        envelopes: Vec<Bytes>,
    ) -> Result<B256, Error> {
        let seen = Seen { record, handle, state: expected_state };
        self.append_entries(seen, entry_kind::ENTRY, &slices(&envelopes))
    }

    /// Appends an entry whose envelope is kept elsewhere.
    pub fn append_detached(
        &mut self,
        record: B256,
        handle: u16,
        expected_state: B256,
        leaf: B256,
    ) -> Result<B256, Error> {
        let seen = Seen { record, handle, state: expected_state };
        self.append_entries(seen, entry_kind::DETACHED, &[leaf.as_slice()])
    }

    /// Starts new epochs of several sections, revoking and delivering in the same call.
    #[allow(clippy::too_many_arguments, reason = "one call, so that nothing happens in between")]
    pub fn rotate(
        &mut self,
        record: B256,
        revoked: Address,
        handles: Vec<u16>,
        expected_states: Vec<B256>,
        epoch_records: Vec<Bytes>,
        keys: B256,
        list: Bytes,
    ) -> Result<(), Error> {
        let epochs = Epochs {
            handles: &handles,
            states: &expected_states,
            records: &slices(&epoch_records),
        };
        self.rotate_sections(record, revoked, &epochs, keys, &list)
    }

    /// Grants, or replaces a grant. Owner, or a holder of GRANT within what it has.
    #[allow(clippy::too_many_arguments, reason = "flat arguments, as wallets show them")]
    pub fn grant(
        &mut self,
        record: B256,
        grantee: Address,
        permissions: u16,
        handles: u64,
        expiry: u64,
        purpose: u8,
        keys: B256,
        list: Bytes,
    ) -> Result<(), Error> {
        let terms = Terms { permissions, handles, expiry, purpose };
        self.make_grant(record, grantee, terms, keys, &list)
    }

    /// Takes a grant back. Owner, or the delegate who made it.
    pub fn revoke(&mut self, record: B256, grantee: Address) -> Result<(), Error> {
        self.revoke_grant(record, grantee)
    }

    /// Ends a grant that has run out. Anybody.
    pub fn expire(&mut self, record: B256, grantee: Address) -> Result<(), Error> {
        self.expire_grant(record, grantee)
    }

    /// Delivers keys. Owner, GRANT or ROTATE; a custodian to claimants, a guardian to its candidate.
    pub fn deliver(&mut self, record: B256, keys: B256, list: Bytes) -> Result<(), Error> {
        self.deliver_list(record, keys, &list)
    }

    /// Registers the caller's identity key.
    pub fn register_key(&mut self, version: u32, public_key: Bytes) -> Result<(), Error> {
        self.register(version, &public_key)
    }

    /// Logs one more way to the caller's root.
    pub fn add_key_slot(&mut self, kind: u8, slot: Bytes) -> Result<(), Error> {
        self.log_key_slot(kind, &slot)
    }

    /// States a provider's credential. Only the registrar.
    pub fn set_credential(
        &mut self,
        account: Address,
        valid_from: u64,
        valid_until: u64,
        flags: u8,
    ) -> Result<(), Error> {
        self.state_credential(account, valid_from, valid_until, flags)
    }

    /// Offers the registrar's post. Only the registrar.
    pub fn offer_registrar(&mut self, account: Address) -> Result<(), Error> {
        self.offer_post(account)
    }

    /// Takes the registrar's post. Only whom it was offered to.
    pub fn accept_registrar(&mut self) -> Result<(), Error> {
        self.accept_post()
    }

    /// Sets up emergency access. Only the owner.
    pub fn set_emergency(
        &mut self,
        record: B256,
        handle: u16,
        generation: u32,
        keys: B256,
        list: Bytes,
    ) -> Result<(), Error> {
        self.set_up_emergency(record, handle, generation, keys, &list)
    }

    /// Claims emergency access. A provider whose credential says so.
    pub fn claim_emergency(
        &mut self,
        record: B256,
        cosigner: Address,
        reason: u16,
        note: Bytes,
    ) -> Result<(), Error> {
        self.open_claim(record, cosigner, reason, &note)
    }

    /// Ends a claim. Owner or claimant; anybody once it has run out.
    pub fn close_emergency(&mut self, record: B256, claimant: Address) -> Result<(), Error> {
        self.close_claim(record, claimant)
    }

    /// Names guardians. Only the owner.
    pub fn set_guardians(
        &mut self,
        record: B256,
        version: u32,
        threshold: u8,
        delay_hours: u16,
        keys: B256,
        shares: Bytes,
    ) -> Result<(), Error> {
        let policy = Policy { threshold, delay_hours };
        self.name_guardians(record, version, &policy, keys, &shares)
    }

    /// Approves a new owner. Only a guardian.
    pub fn approve_recovery(
        &mut self,
        record: B256,
        candidate: Address,
        guardians: Bytes,
        keys: B256,
        list: Bytes,
    ) -> Result<(), Error> {
        self.approve(record, candidate, &guardians, keys, &list)
    }

    /// Ends every recovery under way. Only the owner.
    pub fn veto_recovery(&mut self, record: B256) -> Result<(), Error> {
        self.veto(record)
    }

    /// Becomes owner. Only an approved candidate, after the delay.
    pub fn finish_recovery(&mut self, record: B256) -> Result<(), Error> {
        self.take_over(record)
    }

    /// Offers the record. Only the owner.
    pub fn offer_record(&mut self, record: B256, account: Address) -> Result<(), Error> {
        self.offer(record, account)
    }

    /// Becomes owner. Only whom the record was offered to.
    pub fn accept_record(&mut self, record: B256) -> Result<(), Error> {
        self.accept(record)
    }

    /// Account in charge of a record; zero if there is no such record.
    pub fn owner_of(&self, record: B256) -> Address {
        self.owner(record)
    }

    /// What the registrar says about an account; zero if nothing was ever said.
    pub fn credential_of(&self, account: Address) -> B256 {
        self.credentials.get(account)
    }

    /// State word of a section; zero if it was never used.
    pub fn state_of(&self, record: B256, handle: u16) -> B256 {
        self.state(record, handle)
    }
}
