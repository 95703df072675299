//! Channel deliveries: symmetric, after the first contact (crypto.md section 7.1).

use alloc::vec::Vec;

use super::{CHANNEL, Delivered, Delivery, DeliveryContext, Item, Sender, VERSION, encode_items};
use crate::derive::expand;
use crate::seal::SealKey;
use crate::secret::secret;
use crate::{Account, Error, Fresh, KeyId, Label, Record, Root, open, seal};

secret! {
    /// The key of the channel from an owner to one reader, as the reader was delivered it.
    ///
    /// It opens; only the owner's [`OwnChannel`] seals:
    ///
    /// ```compile_fail,E0599
    /// use chartkey_crypto::*;
    ///
    /// fn forged(key: &ChannelKey, items: &[Item], rnd: Fresh) {
    ///     key.seal(items, rnd);
    /// }
    /// ```
    ChannelKey
}

/// The owner's end of a channel to one reader; the owner is a reader too.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let (owner, reader, reader_key) = ([3; 20], [4; 20], KeyId([5; 28]));
/// # let root = Root::from_bytes([6; 32]);
/// // Generation 1 of the channel from `owner` to `reader`.
/// let channel = OwnChannel::new(&root, 1, record, owner, reader, reader_key);
/// # let (section, epoch) = (Handle::new(7)?, Epoch::FIRST);
/// let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
/// let items = [Item::Full { section, epoch, seed }];
/// let delivery = channel.seal(&items, Fresh::draw(getrandom::fill)?)?;
/// assert_eq!(delivery.len(), 78 + 39);
///
/// // The reader, who was delivered the channel's key before.
/// let key = channel.key();
/// let context = DeliveryContext { record, recipient: reader, recipient_key: reader_key, sender: owner };
/// let delivered = key.open(&context, Sender::Owner, 1, &Delivery::parse(&delivery)?)?;
/// assert_eq!(delivered.items.len(), 1);
/// # Ok::<(), Error>(())
/// ```
pub struct OwnChannel {
    generation: u32,
    context: DeliveryContext,
    key: ChannelKey,
}

impl OwnChannel {
    /// The channel of a generation, from 1, from `owner` to `reader`. `root` is the owner's.
    #[must_use]
    pub fn new(
        root: &Root,
        generation: u32,
        record: Record,
        owner: Account,
        reader: Account,
        reader_key: KeyId,
    ) -> Self {
        let context =
            DeliveryContext { record, recipient: reader, recipient_key: reader_key, sender: owner };
        let info: [&[u8]; 4] = [b"ehr1/channel", &record.id, &reader, &reader_key.0];
        Self {
            generation,
            context,
            key: ChannelKey(expand(root.channel_root(generation).expose(), &info)),
        }
    }

    /// The key, for the reader's end: [`Item::Channel`] in a direct delivery.
    #[must_use]
    pub const fn key(&self) -> ChannelKey {
        ChannelKey(self.key.0)
    }

    /// Seals items for the reader.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for more than 64 items.
    pub fn seal(&self, items: &[Item], rnd: Fresh) -> Result<Vec<u8>, Error> {
        let key = SealKey::from_bytes(*self.key.expose());
        seal_symmetric(&key, self.generation, &self.context, items, rnd)
    }

    /// Opens what this channel delivered: the owner restores the own keys so.
    ///
    /// # Errors
    ///
    /// A delivery of another form or generation, a wrong key, malformed items.
    pub fn open(&self, delivery: &Delivery<'_>) -> Result<Delivered, Error> {
        self.key.open(&self.context, Sender::Owner, self.generation, delivery)
    }
}

impl ChannelKey {
    /// Opens a delivery of this channel's generation.
    ///
    /// # Errors
    ///
    /// [`Error::SenderNotPermitted`] unless the owner delivers; a delivery of another form or
    /// generation, a wrong key, malformed items.
    pub fn open(
        &self,
        context: &DeliveryContext,
        sender: Sender,
        generation: u32,
        delivery: &Delivery<'_>,
    ) -> Result<Delivered, Error> {
        if sender != Sender::Owner {
            return Err(Error::SenderNotPermitted);
        }
        let items = open_symmetric(&SealKey::from_bytes(self.0), generation, context, delivery)?;
        Delivered::sorted(items, sender)
    }
}

pub(crate) fn seal_symmetric(
    key: &SealKey,
    generation: u32,
    context: &DeliveryContext,
    items: &[Item],
    rnd: Fresh,
) -> Result<Vec<u8>, Error> {
    let items = encode_items(items)?;
    let sealed = seal(key, Label::Deliver, &context.bytes(), &items, rnd);
    Ok([&[VERSION, CHANNEL][..], &generation.to_be_bytes(), &sealed].concat())
}

/// The bytes of the items.
pub(crate) fn open_symmetric(
    key: &SealKey,
    expected: u32,
    context: &DeliveryContext,
    delivery: &Delivery<'_>,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
    match *delivery {
        Delivery::Channel { generation, sealed } if generation == expected => {
            open(key, Label::Deliver, &context.bytes(), sealed)
        }
        Delivery::Channel { .. } => Err(Error::BadDelivery("of another generation")),
        Delivery::Direct { .. } => Err(Error::BadDelivery("direct, not by a channel")),
    }
}
