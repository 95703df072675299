//! Keys on their way to readers: one delivery each, in one list (crypto.md section 7.1).

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, keccak256};
use chartkey_crypto::{
    Error as CryptoError, Fresh, Item, KeyId, Listed, Recipient, Record, UNLISTED, encode_list,
    seal_direct,
};

use super::access::AccessHistory;
use super::fresh;
use super::holder::Holder;
use crate::error::Error;
use crate::session::Session;

/// What goes to whom.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Parcel {
    /// The reader.
    pub to: Address,
    /// Its keys, at most 63 of them.
    pub items: Vec<Item>,
}

/// A sealed list, and the digest of the registered keys that it was sealed to.
#[derive(Debug)]
pub struct Sealed {
    /// The list.
    pub list: Vec<u8>,
    /// Keccak-256 of the words of those with a direct delivery, in order; zero if there are none.
    pub keys: B256,
}

/// How a reader is reached.
#[derive(Debug)]
struct Route {
    /// Its checked key.
    recipient: Recipient,
    word: B256,
    is_channel: bool,
}

/// The ways to the readers of a record, each checked once per command.
#[derive(Debug, Default)]
pub struct Routes {
    is_owner: bool,
    by_reader: BTreeMap<Address, Route>,
    /// Readers whom the list does not name.
    unlisted: BTreeSet<Address>,
    /// Whether everything of the owner's goes through channels, which are opened in the same list.
    is_by_channel: bool,
}

impl Routes {
    /// Checks the keys of `readers` (crypto.md section 7.3): before anything is sealed.
    ///
    /// # Errors
    ///
    /// As [`Holder::contact`].
    pub async fn check(
        session: &Session,
        holder: &Holder,
        history: &AccessHistory,
        owner: Address,
        readers: impl IntoIterator<Item = Address>,
        words: Option<&str>,
    ) -> Result<Self, Error> {
        let is_owner = holder.account.address == owner;
        let mut routes = Self { is_owner, ..Self::default() };
        for reader in readers {
            if !(is_owner && reader == owner) {
                routes.add(session, holder, history, reader, words).await?;
            }
        }
        Ok(routes)
    }

    /// Checks the key of one more reader.
    async fn add(
        &mut self,
        session: &Session,
        holder: &Holder,
        history: &AccessHistory,
        reader: Address,
        words: Option<&str>,
    ) -> Result<(), Error> {
        if self.by_reader.contains_key(&reader) {
            return Ok(());
        }
        let contact = holder.contact(session, history, reader, words).await?;
        let route = Route {
            recipient: contact.recipient,
            word: contact.word,
            // Nobody but the owner delivers through a channel.
            is_channel: self.is_owner && contact.has_channel,
        };
        self.by_reader.insert(reader, route);
        Ok(())
    }

