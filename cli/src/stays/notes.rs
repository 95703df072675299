//! What this side knows of stays beyond the chain: amounts in currencies of states. They never leave this
//! machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chartkey_fhir::Money;
use serde::{Deserialize, Serialize};

use super::Estimate;
use crate::error::Error;
use crate::files;
use crate::session::Session;
use alloy_primitives::Address;

/// One stay in the file; amounts as people write them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    estimate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billed: Option<String>,
}

/// The notes of this home about one stays program.
#[derive(Debug)]
pub struct Notes {
    path: PathBuf,
    stays: BTreeMap<u64, Note>,
}

impl Notes {
    /// Reads the notes about `contract`.
    ///
    /// # Errors
    ///
    /// The file's own error, or [`Error::Usage`] if somebody else wrote into it.
    pub async fn open(session: &Session, contract: Address) -> Result<Self, Error> {
        let path = session.home.stay_notes(session.chain_id().await?, contract);
        let stays = match files::read_if_there(&path)? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|_| unreadable(&path))?,
            None => BTreeMap::new(),
        };
        Ok(Self { path, stays })
    }

    /// What is noted about a stay.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for an amount that cannot be read.
    pub fn of(&self, stay: u64) -> Result<Estimate, Error> {
        let note = self.stays.get(&stay).cloned().unwrap_or_default();
        let read = |text: Option<String>| {
            text.map(|text| text.parse::<Money>().map_err(|_| unreadable(&self.path))).transpose()
        };
        Ok(Estimate { expected: read(note.estimate)?, billed: read(note.billed)? })
    }

    /// Notes amounts down, over what stood there. Other runs wait meanwhile.
    ///
    /// # Errors
    ///
    /// The file's own error.
    pub async fn write(
        session: &Session,
        contract: Address,
        stay: u64,
        said: Estimate,
    ) -> Result<Estimate, Error> {
        let path = session.home.stay_notes(session.chain_id().await?, contract);
        let is_nothing = said == Estimate::default();
        if is_nothing || session.global.dry_run {
            let noted = Self::open(session, contract).await?.of(stay)?;
            return Ok(merged(noted, said));
        }
        let _held = files::lock_within(&path.with_extension("lock"), session.deadline()).await?;
        let mut notes = Self::open(session, contract).await?;
        let merged = merged(notes.of(stay)?, said);
        let text = |money: Option<Money>| money.map(|money| money.to_string());
        let note = Note { estimate: text(merged.expected), billed: text(merged.billed) };
        notes.stays.insert(stay, note);
        let bytes = serde_json::to_vec_pretty(&notes.stays)
            .map_err(|error| Error::Internal(error.to_string()))?;
        files::replace(&path, &bytes)?;
        Ok(merged)
    }
}

/// What is said now counts more than what was noted.
fn merged(noted: Estimate, said: Estimate) -> Estimate {
    Estimate { expected: said.expected.or(noted.expected), billed: said.billed.or(noted.billed) }
}

fn unreadable(path: &std::path::Path) -> Error {
    Error::Usage {
        message: format!("the notes on stays {} cannot be read", path.display()),
        hint: "repair or remove the file; it holds only amounts in currencies of states".into(),
    }
}
