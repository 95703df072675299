//! The keys that an account was delivered for a record (crypto.md section 7).

use std::collections::BTreeMap;

use alloy_primitives::Address;
use chartkey_crypto::{
    AuthorKey, ChannelKey, ContentKey, Delivered, Delivery, EpochRecord, EpochSeed,
    Error as CryptoError, Item, KeyId, Listed, MessageKey, OwnChannel, Record, Section, Sender,
    UNLISTED, parse_list,
};

use super::access::{AccessHistory, AccessLink};
use super::holder::Holder;

/// Keys of one section as they were delivered; not compared with the epoch records yet.
#[derive(Default)]
pub(super) struct SectionKeys {
    pub(super) seeds: Vec<(u32, EpochSeed)>,
    pub(super) contents: Vec<(u32, ContentKey)>,
    pub(super) authors: Vec<(u32, AuthorKey)>,
    pub(super) entries: BTreeMap<u32, MessageKey>,
}

/// Everything that an account was delivered for a record.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
#[derive(Default)]
pub struct Keychain {
    sections: BTreeMap<u8, SectionKeys>,
    channels: Vec<Channel>,
    /// Emergency halves and shares, and recovery shares, with the link that delivered them.
    pub special: Vec<(u32, Item)>,
    /// What could not be opened or was not accepted, by link; a client tells of it.
    pub remarks: Vec<String>,
}

/// A channel by which a record's owner delivers to this account.
struct Channel {
    owner: Address,
    generation: u32,
    recipient_key: KeyId,
    key: ChannelKey,
}

impl Keychain {
    /// Opens what the links deliver to `holder`.
    #[must_use]
    pub fn open(holder: &Holder, record: Record, history: &AccessHistory) -> Self {
        let mut keychain = Self::default();
        for link in &history.links {
            let Some(list) = link.list() else { continue };
            let seq = link.proven.seq();
            let listed = match parse_list(list) {
                Ok(listed) => listed,
                Err(error) => {
                    keychain.remarks.push(format!("access entry {seq}: {error}"));
                    continue;
                }
            };
            let sender = history.sender(link);
            for one in listed {
                keychain.take(holder, record, link, sender, &one);
            }
        }
        keychain
    }

    /// Takes one delivery, if it is for this account.
    fn take(
        &mut self,
        holder: &Holder,
        record: Record,
        link: &AccessLink,
        sender: Sender,
        listed: &Listed<'_>,
    ) {
        // Accounts whose keys guardians gave back are named as well.
        let is_named = holder.roots().any(|(own, ..)| own.account == listed.recipient);
        if !is_named && listed.recipient != UNLISTED {
            return;
        }
        let seq = link.proven.seq();
        let actor = Address::from(link.proven.actor());
        let opened = Delivery::parse(listed.delivery).and_then(|delivery| {
            self.opened(holder, record, listed.recipient, (actor, sender), &delivery)
        });
        match opened {
            Ok((key, delivered)) => self.keep(seq, actor, key, delivered),
            // One that is not for this account looks like that.
            Err(_) if !is_named => {}
            Err(error) => self.remarks.push(format!(
                "access entry {seq}: the keys from {actor} cannot be opened: {error}"
            )),
        }
    }

    fn opened(
        &self,
        holder: &Holder,
        record: Record,
        recipient: chartkey_crypto::Account,
        (actor, sender): (Address, Sender),
        delivery: &Delivery<'_>,
    ) -> Result<(KeyId, Delivered), CryptoError> {
        let mut failed = CryptoError::TagMismatch;
        let keys =
            holder.roots().filter(|(own, ..)| recipient == UNLISTED || own.account == recipient);
        for (identity, key, root) in keys {
            let me = identity.account;
            let context = Holder::context(record, me, *key, actor);
            let opened = match delivery {
                Delivery::Direct { .. } => root.kem_seed().open_direct(&context, sender, delivery),
                Delivery::Channel { .. } if actor == Address::from(me) => {
                    let version = identity.version;
                    OwnChannel::new(root, version, record, me, me, *key).open(delivery)
                }
                Delivery::Channel { generation, .. } => {
                    let channel = self.channels.iter().rev().find(|channel| {
                        channel.owner == actor
                            && channel.generation == *generation
                            && channel.recipient_key == *key
                    });
                    let no_channel = CryptoError::BadDelivery("of a channel that was not opened");
                    channel.ok_or(no_channel).and_then(|channel| {
                        channel.key.open(&context, sender, *generation, delivery)
                    })
                }
            };
            match opened {
                Ok(delivered) => return Ok((*key, delivered)),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn keep(&mut self, seq: u32, actor: Address, recipient_key: KeyId, delivered: Delivered) {
        for kind in delivered.unknown_kinds {
            self.remarks.push(format!("access entry {seq}: keys of unknown kind {kind}"));
        }
        if delivered.refused > 0 {
            let refused = delivered.refused;
            self.remarks.push(format!(
                "access entry {seq}: {refused} keys that {actor} may not deliver were left out"
            ));
        }
        for item in delivered.items {
            match item {
                Item::Full { section, epoch, seed } => {
                    self.section(section.number()).seeds.push((epoch.number(), seed));
                }
                Item::Epoch { section, epoch, key } => {
                    self.section(section.number()).contents.push((epoch.number(), key));
                }
                Item::Author { section, epoch, key } => {
                    self.section(section.number()).authors.push((epoch.number(), key));
                }
                Item::Entry { section, seq, key } => {
                    self.section(section.number()).entries.insert(seq, key);
                }
                Item::Channel { generation, key } => {
                    self.channels.push(Channel { owner: actor, generation, recipient_key, key });
                }
                other => self.special.push((seq, other)),
            }
        }
    }

    fn section(&mut self, handle: u8) -> &mut SectionKeys {
        self.sections.entry(handle).or_default()
    }

    /// Keys from elsewhere: an emergency channel (crypto.md section 11).
    pub fn add(&mut self, items: Vec<Item>) {
        let delivered = Delivered { items, unknown_kinds: Vec::new(), refused: 0 };
        self.keep(0, Address::ZERO, KeyId([0; 28]), delivered);
    }

    /// The name of a section in one of its epoch records, if a key to that is here.
    pub(super) fn name_in(&self, section: &Section, blob: &[u8]) -> Option<String> {
        let record = EpochRecord::parse(blob).ok()?;
        let keys = self.sections.get(&section.handle.number())?;
        let is_of = |number: u32| number == record.epoch.number();
        let seeds = keys.seeds.iter().filter(|(number, _)| is_of(*number));
        let by_seed = seeds.filter_map(|(_, seed)| {
            let keys = record.accept(section, seed).ok()?;
            record.name_by_content(section, &keys.content).ok()
        });
        let contents = keys.contents.iter().filter(|(number, _)| is_of(*number));
        let by_content = contents.filter_map(|(_, key)| record.name_by_content(section, key).ok());
        by_seed.chain(by_content).next()
    }

    pub(super) fn take_section(&mut self, handle: u8) -> SectionKeys {
        self.sections.remove(&handle).unwrap_or_default()
    }
}