    /// Checks the keys of those who stay when others lose access, and returns who of them is left out: a
    /// reader whose key changed is not sealed to, and does not keep somebody else's revocation, or the
    /// owner's next entry, from happening.
    ///
    /// # Errors
    ///
    /// As [`Holder::contact`], but for a changed key.
    pub async fn add_staying(
        &mut self,
        session: &Session,
        holder: &Holder,
        history: &AccessHistory,
        readers: impl IntoIterator<Item = Address>,
    ) -> Result<Vec<Address>, Error> {
        let mut left_out = Vec::new();
        for reader in readers {
            match self.add(session, holder, history, reader, None).await {
                Ok(()) => {}
                Err(Error::Crypto(CryptoError::ReaderKeyChanged)) => {
                    session.screen.warn(&format!(
                        "{reader} gets none of the new keys: its key is not the one that was confirmed. \
                         Compare the new words, then: chartkey access confirm {reader}, and: chartkey \
                         access deliver {reader}"
                    ));
                    left_out.push(reader);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(left_out)
    }

    /// The same; the list does not name these (crypto.md section 7.4).
    #[must_use]
    pub fn unlisted(mut self, readers: impl IntoIterator<Item = Address>) -> Self {
        self.unlisted.extend(readers);
        self
    }

    /// The readers that are reached directly.
    #[must_use]
    pub fn direct(&self) -> Vec<Address> {
        let direct = self.by_reader.iter().filter(|(_, route)| !route.is_channel);
        direct.map(|(reader, _)| *reader).collect()
    }

    /// From now on the owner reaches these through their channels, whose keys have gone to them.
    pub(super) fn open(&mut self, readers: &[Address]) {
        for reader in readers {
            if let Some(route) = self.by_reader.get_mut(reader) {
                route.is_channel = self.is_owner;
            }
        }
    }

    /// The same ways; of the owner everything goes through channels, and one that is not open is opened in
    /// the same list, before what it carries. So the owner can tell later what was given, which nobody can
    /// of what goes directly.
    #[must_use]
    pub const fn by_channel(mut self) -> Self {
        self.is_by_channel = self.is_owner;
        self
    }

    /// The checked key of a reader.
    #[must_use]
    pub fn key_of(&self, reader: Address) -> Option<KeyId> {
        self.by_reader.get(&reader).map(|route| route.recipient.key_id())
    }

    /// The same ways without channels, to the registered keys: for a reader that a channel did not reach.
    #[must_use]
    pub fn directly(mut self) -> Self {
        for route in self.by_reader.values_mut() {
            route.is_channel = false;
        }
        self
    }

    /// Seals each parcel: through the channel where one is open, else to the registered key, with the
    /// key of a channel for the next time.
    ///
    /// # Errors
    ///
    /// A list that is too long; no randomness.
    pub fn seal(
        &self,
        holder: &Holder,
        record: B256,
        parcels: Vec<Parcel>,
    ) -> Result<Sealed, Error> {
        let place = holder.place(record);
        let (mut deliveries, mut words) = (Vec::new(), Vec::new());
        for Parcel { to, items } in parcels {
            let is_unlisted = self.unlisted.contains(&to);
            let named = if is_unlisted { UNLISTED } else { to.into_array() };
            let sealed = match self.by_reader.get(&to) {
                // The owner's own channel needs nobody's key.
                None => {
                    let (_, own_key, _) = holder.own();
                    vec![holder.channel(place, to, *own_key).seal(&items, fresh()?)?]
                }
                Some(route) if route.is_channel => {
                    let channel = holder.channel(place, to, route.recipient.key_id());
                    vec![channel.seal(&items, fresh()?)?]
                }
                Some(route) => {
                    // The contract compares the keys of those whom the list names.
                    if !is_unlisted {
                        words.extend_from_slice(route.word.as_slice());
                    }
                    self.seal_to_key(holder, &place, to, route, items)?
                }
            };
            deliveries.extend(sealed.into_iter().map(|sealed| (named, sealed)));
        }
        let listed: Vec<_> = deliveries
            .iter()
            .map(|(recipient, delivery)| Listed { recipient: *recipient, delivery })
            .collect();
        let keys = if words.is_empty() { B256::ZERO } else { keccak256(&words) };
        Ok(Sealed { list: encode_list(&listed)?, keys })
    }

    /// Seals to a registered key; from the owner with the key of a channel, and with `by_channel` the
    /// items behind it, through that channel.
    fn seal_to_key(
        &self,
        holder: &Holder,
        place: &Record,
        to: Address,
        route: &Route,
        mut items: Vec<Item>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let mut behind = None;
        if self.is_owner {
            let channel = holder.channel(*place, to, route.recipient.key_id());
            if self.is_by_channel {
                behind = Some(channel.seal(&items, fresh()?)?);
                items.clear();
            }
            let generation = holder.own().0.version;
            items.insert(0, Item::Channel { generation, key: channel.key() });
        }
        let rnd = Fresh::<64>::draw(getrandom::fill)
            .map_err(|_| crate::signer::SignerError::RandomnessUnavailable)?;
        let direct = seal_direct(place, &route.recipient, holder.id(), &items, rnd)?;
        Ok(std::iter::once(direct).chain(behind).collect())
    }
}
