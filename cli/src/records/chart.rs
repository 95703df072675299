//! Reading a record: words by slot, logs, verification, and only then opening.

use alloy_primitives::{Address, B256};
use chartkey_crypto::{ChainLog, Error as CryptoError, Handle, verify};

use super::access::AccessHistory;
use super::checkpoints::Checkpoint;
use super::holder::Holder;
use super::holdings::Holdings;
use super::keychain::Keychain;
use super::ledger::Ledger;
use super::section::SectionChart;
use crate::error::Error;
use crate::session::Session;

/// A verified record, as far as the account has keys to it.
#[expect(missing_debug_implementations, reason = "holds keys (crypto.md section 18)")]
pub struct Chart {
    /// The record.
    pub record: B256,
    /// The account in charge.
    pub owner: Address,
    /// Its sections in use, by handle.
    pub sections: Vec<SectionChart>,
    /// Its access chain.
    pub history: AccessHistory,
    /// The grants in force, and those that have run out.
    pub holdings: Holdings,
    /// Halves and shares that were delivered, and what could not be opened.
    pub keychain: Keychain,
    /// The time that expiry is judged by, in Unix seconds.
    pub now: u64,
}

impl Chart {
    /// Fetches, verifies and opens a record.
    ///
    /// # Errors
    ///
    /// [`Error::Tampered`] where the logs do not lead to the state that the chain stores, or that state
    /// is behind one seen before; [`Error::NotFound`] for a record that does not exist.
    pub async fn read(session: &Session, holder: &Holder, record: B256) -> Result<Self, Error> {
        Self::read_with(session, holder, record, Vec::new()).await
    }

    /// The same, and sections with these names are open and have keys that only those who may read have:
    /// what to write to. After `--dry-run` the sections that were.
    ///
    /// # Errors
    ///
    /// As [`Self::read`] and sending.
    pub async fn read_open(
        session: &Session,
        holder: &Holder,
        record: B256,
        names: &[&str],
    ) -> Result<Self, Error> {
        let mut chart = Self::read(session, holder, record).await?;
        let missing: Vec<&str> =
            names.iter().copied().filter(|name| chart.named(name).is_none()).collect();
        let mut is_changed = false;
        if !missing.is_empty() {
            is_changed |= holder.open_sections(session, &chart, &missing).await?.is_some();
        }
        for name in names {
            if let Some(section) = chart.named(name) {
                is_changed |= holder.rotate_if_due(session, &chart, section).await?;
            }
        }
        if is_changed {
            chart = Self::read(session, holder, record).await?;
        }
        Ok(chart)
    }

