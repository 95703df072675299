//! What a delivery holds (crypto.md section 7.2).

use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use super::{ChannelKey, Sender};
use crate::{
    AuthorKey, ContentKey, EmergencyHalf1, EmergencyHalf2, EmergencyShare, Epoch, EpochSeed, Error,
    Handle, MessageKey, RecoveryShare,
};

/// Bytes of an item.
const ITEM: usize = 39;
/// Most items of a delivery.
const MOST: usize = 64;

/// A key, and what it opens.
pub enum Item {
    /// This epoch of a section and all before.
    Full {
        /// The section.
        section: Handle,
        /// The epoch.
        epoch: Epoch,
        /// Its seed.
        seed: EpochSeed,
    },
    /// One epoch of a section.
    Epoch {
        /// The section.
        section: Handle,
        /// The epoch.
        epoch: Epoch,
        /// Its content key.
        key: ContentKey,
    },
    /// What the recipient writes in one epoch, and nothing that others write.
    Author {
        /// The section.
        section: Handle,
        /// The epoch.
        epoch: Epoch,
        /// The recipient's key as an author.
        key: AuthorKey,
    },
    /// One entry.
    Entry {
        /// The section.
        section: Handle,
        /// The entry's number.
        seq: u32,
        /// Its message key.
        key: MessageKey,
    },
    /// The channel by which further deliveries come.
    Channel {
        /// Its generation.
        generation: u32,
        /// Its key.
        key: ChannelKey,
    },
    /// The first half of the emergency key.
    Emergency1 {
        /// Its generation.
        generation: u32,
        /// The half.
        half: EmergencyHalf1,
    },
    /// The second half of the emergency key.
    Emergency2 {
        /// Its generation.
        generation: u32,
        /// The half.
        half: EmergencyHalf2,
    },
    /// A share of the second half.
    Emergency2Share {
        /// Its generation.
        generation: u32,
        /// The share.
        share: EmergencyShare,
    },
    /// A share of the secret that recovers an account's keys.
    RecoveryShare {
        /// The key version that it recovers.
        version: u32,
        /// The share.
        share: RecoveryShare,
    },
    /// A kind that this version does not know: to be ignored with a warning.
    Unknown {
        /// The kind.
        kind: u8,
    },
}

