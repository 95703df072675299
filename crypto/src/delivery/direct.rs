//! Direct deliveries: HPKE to a registered key (crypto.md sections 2 and 7.1).

use alloc::vec::Vec;
use core::convert::Infallible;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, XWing};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use super::{
    DIRECT, Delivered, Delivery, DeliveryContext, ENCAPSULATION, Item, Sender, VERSION,
    encode_items,
};
use crate::{Account, Error, Fresh, KemSeed, Recipient, Record};

/// Seals items to somebody whose key was checked. The first delivery to a reader is direct, and so is
/// every delivery by anyone but the owner.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let (owner, reader) = ([3; 20], [4; 20]);
/// # let identity = Identity { chain_id: 412_346, contract: [1; 20], account: reader, version: 1 };
/// # let reader_root = Root::from_bytes([5; 32]);
/// # let reader_seed = reader_root.kem_seed();
/// # let registered = RegisteredKey { id: reader_root.key_id(&identity), version: 1 };
/// # let candidate = Candidate::new(&record, reader, registered, reader_seed.public_key())?;
/// # let recipient = candidate.confirmed_by_user();
/// # let (section, epoch) = (Handle::new(7)?, Epoch::FIRST);
/// let seed = EpochSeed::from(Fresh::draw(getrandom::fill)?);
/// let items = [Item::Full { section, epoch, seed }];
/// let rnd = Fresh::<64>::draw(getrandom::fill)?;
/// let delivery = seal_direct(&record, &recipient, owner, &items, rnd)?;
/// assert_eq!(delivery.len(), 1_138 + 39);
///
/// // The reader.
/// let recipient_key = recipient.key_id();
/// let context = DeliveryContext { record, recipient: reader, recipient_key, sender: owner };
/// let delivery = Delivery::parse(&delivery)?;
/// let delivered = reader_seed.open_direct(&context, Sender::Owner, &delivery)?;
/// assert_eq!(delivered.items.len(), 1);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::TooLarge`] for more than 64 items.
pub fn seal_direct(
    record: &Record,
    recipient: &Recipient,
    sender: Account,
    items: &[Item],
    rnd: Fresh<64>,
) -> Result<Vec<u8>, Error> {
    let context = DeliveryContext {
        record: *record,
        recipient: recipient.account(),
        recipient_key: recipient.key_id(),
        sender,
    };
    let (encapsulated, sealed) = sealed(recipient, &info(&context), &encode_items(items)?, rnd)?;
    Ok([&[VERSION, DIRECT][..], &encapsulated, &sealed].concat())
}

/// HPKE base mode to a checked key: the encapsulated key, and ciphertext with tag.
pub(super) fn sealed(
    recipient: &Recipient,
    info: &[u8],
    plaintext: &[u8],
    rnd: Fresh<64>,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let key = <XWing as Kem>::PublicKey::from_bytes(recipient.public_key())
        .map_err(|_| Error::BadPublicKey)?;
    let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        XWing,
    >(
        &OpModeS::Base, &key, info, plaintext, &[], &mut Given::new(rnd)
    )
    .map_err(|_| Error::BadPublicKey)?;
    Ok((encapsulated.to_bytes().to_vec(), sealed))
}

/// What was sealed to the key of a seed.
pub(super) fn opened(
    seed: &KemSeed,
    info: &[u8],
    encapsulated: &[u8; ENCAPSULATION],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let key = <XWing as Kem>::PrivateKey::from_bytes(seed.expose())
        .expect("a private key in its seed form is any 32 bytes");
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(encapsulated)
        .map_err(|_| Error::BadDelivery("no encapsulated key"))?;
    let plaintext = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key,
        &encapsulated,
        info,
        sealed,
        &[],
    )
    .map_err(|_| Error::TagMismatch)?;
    Ok(Zeroizing::new(plaintext))
}

impl KemSeed {
    /// Opens a direct delivery to this key.
    ///
    /// # Errors
    ///
    /// A delivery of another form, a wrong key or context, malformed items.
    pub fn open_direct(
        &self,
        context: &DeliveryContext,
        sender: Sender,
        delivery: &Delivery<'_>,
    ) -> Result<Delivered, Error> {
        let Delivery::Direct { encapsulated, sealed } = *delivery else {
            return Err(Error::BadDelivery("by a channel, not direct"));
        };
        let items = opened(self, &info(context), encapsulated, sealed)?;
        Delivered::sorted(items, sender)
    }
}

fn info(context: &DeliveryContext) -> Vec<u8> {
    [b"ehr1/direct", &context.bytes()[..]].concat()
}

/// The bytes that were given, as the generator that the KEM asks: 32 for ML-KEM, then 32 for X25519.
struct Given {
    bytes: Fresh<64>,
    used: usize,
}

impl Given {
    const fn new(bytes: Fresh<64>) -> Self {
        Self { bytes, used: 0 }
    }
}

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let end = self.used + out.len();
        let bytes = self.bytes.expose().get(self.used..end);
        out.copy_from_slice(bytes.expect("X-Wing encapsulates with 64 bytes (pinned version)"));
        self.used = end;
        Ok(())
    }
}

impl TryCryptoRng for Given {}
