//! Records: who has keys to them, their chains, their entries.

mod access;
mod annotation;
mod archive;
mod backup;
mod chart;
mod checkpoints;
mod contacts;
mod deliver;
mod emergency;
mod evidence;
mod found;
mod give;
mod guardians;
mod handed;
mod holder;
mod holdings;
mod keychain;
mod ledger;
mod logs;
mod proof;
mod reach;
mod saving;
mod section;
mod sections;
mod sources;
mod statements;
mod tie;
mod unlisted;
mod volume;
mod write;

pub use access::{AccessHistory, AccessLink, RECOVERY_BLOB};
pub use annotation::{Annotation, Outcome};
pub(crate) use archive::restored_slots;
pub use backup::BackupError;
pub(crate) use backup::{Backup, PassphraseSlot};
pub use chart::Chart;
pub use contacts::Contact;
pub use deliver::{Parcel, Routes, Sealed};
pub(crate) use emergency::emergency_list;
pub use emergency::{EmergencySetup, Halves, Opening, SUMMARY};
pub use found::Found;
pub use give::Handout;
pub use guardians::{Given, Guardians, Standing};
pub use handed::HandedOut;
pub use holder::Holder;
pub use holdings::{Holding, Holdings};
pub use keychain::Keychain;
pub use ledger::Ledger;
pub use logs::{AccessEvent, Position, SectionLog};
pub use reach::Reach;
pub(crate) use saving::restore;
pub use section::{EpochKeysHere, Opened, SectionChart, is_sensitive};
pub use sections::scope;
pub use statements::{Request, Statements};
pub use tie::{StayTie, TieError};
pub use unlisted::{UNLISTED_READERS, UnlistedReader};
pub(crate) use write::APPEND_PUBLIC;
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