    /// The same with further keys: those of an emergency channel.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub async fn read_with(
        session: &Session,
        holder: &Holder,
        record: B256,
        keys: Vec<chartkey_crypto::Item>,
    ) -> Result<Self, Error> {
        session.screen.doing("reading the record");
        let ledger = Ledger::read(session, holder.place(record)).await?;
        let chart = Self::of(session, holder, &ledger, keys)?;
        session.screen.doing("working");
        Ok(chart)
    }

    fn of(
        session: &Session,
        holder: &Holder,
        ledger: &Ledger,
        keys: Vec<chartkey_crypto::Item>,
    ) -> Result<Self, Error> {
        let seen = Checkpoint::read(session, ledger)?;
        let history = AccessHistory::verify(ledger, seen.access(ledger))
            .map_err(|error| tampered("the access chain".to_owned(), error))?;
        let mut keychain = Keychain::open(holder, ledger.place, &history);
        keychain.add(keys);
        let holdings = history.holdings();
        // A lying endpoint could name a past time; what has run out by either clock has run out.
        let now = crate::dates::now().max(ledger.block_time);
        let mut sections = Vec::new();
        let gone = seen
            .handles()
            .find(|handle| !ledger.sections.iter().any(|(used, _)| used.number() == *handle));
        if let Some(handle) = gone {
            let checkpoint =
                Handle::new(handle.into()).ok().and_then(|handle| seen.section(handle));
            let checkpoint = checkpoint.map_or(1, |state| state.seq());
            let error = CryptoError::Rollback { checkpoint, state: 0 };
            return Err(tampered(format!("#{handle}"), error));
        }
        for (handle, state) in &ledger.sections {
            let section = ledger.place.section(*handle);
            let logs = ledger.section_logs.get(&handle.number()).map_or(&[][..], Vec::as_slice);
            let plain: Vec<ChainLog> = logs.iter().map(|log| log.log.clone()).collect();
            let links = verify(&section, *state, &plain, seen.section(*handle));
            let keys = keychain.take_section(handle.number());
            let links = links.map_err(|error| tampered(format!("#{}", handle.number()), error))?;
            let me = holder.account.address;
            let mut chart = SectionChart::open(section, *state, &links, logs, keys, me);
            let began = chart.epoch().map_or(0, |epoch| epoch.began);
            // A rotator that keeps the keys to itself locks a section until the owner rotates again.
            let is_locked = me == ledger.owner && chart.epoch().is_some_and(|e| e.seed.is_none());
            chart.is_due = (ledger.dirty >> handle.number()) & 1 == 1
                || holdings.has_run_out(*handle, began, now)
                || is_locked;
            keychain.remarks.extend(misfits(&chart));
            sections.push(chart);
        }
        seen.advance(session, ledger, &history)?;
        let (record, owner) = (B256::from(ledger.place.id), ledger.owner);
        let mut chart = Self { record, owner, sections, history, holdings, keychain, now };
        let unlisted = chart.unlisted();
        for section in &mut chart.sections {
            let (handle, began) = (section.section.handle, section.epoch().map_or(0, |e| e.began));
            section.is_due |= unlisted.iter().any(|one| one.has_run_out(handle, began, now));
        }
        Ok(chart)
    }

    /// The section with this name; `#N` names a handle.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&SectionChart> {
        let handle = name.strip_prefix('#').and_then(|number| number.parse::<u8>().ok());
        self.sections.iter().find(|section| match handle {
            Some(handle) => section.section.handle.number() == handle,
            None => section.name.as_deref() == Some(name),
        })
    }
}

impl Chart {
    /// The section with this name, as people type it: hyphens for spaces, any case; `#N` for a handle.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]
    pub fn require(&self, name: &str) -> Result<&SectionChart, Error> {
        let usual = chartkey_fhir::Section::parse(name).map(|section| section.name());
        let found = self.named(name).or_else(|| self.named(usual.ok()?));
        found.ok_or_else(|| Error::NotFound {
            message: format!("the record has no section {}", crate::text::printable(name)),
            hint: "chartkey record show".into(),
        })
    }
}

/// Names each epoch whose delivered keys do not fit its record (crypto.md sections 6.2 and 17, C14).
fn misfits(chart: &SectionChart) -> Vec<String> {
    let of = |epoch: &chartkey_crypto::Epoch| {
        let by = chart.epochs.iter().find(|here| here.epoch == *epoch).map(|here| here.by);
        format!(
            "{}: keys that were delivered for its epoch {}, begun by {}, do not fit the epoch's record \
             ({}); they are not used",
            crate::text::printable(&chart.label()),
            epoch.number(),
            by.unwrap_or_default(),
            CryptoError::EpochCommitmentMismatch.code()
        )
    };
    chart.mismatched.iter().map(of).collect()
}

fn tampered(section: String, error: CryptoError) -> Error {
    use CryptoError as E;
    let entry = match error {
        E::Missing(seq) | E::Altered(seq) | E::Duplicate(seq) | E::Fork(seq) => seq.to_string(),
        E::HeadMismatch { first, last } => format!("{first}-{last}"),
        E::Rollback { checkpoint, .. } => checkpoint.to_string(),
        _ => "-".to_owned(),
    };
    Error::Tampered { section, entry, code: error.code(), reason: error.to_string() }
}
