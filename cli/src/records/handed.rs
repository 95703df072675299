//! Single entries that an owner has handed out (crypto.md sections 7.1 and 8.4).
//!
//! What goes directly to a registered key cannot be opened again by who sealed it; what goes through a
//! channel can, because the owner's root gives the channel's key. So what was handed out through channels
//! is known from seed phrase and chain alone.

use std::collections::BTreeSet;

use alloy_primitives::Address;
use chartkey_crypto::{Delivery, Handle, Item, KeyId, OwnChannel, parse_list};

use super::chart::Chart;
use super::holder::Holder;

impl Holder {
    /// Numbers of a section's entries whose keys this account, as owner, has handed to a reader's key
    /// through its channels, and of those that the reader's grants let it read. Keys that went directly
    /// are not among them.
    #[must_use]
    pub fn handed(
        &self,
        chart: &Chart,
        section: Handle,
        reader: Address,
        reader_key: KeyId,
    ) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let own = chart.history.links.iter().filter(|link| link.proven.actor() == self.id());
        let lists = own.filter_map(|link| parse_list(link.list()?).ok());
        let to_reader = lists.flatten().filter(|one| one.recipient == reader.into_array());
        let deliveries = to_reader.filter_map(|one| Delivery::parse(one.delivery).ok());
        for item in
            deliveries.flat_map(|delivery| self.opened_again(chart, reader, reader_key, &delivery))
        {
            match item {
                Item::Entry { section: of, seq, .. } if of == section => {
                    found.insert(seq);
                }
                _ => {}
            }
        }
        for reach in chart.reach(reader).into_iter().filter(|reach| reach.handle == section) {
            found.extend(reach.ranges.into_iter().flat_map(|(first, last)| first..=last));
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
