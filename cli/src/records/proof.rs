//! What the chain proves of what the endpoints tell; every fault of the rest (crypto.md section 9.4).

use alloy_primitives::Address;
use chartkey_crypto::{
    AccessLog, ChainLog, Error as CryptoError, Handle, Section, State, VerifiedLink, access_faults,
    faults, verify,
};

use super::access::{AccessHistory, links_of};
use super::checkpoints::Checkpoint;
use super::holder::Holder;
use super::keychain::Keychain;
use super::ledger::Ledger;
use crate::error::{Error, Fault};
use crate::session::Session;

/// A verified record. It holds keys.
pub(super) struct Proof {
    /// Sections with the words that their links lead to.
    pub(super) sections: Vec<(Section, State, Vec<VerifiedLink>)>,
    /// The access chain.
    pub(super) history: AccessHistory,
    /// What it delivers to the account.
    pub(super) keychain: Keychain,
    seen: Checkpoint,
}

impl Proof {
    /// Verifies each chain against its word, and against what was verified before.
    ///
    /// # Errors
    ///
    /// A checkpoint that cannot be read. In the result: the faults.
    pub(super) fn of(
        session: &Session,
        holder: &Holder,
        ledger: &Ledger,
    ) -> Result<Result<Self, Vec<Fault>>, Error> {
        let seen = Checkpoint::read(session, &ledger.place)?;
        let (mut sections, broken) = (Vec::new(), broken_sections(ledger, &seen));
        for (handle, state) in &ledger.sections {
            let section = ledger.place.section(*handle);
            let logs = plain(ledger, *handle);
            if let Ok(links) = verify(&section, *state, &logs, seen.section(*handle)) {
                sections.push((section, *state, links));
            }
        }
        let before = seen.access(&ledger.place);
        let history = match AccessHistory::verify(ledger, before, creator(&sections)) {
            Ok(history) => history,
            Err(_) => {
                return Ok(Err(unnamed(ledger, &seen, broken)));
            }
        };
        let keychain = Keychain::open(holder, ledger.place, &history);
        if broken.is_empty() {
            return Ok(Ok(Self { sections, history, keychain, seen }));
        }
        let named = broken.into_iter().flat_map(|(handle, errors)| {
            let name = label(ledger, &keychain, handle);
            errors.into_iter().map(move |error| fault(ledger, &name, error))
        });
        Ok(Err(named.collect()))
    }

    /// Keeps what has been verified as a checkpoint.
    ///
    /// # Errors
    ///
    /// The file's own.
    pub(super) fn keep(&self, session: &Session, ledger: &Ledger) -> Result<(), Error> {
        self.seen.advance(session, ledger, &self.history)
    }
}

/// Faults of a section.
type Broken = (Handle, Vec<CryptoError>);

/// Every fault of a record, without keys to name its sections.
pub(super) fn faults_of(ledger: &Ledger, seen: &Checkpoint) -> Vec<Fault> {
    unnamed(ledger, seen, broken_sections(ledger, seen))
}

fn unnamed(ledger: &Ledger, seen: &Checkpoint, sections: Vec<Broken>) -> Vec<Fault> {
    let events: Vec<_> = ledger.logs.access.iter().cloned().map(std::rc::Rc::new).collect();
    let links = links_of(&ledger.place, &events).into_iter();
    let logs: Vec<AccessLog> = links.map(|(log, _)| log).collect();
    let errors = access_faults(&ledger.place, ledger.access, &logs, seen.access(&ledger.place));
    let access = errors.into_iter().map(|error| fault(ledger, "the access chain", error));
    let sections = sections.into_iter().flat_map(|(handle, errors)| {
        let name = format!("#{}", handle.number());
        errors.into_iter().map(move |error| fault(ledger, &name, error))
    });
    access.chain(sections).collect()
}

/// The sections that do not lead to their words, and those that were seen and are gone.
fn broken_sections(ledger: &Ledger, seen: &Checkpoint) -> Vec<Broken> {
    let used = ledger.sections.iter().map(|(handle, state)| {
        let section = ledger.place.section(*handle);
        let found = faults(&section, *state, &plain(ledger, *handle), seen.section(*handle));
        (*handle, found)
    });
    let is_used = |handle: &Handle| ledger.sections.iter().any(|(used, _)| used == handle);
    let seen_before = seen.handles().filter_map(|handle| Handle::new(handle.into()).ok());
    let gone = seen_before.filter(|handle| !is_used(handle)).map(|handle| {
        let checkpoint = seen.section(handle).map_or(1, State::seq);
        (handle, vec![CryptoError::Rollback { checkpoint, state: 0 }])
    });
    used.chain(gone).filter(|(_, errors)| !errors.is_empty()).collect()
}

fn plain(ledger: &Ledger, handle: Handle) -> Vec<ChainLog> {
    ledger.logs.of_section(handle).iter().map(|log| log.log.clone()).collect()
}

/// Who created the record: only the owner opens a section, and a record is created with its first one.
fn creator(sections: &[(Section, State, Vec<VerifiedLink>)]) -> Option<Address> {
    let openings = sections.iter().filter_map(|(.., links)| links.first());
    openings.min_by_key(|link| link.time()).map(|link| link.author().into())
}

/// Name and handle of a section whose chain is broken. The name is sealed with a key of the section, so
/// that nobody without one can make it up.
fn label(ledger: &Ledger, keychain: &Keychain, handle: Handle) -> String {
    let section = ledger.place.section(handle);
    let records = plain(ledger, handle);
    let name = records.iter().find_map(|log| keychain.name_in(&section, &log.blob));
    match name {
        Some(name) => format!("{name} ({})", handle.number()),
        None => format!("#{}", handle.number()),
    }
}

fn fault(ledger: &Ledger, section: &str, error: CryptoError) -> Fault {
    use CryptoError as E;
    let entry = match error {
        E::Missing(seq) | E::Altered(seq) | E::Duplicate(seq) | E::Fork(seq) => seq.to_string(),
        E::HeadMismatch { first, last } => format!("{first}-{last}"),
        E::Rollback { checkpoint, .. } => checkpoint.to_string(),
        _ => "-".to_owned(),
    };
    let reason = format!("{error} (logs of {})", ledger.told_by);
    Fault { section: section.to_owned(), entry, code: error.code(), reason }
}
