//! Records: who has keys to them, their chains, their entries.

mod access;
mod chart;
mod checkpoints;
mod contacts;
mod deliver;
mod found;
mod give;
mod holder;
mod holdings;
mod keychain;
mod ledger;
mod reach;
mod section;
mod sections;
mod unlisted;
mod volume;
mod write;

pub use access::{AccessHistory, AccessLink, RECOVERY_BLOB};
pub use chart::Chart;
pub use contacts::Contact;
pub use deliver::{Parcel, Routes, Sealed};
pub use found::Found;
pub use give::Handout;
pub use holder::Holder;
pub use holdings::{Holding, Holdings};
pub use keychain::Keychain;
pub use ledger::{AccessEvent, Ledger, Position};
pub use reach::Reach;
pub use section::{EpochKeysHere, Opened, SectionChart};
pub use sections::scope;
pub use unlisted::{UNLISTED_READERS, UnlistedReader};
pub use write::{Appended, Draft};

use chartkey_crypto::Fresh;

use crate::error::Error;

/// Fresh bytes from the operating system.
///
/// # Errors
///
/// No randomness: then nothing is sealed.
pub(crate) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| crate::signer::SignerError::RandomnessUnavailable)?;
    Ok(bytes)
}

/// Fresh bytes from the operating system, for one seal.
///
/// # Errors
///
/// No randomness: then nothing is sealed.
pub(crate) fn fresh<const N: usize>() -> Result<Fresh<N>, Error> {
    let drawn = Fresh::draw(getrandom::fill);
    Ok(drawn.map_err(|_| crate::signer::SignerError::RandomnessUnavailable)?)
}
