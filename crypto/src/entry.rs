//! Entries in their envelopes (crypto.md sections 8.2, 8.3 and 10.2).

use alloc::vec::Vec;

use crate::derive::keccak;
use crate::seal::{NONCE, SealKey, message_key, open_with};
use crate::{
    AuthorKey, Error, Frame, Fresh, Label, LinkKind, MessageKey, Place, Section, State,
    VerifiedLink, open, seal,
};

/// Format byte.
const VERSION: u8 = 1;

/// Seals a frame for its one place.
///
/// # Errors
///
/// [`Error::TooLarge`] for content that does not fit into a frame.
pub fn seal_entry(
    key: &AuthorKey,
    place: &Place,
    frame: &Frame,
    rnd: Fresh,
) -> Result<Vec<u8>, Error> {
    let plain = frame.encode()?;
    let mut envelope = alloc::vec![VERSION];
    let key = SealKey::from_bytes(*key.expose());
    envelope.extend_from_slice(&seal(&key, Label::Entry, &place.associated_data(), &plain, rnd));
    Ok(envelope)
}

/// Opens a verified entry.
///
/// # Errors
///
/// [`Error::NotAnEntry`], [`Error::UnsupportedVersion`], a wrong key, malformed content.
///
/// An entry that was not verified cannot be opened:
///
/// ```compile_fail,E0308
/// use chartkey_crypto::*;
///
/// fn careless(key: &AuthorKey, section: &Section, log: &ChainLog) {
///     open_entry(key, section, log);
/// }
/// ```
///
/// Nor with a key of another purpose:
///
/// ```compile_fail,E0308
/// use chartkey_crypto::*;
///
/// fn mistaken(key: &ContentKey, section: &Section, link: &VerifiedLink) {
///     open_entry(key, section, link);
/// }
/// ```
pub fn open_entry(key: &AuthorKey, section: &Section, link: &VerifiedLink) -> Result<Frame, Error> {
    open_envelope(key, section, link, contents(link, None)?)
}

/// Opens a verified detached entry with its envelope from the store (crypto.md section 10.2).
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let section = record.section(Handle::new(7)?);
/// # let (at, author) = (section.at(Epoch::FIRST), [3; 20]);
/// # let keys = EpochSeed::from_bytes([4; 32]).keys(&at);
/// # let rnd = Fresh::draw(getrandom::fill)?;
/// # let first = EpochRecord::create(&section, Epoch::FIRST, &keys, "letters", rnd)?;
/// # let opened = Link { kind: LinkKind::Epoch, index: 0, author, time: 1_800_000_000 };
/// # let state = section.genesis().append(&opened, &first);
/// # let place = Place { section: at, anchor: state.head(), seq: 2, author };
/// # let key = keys.content.author(&at, &author);
/// # let frame = Frame::create(BodyType::Text, 1_800_000_001, b"letter".to_vec())?;
/// let envelope = seal_entry(&key, &place, &frame, Fresh::draw(getrandom::fill)?)?;
/// // The store keeps the envelope, the log its hash.
/// let link = Link { kind: LinkKind::Detached, index: 0, author, time: 1_800_000_001 };
/// let after = state.append(&link, &envelope);
/// let log = ChainLog { state: after, link, blob: detached_leaf(&envelope).to_vec() };
///
/// # let logs = [ChainLog { state, link: opened, blob: first }, log];
/// let links = verify(&section, after, &logs, None)?;
/// let frame = open_detached(&key, &section, &links[1], &envelope)?;
/// assert_eq!(*frame.body()?, b"letter");
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Altered`] for another envelope than the chain names; as [`open_entry`].
pub fn open_detached(
    key: &AuthorKey,
    section: &Section,
    link: &VerifiedLink,
    envelope: &[u8],
) -> Result<Frame, Error> {
    open_envelope(key, section, link, contents(link, Some(envelope))?)
}

/// What the log of a detached entry holds of its envelope.
#[must_use]
pub fn detached_leaf(envelope: &[u8]) -> [u8; 32] {
    keccak(&[envelope])
}

/// The key of one entry, to share that entry and nothing else: [`Item::Entry`](crate::Item::Entry).
/// `envelope` is that of a detached entry, from the store.
///
/// # Errors
///
/// [`Error::NotAnEntry`], [`Error::Altered`], [`Error::UnsupportedVersion`],
/// [`Error::CommitmentMismatch`]
pub fn share_entry(
    key: &AuthorKey,
    link: &VerifiedLink,
    envelope: Option<&[u8]>,
) -> Result<MessageKey, Error> {
    let sealed = versioned(contents(link, envelope)?)?;
    let nonce = sealed.first_chunk::<NONCE>().ok_or(Error::CommitmentMismatch)?;
    Ok(message_key(&SealKey::from_bytes(*key.expose()), nonce))
}

/// Opens a verified entry that was shared alone; `envelope` as for [`share_entry`].
///
/// # Errors
///
/// As [`open_entry`] and [`open_detached`].
pub fn open_shared(
    key: &MessageKey,
    section: &Section,
    link: &VerifiedLink,
    envelope: Option<&[u8]>,
) -> Result<Frame, Error> {
    let aad = place(section, link)?.associated_data();
    let sealed = versioned(contents(link, envelope)?)?;
    Frame::decode(&open_with(key, Label::Entry, &aad, sealed)?)
}

impl Place {
    /// Refuses to send what was sealed for a state that has passed; `index` is the entry's position in
    /// the call.
    ///
    /// # Errors
    ///
    /// [`Error::StateMoved`]: seal again for the new state, at most three times.
    pub fn require_current(&self, state: State, index: u16) -> Result<(), Error> {
        let next = u64::from(state.seq()) + 1 + u64::from(index);
        if self.anchor != state.head() || u64::from(self.seq) != next {
            return Err(Error::StateMoved);
        }
        Ok(())
    }
}

/// The envelope: in the log, or from the store and named by the log.
fn contents<'a>(link: &'a VerifiedLink, envelope: Option<&'a [u8]>) -> Result<&'a [u8], Error> {
    match (link.kind(), envelope) {
        (LinkKind::Entry, None) => Ok(link.blob()),
        (LinkKind::Detached, Some(envelope)) if detached_leaf(envelope)[..] == *link.blob() => {
            Ok(envelope)
        }
        (LinkKind::Detached, Some(_)) => Err(Error::Altered(link.seq())),
        _ => Err(Error::NotAnEntry(link.seq())),
    }
}

fn open_envelope(
    key: &AuthorKey,
    section: &Section,
    link: &VerifiedLink,
    envelope: &[u8],
) -> Result<Frame, Error> {
    let sealed = versioned(envelope)?;
    let aad = place(section, link)?.associated_data();
    let key = SealKey::from_bytes(*key.expose());
    Frame::decode(&open(&key, Label::Entry, &aad, sealed)?)
}

fn versioned(envelope: &[u8]) -> Result<&[u8], Error> {
    match envelope.split_first().ok_or(Error::CommitmentMismatch)? {
        (&VERSION, sealed) => Ok(sealed),
        (&version, _) => Err(Error::UnsupportedVersion(version)),
    }
}

fn place(section: &Section, link: &VerifiedLink) -> Result<Place, Error> {
    let epoch = link.epoch().ok_or(Error::BadEpochRecord("the one before this entry"))?;
    Ok(Place {
        section: section.at(epoch),
        anchor: link.anchor(),
        seq: link.seq(),
        author: link.author(),
    })
}
