//! Deliveries: how keys reach readers (crypto.md section 7).

mod channel;
mod direct;
mod item;
mod list;
mod note;
mod received;
mod sender;

pub use channel::{ChannelKey, OwnChannel};
pub use direct::seal_direct;
pub use item::Item;
pub use list::{Listed, UNLISTED, encode_list, parse_list};
pub use note::seal_note;
pub use received::Delivered;
pub use sender::Sender;

pub(crate) use channel::{open_symmetric, seal_symmetric};
pub(crate) use item::{decode_items, encode_items};

use alloc::vec::Vec;

use crate::seal::OVERHEAD;
use crate::{Account, Error, KeyId, Record};

/// Format byte.
const VERSION: u8 = 1;
const CHANNEL: u8 = 0;
const DIRECT: u8 = 1;
/// Bytes of an X-Wing encapsulation.
const ENCAPSULATION: usize = 1_120;
/// Bytes of the AEAD tag.
const TAG: usize = 16;

/// What a delivery is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryContext {
    /// The record.
    pub record: Record,
    /// The account that can open it; of an unlisted reader the true one (section 7.4).
    pub recipient: Account,
    /// The id of the recipient's key.
    pub recipient_key: KeyId,
    /// The account that delivers: the actor in the access chain.
    pub sender: Account,
}

/// A delivery as it stands in a list, its lengths checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// For a reader who has the channel's key.
    Channel {
        /// The channel's generation; of an emergency delivery that of the halves.
        generation: u32,
        /// The sealed items.
        sealed: &'a [u8],
    },
    /// For the holder of a registered key.
    Direct {
        /// The encapsulated key.
        encapsulated: &'a [u8; ENCAPSULATION],
        /// The sealed items.
        sealed: &'a [u8],
    },
}

impl DeliveryContext {
    /// `dctx`: 128 bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.record.context();
        bytes.extend_from_slice(&self.recipient);
        bytes.extend_from_slice(&self.recipient_key.0);
        bytes.extend_from_slice(&self.sender);
        bytes
    }
}

impl<'a> Delivery<'a> {
    /// Reads a delivery.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedVersion`], [`Error::BadDelivery`]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (&version, rest) = bytes.split_first().ok_or(Error::BadDelivery("no bytes"))?;
        if version != VERSION {
            return Err(Error::UnsupportedVersion(version));
        }
        let (&form, rest) = rest.split_first().ok_or(Error::BadDelivery("no form"))?;
        let short = Error::BadDelivery("shorter than its header");
        let (delivery, items) = match form {
            CHANNEL => {
                let (generation, sealed) = rest.split_first_chunk().ok_or(short)?;
                let generation = u32::from_be_bytes(*generation);
                (Self::Channel { generation, sealed }, sealed.len().checked_sub(OVERHEAD))
            }
            DIRECT => {
                let (encapsulated, sealed) = rest.split_first_chunk().ok_or(short)?;
                (Self::Direct { encapsulated, sealed }, sealed.len().checked_sub(TAG))
            }
            _ => return Err(Error::BadDelivery("unknown form")),
        };
        item::check_length(items.ok_or(short)?)?;
        Ok(delivery)
    }
}
