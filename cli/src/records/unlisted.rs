//! Readers whom the chain does not show (crypto.md section 7.4): the owner's client keeps their list as an
//! entry in a section of its own, so that every change of keys repeats what they were given.

use alloy_primitives::Address;
use chartkey_abi::permission;
use chartkey_crypto::{BodyType, Frame, Grant, Handle, Operation};
use serde::{Deserialize, Serialize};

use super::chart::Chart;
use super::holder::Holder;
use super::write::{Appended, Draft};
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;

/// The section of the list. Nobody else is granted it.
pub const UNLISTED_READERS: &str = "unlisted readers";
/// What an entry of the list calls itself.
const KIND: &str = "chartkey-unlisted-readers";

/// A reader without a grant on chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnlistedReader {
    /// Its account.
    pub account: Address,
    /// Handles of its sections.
    pub sections: Vec<u8>,
    /// Whether it reads the past too.
    pub past: bool,
    /// Since when, in Unix seconds.
    pub since: u64,
    /// Its end in Unix seconds. One that was taken back stays in the list with it, so that a change of keys
    /// which did not happen is still seen to be due.
    pub until: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    kind: String,
    version: u8,
    readers: Vec<UnlistedReader>,
}

impl UnlistedReader {
    /// The grant that it would be.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            grantee: self.account.into_array(),
            permissions: permission::READ | if self.past { permission::HISTORY } else { 0 },
            sections: self
                .sections
                .iter()
                .filter(|handle| **handle < 64)
                .fold(0, |map, handle| map | 1 << handle),
            expiry: self.until.unwrap_or(u64::MAX),
            purpose: 0,
        }
    }

    /// Whether it gets the next keys.
    #[must_use]
    pub fn holds(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether a section has keys that it still has and should not.
    pub(super) fn has_run_out(&self, section: Handle, epoch_began: u64, now: u64) -> bool {
        let until = self.until.unwrap_or(u64::MAX);
        self.grant().covers(section) && epoch_began < until && until <= now
    }
}

impl Chart {
    /// The owner's unlisted readers, those whose time is over included. Nobody else has the key to the
    /// list.
    #[must_use]
    pub fn unlisted(&self) -> Vec<UnlistedReader> {
        let Some(section) = self.named(UNLISTED_READERS) else { return Vec::new() };
        let of_owner = section.entries.iter().rev().filter(|entry| entry.author == self.owner);
        let lists = of_owner.filter_map(|entry| {
            let frame = entry.frame.as_ref().ok()?;
            let list: List = serde_json::from_slice(&frame.body().ok()?).ok()?;
            (list.kind == KIND && list.version == 1).then_some(list.readers)
        });
        lists.take(1).flatten().collect()
    }
}

impl Holder {
    /// Puts a reader into the list, in the place of what the list says of its account. `None` after
    /// `--dry-run`.
    ///
    /// # Errors
    ///
    /// As opening the list's section, and appending.
    pub async fn note_unlisted(
        &self,
        session: &Session,
        chart: &Chart,
        reader: UnlistedReader,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        let (record, account) = (chart.record, reader.account);
        let chart = Chart::read_open(session, self, record, &[UNLISTED_READERS]).await?;
        let Some(section) = chart.named(UNLISTED_READERS) else { return Ok(None) };
        let mut readers = chart.unlisted();
        readers.retain(|one| one.account != account);
        readers.push(reader);
        let list = List { kind: KIND.to_owned(), version: 1, readers };
        let body = serde_json::to_vec(&list).map_err(|error| Error::Internal(error.to_string()))?;
        let now = crate::dates::now();
        let frame = Frame::new(Operation::Create, BodyType::Product, now, body)?;
        let drafts = [Draft { frame, what: "Note the reader in your own list".to_owned() }];
        let mut done = Appended::default();
        self.append(session, record, section, &drafts, &mut done).await?;
        Ok((!session.global.dry_run).then_some(done.receipts))
    }
}
