//! Emergency access: a channel that no single person can open (crypto.md section 11).

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::delivery::{open_symmetric, seal_symmetric};
use crate::derive::{hkdf, keccak, last20, tag};
use crate::seal::SealKey;
use crate::secret::random_secret;
use crate::shamir::shared;
use crate::{
    Account, Delivered, Delivery, DeliveryContext, Error, Fresh, Item, KeyId, Record, Sender,
    Share, words,
};

random_secret! {
    /// The half that responders hold.
    EmergencyHalf1
}
random_secret! {
    /// The half that custodians hold, or that is printed on the patient's card.
    EmergencyHalf2
}
shared!(EmergencyHalf2);

/// A share of the second half.
pub type EmergencyShare = Share<EmergencyHalf2>;

/// Emergency access to a record in one generation of its halves, from 1.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let owner = [3; 20];
/// # let (section, epoch) = (Handle::new(7)?, Epoch::FIRST);
/// let emergency = Emergency { record, generation: 1 };
/// let half_1 = EmergencyHalf1::from(Fresh::draw(getrandom::fill)?);
/// let half_2 = EmergencyHalf2::from(Fresh::draw(getrandom::fill)?);
/// let card = half_2.to_words(); // shown once, on request
///
/// // In every epoch of the emergency summary its seed goes to the emergency recipient.
/// let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
/// let items = [Item::Full { section, epoch, seed }];
/// let rnd = Fresh::draw(getrandom::fill)?;
/// let delivery = emergency.key(&half_1, &half_2).seal(owner, &items, rnd)?;
///
/// // A responder with half 1 is shown the card.
/// let half_2 = EmergencyHalf2::from_words(&card)?;
/// let key = emergency.key(&half_1, &half_2);
/// let delivered = key.open(owner, Sender::Owner, &Delivery::parse(&delivery)?)?;
/// assert_eq!(delivered.items.len(), 1);
/// # Ok::<(), Error>(())
/// ```
///
/// The halves cannot be exchanged:
///
/// ```compile_fail,E0308
/// use chartkey_crypto::*;
///
/// fn exchanged(emergency: &Emergency, one: &EmergencyHalf1, two: &EmergencyHalf2) {
///     emergency.key(two, one);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emergency {
    /// The record.
    pub record: Record,
    /// The generation.
    pub generation: u32,
}

/// What both halves give together.
pub struct EmergencyKey {
    emergency: Emergency,
    key: SealKey,
}

impl Emergency {
    /// The address that stands in lists for whoever has both halves.
    #[must_use]
    pub fn recipient(&self) -> Account {
        last20(keccak(&[
            &tag("ehr1/emergency-recipient"),
            &self.record.context(),
            &self.generation.to_be_bytes(),
        ]))
    }

    /// The key of both halves.
    #[must_use]
    pub fn key(&self, half_1: &EmergencyHalf1, half_2: &EmergencyHalf2) -> EmergencyKey {
        let mut both = Zeroizing::new([0; 64]);
        both[..32].copy_from_slice(half_1.expose());
        both[32..].copy_from_slice(half_2.expose());
        let info: [&[u8]; 2] = [&self.record.context(), &self.generation.to_be_bytes()];
        let key = SealKey::from_bytes(hkdf(b"ehr1/emergency", &*both, &info));
        EmergencyKey { emergency: *self, key }
    }

    fn context(&self, sender: Account) -> DeliveryContext {
        DeliveryContext {
            record: self.record,
            recipient: self.recipient(),
            recipient_key: KeyId([0; 28]),
            sender,
        }
    }
}

impl EmergencyKey {
    /// Seals items for whoever has both halves.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for more than 64 items.
    pub fn seal(&self, sender: Account, items: &[Item], rnd: Fresh) -> Result<Vec<u8>, Error> {
        let Emergency { generation, .. } = self.emergency;
        seal_symmetric(&self.key, generation, &self.emergency.context(sender), items, rnd)
    }

    /// Opens a delivery to the emergency recipient; `actor` delivered it in the role `sender`.
    ///
    /// # Errors
    ///
    /// Wrong halves or generation, malformed items.
    pub fn open(
        &self,
        actor: Account,
        sender: Sender,
        delivery: &Delivery<'_>,
    ) -> Result<Delivered, Error> {
        let Emergency { generation, .. } = self.emergency;
        let context = self.emergency.context(actor);
        let items = open_symmetric(&self.key, generation, &context, delivery)?;
        Delivered::sorted(items, sender)
    }
}

impl EmergencyHalf2 {
    /// The 24 words of the patient's card. Show them once, and only on request.
    #[must_use]
    pub fn to_words(&self) -> Zeroizing<String> {
        words::of_32(self.expose())
    }

    /// Reads the 24 words of a card.
    ///
    /// # Errors
    ///
    /// [`Error::BadWords`]
    pub fn from_words(text: &str) -> Result<Self, Error> {
        Ok(Self::from_bytes(*words::to_32(text)?))
    }
}
