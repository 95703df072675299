//! Single entries that an owner has handed out (crypto.md sections 7.1 and 8.4).
//!
//! What goes directly to a registered key cannot be opened again by who sealed it; what goes through a
//! channel can, because the owner's root gives the channel's key. So what was handed out through channels
//! is known from seed phrase and chain alone.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Address;
use chartkey_crypto::{Delivery, Handle, Item, KeyId, OwnChannel, parse_list};

use super::chart::Chart;
use super::holder::Holder;

/// Numbers of entries by the handle of their section.
#[derive(Debug, Default)]
pub struct HandedOut(BTreeMap<u8, BTreeSet<u32>>);

impl HandedOut {
    /// Those of one section.
    #[must_use]
    pub fn of(&self, section: Handle) -> BTreeSet<u32> {
        self.0.get(&section.number()).cloned().unwrap_or_default()
    }

    fn add(&mut self, section: Handle, numbers: impl IntoIterator<Item = u32>) {
        self.0.entry(section.number()).or_default().extend(numbers);
    }
}

impl Holder {
    /// The entries whose keys this account, as owner, has handed to a reader's key through its channels,
    /// and those that the reader's grants let it read. Keys that went directly are not among them.
    #[must_use]
    pub fn handed_out(&self, chart: &Chart, reader: Address, reader_key: KeyId) -> HandedOut {
        let mut found = HandedOut::default();
        let own = chart.history.links.iter().filter(|link| link.proven.actor() == self.id());
        let lists = own.filter_map(|link| parse_list(link.list()?).ok());
        let to_reader = lists.flatten().filter(|one| one.recipient == reader.into_array());
        for delivery in to_reader.filter_map(|one| Delivery::parse(one.delivery).ok()) {
            for item in self.opened_again(chart, reader, reader_key, &delivery) {
                if let Item::Entry { section, seq, .. } = item {
                    found.add(section, [seq]);
                }
            }
        }
        for reach in chart.reach(reader) {
            found.add(reach.handle, reach.ranges.iter().flat_map(|(first, last)| *first..=*last));
        }
        found
    }

    /// The items of a delivery through a channel of this account.
    fn opened_again(
        &self,
        chart: &Chart,
        reader: Address,
        reader_key: KeyId,
        delivery: &Delivery<'_>,
    ) -> Vec<Item> {
        let Delivery::Channel { generation, .. } = *delivery else { return Vec::new() };
        let place = self.place(chart.record);
        let own = self.roots().filter(|(identity, ..)| {
            identity.account == self.id() && identity.version == generation
        });
        let opened = own.filter_map(|(_, _, root)| {
            let (me, reader) = (self.id(), reader.into_array());
            OwnChannel::new(root, generation, place, me, reader, reader_key).open(delivery).ok()
        });
        opened.flat_map(|delivered| delivered.items).collect()
    }
}
