//! The keys that a grant, a repair or a single share hands out (crypto.md sections 7.2 and 8.4).

use alloy_primitives::{Address, B256};
use chartkey_crypto::{
    Action, AuthorKey, ContentKey, Delivery, Epoch, EpochSeed, Error as CryptoError, Grant, Handle,
    Item, MessageKey, Scope, share_entry, verify,
};

use super::chart::Chart;
use super::deliver::{Parcel, Routes, Sealed};
use super::holder::Holder;
use super::random;
use super::section::SectionChart;
use super::sections::scope;
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;

/// Most keys in one delivery; one of 64 may be that of a channel.
const MOST_ITEMS: usize = 63;

impl SectionChart {
    /// The keys that a grant gives of this section now.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotDelivered`] without the key that gives it.
    pub fn items(&self, grant: &Grant) -> Result<Vec<Item>, CryptoError> {
        let newest = self.epochs.len().checked_sub(1).ok_or_else(|| self.lacks(Epoch::FIRST))?;
        let here = &self.epochs[newest];
        match scope(grant) {
            Scope::WithPast => {
                here.seed.as_ref().ok_or_else(|| self.lacks(here.epoch))?;
                let section = self.section.handle;
                let full = |(epoch, seed): (Epoch, &EpochSeed)| Item::Full {
                    section,
                    epoch,
                    seed: EpochSeed::from_bytes(*seed.expose()),
                };
                Ok(self.top_seeds().into_iter().map(full).collect())
            }
            Scope::ThisEpoch => Ok(vec![self.epoch_item(newest)?]),
            Scope::WriteOnly => Ok(vec![self.author_item(newest, grant)?]),
        }
    }

    /// The key of one epoch: what was written in it, by anybody.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotDelivered`]
    pub fn epoch_item(&self, index: usize) -> Result<Item, CryptoError> {
        let here = self.epochs.get(index).ok_or_else(|| self.lacks(Epoch::FIRST))?;
        let key = here.content.as_ref().ok_or_else(|| self.lacks(here.epoch))?;
        let key = ContentKey::from_bytes(*key.expose());
        Ok(Item::Epoch { section: self.section.handle, epoch: here.epoch, key })
    }

    /// The key of what the grantee writes in one epoch.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotDelivered`]
    pub fn author_item(&self, index: usize, grant: &Grant) -> Result<Item, CryptoError> {
        let here = self.epochs.get(index).ok_or_else(|| self.lacks(Epoch::FIRST))?;
        let content = here.content.as_ref().ok_or_else(|| self.lacks(here.epoch))?;
        let key: AuthorKey = content.author(&self.section.at(here.epoch), &grant.grantee);
        Ok(Item::Author { section: self.section.handle, epoch: here.epoch, key })
    }

    const fn lacks(&self, epoch: Epoch) -> CryptoError {
        let (handle, epoch) = (self.section.handle.number(), epoch.number());
        CryptoError::KeyNotDelivered { handle, epoch }
    }
}

impl Parcel {
    /// The keys in as many parcels as they need.
    #[must_use]
    pub fn split(to: Address, items: Vec<Item>) -> Vec<Self> {
        let mut parcels = Vec::new();
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            parcels.push(Self { to, items: items.by_ref().take(MOST_ITEMS).collect() });
        }
        parcels
    }

    /// Random keys in the place of the real ones.
    fn decoy(&self) -> Result<Self, Error> {
        let section = Handle::new(0)?;
        let item = |_: &Item| {
            let seed = EpochSeed::from_bytes(random()?);
            Ok(Item::Full { section, epoch: Epoch::FIRST, seed })
        };
        Ok(Self { to: self.to, items: self.items.iter().map(item).collect::<Result<_, Error>>()? })
    }
}

/// A call that hands keys out, and how to tell about it.
#[derive(Debug, Clone, Copy)]
pub struct Handout<'a> {
    /// One line for people.
    pub what: &'a str,
    /// What becomes public for ever.
    pub public: &'a str,
}

impl Holder {
    /// Sends a call that hands keys out. An endpoint that simulates a call could pass its keys on, so what
    /// is simulated before the user has confirmed, and after `--dry-run`, holds random bytes in their
    /// place (crypto.md section 1, rule 2).
    ///
    /// # Errors
    ///
    /// As sealing and [`Session::send`].
    pub async fn hand_out(
        &self,
        session: &Session,
        record: B256,
        routes: &Routes,
        parcels: Vec<Parcel>,
        handout: Handout<'_>,
        call: impl Fn(Sealed) -> Vec<u8>,
    ) -> Result<Option<Receipt>, Error> {
        let decoys = parcels.iter().map(Parcel::decoy).collect::<Result<Vec<_>, _>>()?;
        let plan = crate::transact::Plan {
            to: Some(self.contract),
            value_wei: alloy_primitives::U256::ZERO,
            data: call(routes.seal(self, record, decoys)?).into(),
            what: handout.what.to_owned(),
            public: handout.public.to_owned(),
        };
        let real = || Ok(call(routes.seal(self, record, parcels)?).into());
        session.send_sealed(self.account, &plan, real).await
    }

    /// The key of one entry, to share it and nothing else.
    ///
    /// # Errors
    ///
    /// [`CryptoError::KeyNotDelivered`] for one that cannot be read here, [`CryptoError::NotAnEntry`] for
    /// the record of an epoch or a detached entry; [`Error::NotFound`] for a number there is not.
    pub fn entry_item(
        &self,
        chart: &Chart,
        section: &SectionChart,
        seq: u32,
    ) -> Result<Item, Error> {
        let handle = section.section.handle;
        let none = || Error::NotFound {
            message: format!("{} has no entry {seq}", crate::text::printable(&section.label())),
            hint: "chartkey record show --all".into(),
        };
        let opened = section.entries.iter().find(|entry| entry.seq == seq).ok_or_else(none)?;
        let epoch = opened.epoch.ok_or(CryptoError::NotAnEntry(seq))?;
        let key = section.author_key(epoch, opened.author, self.account.address);
        let key = key.ok_or_else(|| section.lacks(epoch))?;
        let plain: Vec<_> = chart.section_logs(handle).map(|log| log.log.clone()).collect();
        let links = verify(&section.section, section.state, &plain, None)?;
        let link = links.iter().find(|link| link.seq() == seq).ok_or_else(none)?;
        let key: MessageKey = share_entry(&key, link, None)?;
        Ok(Item::Entry { section: handle, seq, key })
    }
}

impl Chart {
    /// How often keys were delivered to an account in calls of their own, apart from grants and changes
    /// of keys: shares and repairs. What they open only the account's holder can see.
    #[must_use]
    pub fn deliveries_alone(&self, account: Address) -> usize {
        let renewals: std::collections::BTreeSet<B256> = self
            .sections
            .iter()
            .flat_map(|section| section.epochs.iter().map(|epoch| epoch.at.1))
            .collect();
        let is_alone = |link: &&super::access::AccessLink| {
            matches!(link.proven.action(), Ok(Action::Delivery { .. }))
                && link.event.kind == chartkey_abi::access_kind::DELIVERY
                && !renewals.contains(&link.event.transaction)
        };
        let names = |link: &super::access::AccessLink| {
            let listed = link.list().and_then(|list| chartkey_crypto::parse_list(list).ok());
            let mut listed = listed.into_iter().flatten();
            listed.any(|one| {
                one.recipient == account.into_array() && Delivery::parse(one.delivery).is_ok()
            })
        };
        self.history.links.iter().filter(is_alone).filter(|link| names(link)).count()
    }
}