impl Item {
    /// Whether a client accepts this item from `sender`. Seeds and content keys must match their
    /// epoch record too; halves and shares prove themselves.
    #[must_use]
    pub const fn is_accepted_from(&self, sender: Sender) -> bool {
        match self {
            Self::Full { .. } | Self::Epoch { .. } => true,
            Self::Author { .. } | Self::Entry { .. } | Self::Emergency1 { .. } => {
                matches!(sender, Sender::Owner | Sender::Guardian)
            }
            Self::Channel { .. } => matches!(sender, Sender::Owner),
            Self::Emergency2 { .. } | Self::Emergency2Share { .. } => {
                matches!(sender, Sender::Owner | Sender::Guardian | Sender::Custodian)
            }
            Self::RecoveryShare { .. } => matches!(sender, Sender::Owner | Sender::Trustee),
            Self::Unknown { .. } => false,
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let (kind, a, b, key) = match self {
            Self::Full { section, epoch, seed } => {
                (1, section.number().into(), epoch.number(), seed.expose())
            }
            Self::Epoch { section, epoch, key } => {
                (2, section.number().into(), epoch.number(), key.expose())
            }
            Self::Author { section, epoch, key } => {
                (3, section.number().into(), epoch.number(), key.expose())
            }
            Self::Entry { section, seq, key } => (4, section.number().into(), *seq, key.expose()),
            Self::Channel { generation, key } => (5, 0, *generation, key.expose()),
            Self::Emergency1 { generation, half } => (6, 0, *generation, half.expose()),
            Self::Emergency2 { generation, half } => (7, 0, *generation, half.expose()),
            Self::Emergency2Share { generation, share } => {
                (8, share.number(), *generation, share.expose())
            }
            Self::RecoveryShare { version, share } => (9, share.number(), *version, share.expose()),
            Self::Unknown { .. } => return Err(Error::BadDelivery("an item of unknown kind")),
        };
        out.push(kind);
        out.extend_from_slice(&u16::to_be_bytes(a));
        out.extend_from_slice(&b.to_be_bytes());
        out.extend_from_slice(key);
        Ok(())
    }

    /// `None` for padding.
    fn read(bytes: &[u8; ITEM]) -> Result<Option<Self>, Error> {
        let a = u16::from_be_bytes([bytes[1], bytes[2]]);
        let b = u32::from_be_bytes([bytes[3], bytes[4], bytes[5], bytes[6]]);
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes[7..]);
        let section = || Handle::new(a).map_err(|_| Error::BadDelivery("no such section"));
        let epoch = || Epoch::new(b).map_err(|_| Error::BadDelivery("epoch 0"));
        let counted = |number: u32| match number {
            0 => Err(Error::BadDelivery("a number that counts from 1 is 0")),
            number => Ok(number),
        };
        let generation = || match a {
            0 => counted(b),
            _ => Err(Error::BadDelivery("a field that must be zero is not")),
        };
        let item = match bytes[0] {
            0 if bytes.iter().all(|byte| *byte == 0) => return Ok(None),
            0 => return Err(Error::BadDelivery("padding that is not zero")),
            1 => Self::Full {
                section: section()?,
                epoch: epoch()?,
                seed: EpochSeed::from_bytes(*key),
            },
            2 => Self::Epoch {
                section: section()?,
                epoch: epoch()?,
                key: ContentKey::from_bytes(*key),
            },
            3 => Self::Author {
                section: section()?,
                epoch: epoch()?,
                key: AuthorKey::from_bytes(*key),
            },
            4 => Self::Entry {
                section: section()?,
                seq: counted(b)?,
                key: MessageKey::from_bytes(*key),
            },
            5 => Self::Channel { generation: generation()?, key: ChannelKey::from_bytes(*key) },
            6 => Self::Emergency1 {
                generation: generation()?,
                half: EmergencyHalf1::from_bytes(*key),
            },
            7 => Self::Emergency2 {
                generation: generation()?,
                half: EmergencyHalf2::from_bytes(*key),
            },
            8 => Self::Emergency2Share {
                generation: counted(b)?,
                share: EmergencyShare::from_parts(a, &key)?,
            },
            9 => Self::RecoveryShare {
                version: counted(b)?,
                share: RecoveryShare::from_parts(a, &key)?,
            },
            kind => Self::Unknown { kind },
        };
        Ok(Some(item))
    }
}

/// The items, padded with zero items to 1, 2, 4, …, 64 of them.
pub(crate) fn encode_items(items: &[Item]) -> Result<Zeroizing<Vec<u8>>, Error> {
    if items.len() > MOST {
        return Err(Error::TooLarge { length: items.len() * ITEM, most: MOST * ITEM });
    }
    let length = ITEM * items.len().next_power_of_two();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for item in items {
        item.write(&mut bytes)?;
    }
    bytes.resize(length, 0);
    Ok(bytes)
}

/// Reads items; padding stands at the end, and there is no more of it than needed.
pub(crate) fn decode_items(bytes: &[u8]) -> Result<Vec<Item>, Error> {
    check_length(bytes.len())?;
    let mut items = Vec::with_capacity(bytes.len() / ITEM);
    let mut is_padding = false;
    for chunk in bytes.chunks_exact(ITEM) {
        let mut item = Zeroizing::new([0; ITEM]);
        item.copy_from_slice(chunk);
        match Item::read(&item)? {
            None => is_padding = true,
            Some(_) if is_padding => return Err(Error::BadDelivery("an item after padding")),
            Some(found) => items.push(found),
        }
        item.zeroize();
    }
    if bytes.len() != ITEM * items.len().next_power_of_two() {
        return Err(Error::BadDelivery("more padding than needed"));
    }
    Ok(items)
}

/// Whether so many bytes hold 1, 2, 4, …, 64 items.
pub(super) const fn check_length(bytes: usize) -> Result<(), Error> {
    let count = bytes / ITEM;
    if bytes.is_multiple_of(ITEM) && count.is_power_of_two() && count <= MOST {
        Ok(())
    } else {
        Err(Error::BadDelivery("not 1, 2, 4, …, 64 items"))
    }
}
