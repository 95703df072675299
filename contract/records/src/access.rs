//! The access chain: every change of who has access is one link or two (crypto.md section 9.3).

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use chartkey_abi::IRecords::AccessChanged;
use chartkey_abi::{access_bodies, access_link};
use stylus_sdk::prelude::*;

use crate::{Records, chain};

/// One change of who has access.
pub(crate) struct Change<'a> {
    pub(crate) kind: u8,
    pub(crate) subject: Address,
    pub(crate) terms: B256,
    pub(crate) payload: &'a [u8],
}

impl<'a> Change<'a> {
    /// A change that says no more than whom it is about.
    pub(crate) const fn of(kind: u8, subject: Address) -> Self {
        Self { kind, subject, terms: B256::ZERO, payload: &[] }
    }

    /// The same with a payload.
    pub(crate) const fn with(self, payload: &'a [u8]) -> Self {
        Self { payload, ..self }
    }
}

impl Records {
    /// Links a change, stores the word once, and logs the change once.
    #[inline(never)]
    pub(crate) fn link_access(&mut self, record: B256, change: &Change<'_>) {
        let actor = self.vm().msg_sender();
        let time = self.vm().block_timestamp();
        let mut word = self.access.get(record);
        for body in access_bodies(change.kind, change.subject, change.terms, change.payload) {
            word = chain::append_access(word, actor, time, &body);
        }
        self.access.insert(record, word);

        let topics = [AccessChanged::SIGNATURE_HASH, record, change.subject.into_word()];
        let words = [word, access_link(change.kind, actor, time), change.terms];
        self.emit(&topics, &words, Some(change.payload));
    }
}
