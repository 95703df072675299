//! Entries in their envelopes (crypto.md section 8.2).

use alloc::vec::Vec;

use crate::seal::SealKey;
use crate::{AuthorKey, Error, Frame, Label, LinkKind, Place, Section, VerifiedLink, open, seal};

/// Format byte.
const VERSION: u8 = 1;

/// Seals a frame for its one place. `rnd` is 32 fresh bytes from the operating system.
///
/// # Errors
///
/// [`Error::TooLarge`] for content that does not fit into a frame.
pub fn seal_entry(
    key: &AuthorKey,
    place: &Place,
    frame: &Frame,
    rnd: &[u8; 32],
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
pub fn open_entry(key: &AuthorKey, section: &Section, link: &VerifiedLink) -> Result<Frame, Error> {
    let (LinkKind::Entry, Some(epoch)) = (link.kind(), link.epoch()) else {
        return Err(Error::NotAnEntry(link.seq()));
    };
    let (&version, sealed) = link.blob().split_first().ok_or(Error::CommitmentMismatch)?;
    if version != VERSION {
        return Err(Error::UnsupportedVersion(version));
    }
    let place = Place {
        section: section.at(epoch),
        anchor: link.anchor(),
        seq: link.seq(),
        author: link.author(),
    };
    let key = SealKey::from_bytes(*key.expose());
    let plain = open(&key, Label::Entry, &place.associated_data(), sealed)?;
    Frame::decode(&plain)
}
