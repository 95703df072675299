//! The note of an emergency claim, for the record's owner alone (crypto.md sections 9.3 and 11).
//!
//! The specification hashes "the sealed note" and leaves its form open. It is HPKE to the owner's
//! registered key, as a direct delivery is, under an `info` of its own:
//!
//! ```text
//! note      = 0x01 ‖ enc(1,120) ‖ ct
//! info      = "ehr1/emergency-note" ‖ dctx        recipient: the owner; sender: the claimant
//! plaintext = u16 n ‖ n bytes of UTF-8 ‖ zeros up to 512, 1,024 or 2,048 bytes
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::direct::{opened, sealed};
use super::{DeliveryContext, ENCAPSULATION, VERSION};
use crate::{Account, Error, Fresh, KemSeed, Recipient, Record};

/// Sizes of a plaintext: the buckets of an entry (crypto.md section 8.1), as far as the contract takes
/// the note, whose most is 4,096 bytes.
const BUCKETS: [usize; 3] = [512, 1_024, 2_048];
/// Bytes in front of the text.
const LENGTH: usize = 2;

/// Seals what a claimant tells the owner of a record; the chain shows its size bucket.
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let (owner, claimant) = ([3; 20], [4; 20]);
/// # let identity = Identity { chain_id: 412_346, contract: [1; 20], account: owner, version: 1 };
/// # let root = Root::from_bytes([5; 32]);
/// # let registered = RegisteredKey { id: root.key_id(&identity), version: 1 };
/// # let candidate = Candidate::new(&record, owner, registered, root.kem_seed().public_key())?;
/// # let recipient = candidate.confirmed_by_user();
/// let rnd = Fresh::<64>::draw(getrandom::fill)?;
/// let note = seal_note(&record, &recipient, claimant, "found unconscious", rnd)?;
///
/// // The owner.
/// let recipient_key = recipient.key_id();
/// let context = DeliveryContext { record, recipient: owner, recipient_key, sender: claimant };
/// assert_eq!(*root.kem_seed().open_note(&context, &note)?, "found unconscious");
/// // Nobody can pass it off as the note of another claimant.
/// let other = DeliveryContext { sender: [6; 20], ..context };
/// assert!(root.kem_seed().open_note(&other, &note).is_err());
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::TooLarge`] for more than 2,046 bytes.
pub fn seal_note(
    record: &Record,
    owner: &Recipient,
    claimant: Account,
    text: &str,
    rnd: Fresh<64>,
) -> Result<Vec<u8>, Error> {
    let most = BUCKETS[BUCKETS.len() - 1] - LENGTH;
    let too_large = Error::TooLarge { length: text.len(), most };
    let bucket = BUCKETS.into_iter().find(|bucket| text.len() + LENGTH <= *bucket);
    let (Some(bucket), Ok(length)) = (bucket, u16::try_from(text.len())) else {
        return Err(too_large);
    };
    let mut plaintext = Zeroizing::new(Vec::with_capacity(bucket));
    plaintext.extend_from_slice(&length.to_be_bytes());
    plaintext.extend_from_slice(text.as_bytes());
    plaintext.resize(bucket, 0);
    let context = DeliveryContext {
        record: *record,
        recipient: owner.account(),
        recipient_key: owner.key_id(),
        sender: claimant,
    };
    let (encapsulated, ciphertext) = sealed(owner, &info(&context), &plaintext, rnd)?;
    Ok([&[VERSION][..], &encapsulated, &ciphertext].concat())
}

impl KemSeed {
    /// Opens the note of a claim on a record of this key's account.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedVersion`], [`Error::BadDelivery`]; [`Error::TagMismatch`] for another key or
    /// context.
    pub fn open_note(
        &self,
        context: &DeliveryContext,
        note: &[u8],
    ) -> Result<Zeroizing<String>, Error> {
        let (&version, rest) = note.split_first().ok_or(Error::BadDelivery("no bytes"))?;
        if version != VERSION {
            return Err(Error::UnsupportedVersion(version));
        }
        let (encapsulated, ciphertext) = rest
            .split_first_chunk::<ENCAPSULATION>()
            .ok_or(Error::BadDelivery("shorter than its header"))?;
        let plaintext = opened(self, &info(context), encapsulated, ciphertext)?;
        if !BUCKETS.contains(&plaintext.len()) {
            return Err(Error::BadDelivery("a note of no size"));
        }
        let length = usize::from(u16::from_be_bytes([plaintext[0], plaintext[1]]));
        let (text, padding) = plaintext[LENGTH..]
            .split_at_checked(length)
            .ok_or(Error::BadDelivery("a note that is longer than its size"))?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Error::BadDelivery("padding that is not zero"));
        }
        let text =
            core::str::from_utf8(text).map_err(|_| Error::BadDelivery("a note that is no text"))?;
        Ok(Zeroizing::new(String::from(text)))
    }
}

fn info(context: &DeliveryContext) -> Vec<u8> {
    [b"ehr1/emergency-note", &context.bytes()[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidate, Identity, RegisteredKey, Root};

    const RECORD: Record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };

    fn owner() -> (Root, Recipient, DeliveryContext) {
        let account = [3; 20];
        let root = Root::from_bytes([5; 32]);
        let identity =
            Identity { chain_id: RECORD.chain_id, contract: RECORD.contract, account, version: 1 };
        let registered = RegisteredKey { id: root.key_id(&identity), version: 1 };
        let key = root.kem_seed().public_key();
        let recipient = Candidate::new(&RECORD, account, registered, key).unwrap();
        let recipient = recipient.confirmed_by_user();
        let context = DeliveryContext {
            record: RECORD,
            recipient: account,
            recipient_key: recipient.key_id(),
            sender: [4; 20],
        };
        (root, recipient, context)
    }

    fn fresh() -> Fresh<64> {
        Fresh::draw(getrandom::fill).unwrap()
    }

    #[test]
    fn the_length_of_a_note_shows_its_bucket_only() {
        let (root, recipient, context) = owner();
        for (length, bucket) in [(0, 512), (510, 512), (511, 1_024), (2_046, 2_048)] {
            let text = "x".repeat(length);

            let note = seal_note(&RECORD, &recipient, [4; 20], &text, fresh()).unwrap();

            assert_eq!(note.len(), 1 + ENCAPSULATION + bucket + 16);
            assert_eq!(*root.kem_seed().open_note(&context, &note).unwrap(), text);
        }
        let long = "x".repeat(2_047);
        let refused = seal_note(&RECORD, &recipient, [4; 20], &long, fresh());
        assert_eq!(refused, Err(Error::TooLarge { length: 2_047, most: 2_046 }));
    }

    #[test]
    fn a_changed_byte_or_a_cut_is_refused_without_a_panic() {
        let (root, recipient, context) = owner();
        let note = seal_note(&RECORD, &recipient, [4; 20], "note", fresh()).unwrap();
        let seed = root.kem_seed();

        for at in [0, 1, 700, ENCAPSULATION + 1, note.len() - 1] {
            let mut changed = note.clone();
            changed[at] ^= 1;
            assert!(seed.open_note(&context, &changed).is_err(), "byte {at}");
        }
        for length in [0, 1, 2, ENCAPSULATION, ENCAPSULATION + 1, note.len() - 1] {
            assert!(seed.open_note(&context, &note[..length]).is_err(), "{length} bytes");
        }
    }
}
