//! Reading a record: words by slot, logs, verification, and only then opening.

use alloy_primitives::{Address, B256};

use super::access::AccessHistory;
use super::holder::Holder;
use super::holdings::Holdings;
use super::keychain::Keychain;
use super::ledger::Ledger;
use super::logs::SectionLog;
use super::proof::Proof;
use super::section::SectionChart;
use crate::error::{Error, Fault};
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
    /// What the endpoints told, verified.
    pub(crate) ledger: Ledger,
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
        let chart = Self::of(session, holder, ledger, keys)?;
        session.screen.doing("working");
        chart.map_err(|faults| faults.into_iter().next().map_or_else(no_fault, Error::of_fault))
    }

    /// Fetches and verifies a record, and names every fault there is rather than the first.
    ///
    /// # Errors
    ///
    /// As [`Self::read`], with [`Error::Faults`] in the place of [`Error::Tampered`].
    pub async fn audit(session: &Session, holder: &Holder, record: B256) -> Result<Self, Error> {
        session.screen.doing("verifying the record");
        let ledger = Ledger::read(session, holder.place(record)).await?;
        let chart = Self::of(session, holder, ledger, Vec::new())?;
        session.screen.doing("working");
        chart.map_err(Error::Faults)
    }

    fn of(
        session: &Session,
        holder: &Holder,
        ledger: Ledger,
        keys: Vec<chartkey_crypto::Item>,
    ) -> Result<Result<Self, Vec<Fault>>, Error> {
        let proof = match Proof::of(session, holder, &ledger)? {
            Ok(proof) => proof,
            Err(faults) => return Ok(Err(faults)),
        };
        proof.keep(session, &ledger)?;
        let Proof { sections: proven, history, mut keychain, .. } = proof;
        keychain.add(keys);
        let holdings = history.holdings();
        // A lying endpoint could name a past time; what has run out by either clock has run out.
        let now = crate::dates::now().max(ledger.block_time);
        let mut sections = Vec::new();
        for (section, state, links) in proven {
            let handle = section.handle;
            let logs = ledger.logs.of_section(handle);
            let keys = keychain.take_section(handle.number());
            let me = holder.account.address;
            let mut chart = SectionChart::open(section, state, &links, logs, keys, me);
            let began = chart.epoch().map_or(0, |epoch| epoch.began);
            // A rotator that keeps the keys to itself locks a section until the owner rotates again.
            let is_locked = me == ledger.owner && chart.epoch().is_some_and(|e| e.seed.is_none());
            chart.is_due |= (ledger.dirty >> handle.number()) & 1 == 1
                || holdings.has_run_out(handle, began, now)
                || is_locked;
            keychain.remarks.extend(misfits(&chart));
            sections.push(chart);
        }
        // What the endpoints did not tell is said first.
        keychain.remarks.splice(0..0, ledger.remarks.iter().cloned());
        let (record, owner) = (B256::from(ledger.place.id), ledger.owner);
        let mut chart = Self { record, owner, sections, history, holdings, keychain, now, ledger };
        let unlisted = chart.unlisted();
        for section in &mut chart.sections {
            let (handle, began) = (section.section.handle, section.epoch().map_or(0, |e| e.began));
            section.is_due |= unlisted.iter().any(|one| one.has_run_out(handle, began, now));
        }
        Ok(Ok(chart))
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
    /// Who may give a section new keys: the owner, and holders of ROTATE (crypto.md section 8.5).
    #[must_use]
    pub fn rotators(&self, section: chartkey_crypto::Handle) -> Vec<Address> {
        let holders = self.holdings.iter().filter(|held| {
            held.grant.permissions & chartkey_abi::permission::ROTATE != 0
                && held.grant.covers(section)
                && self.holdings.holds(held, self.now)
        });
        let holders = holders.map(|held| Address::from(held.grant.grantee));
        std::iter::once(self.owner).chain(holders).collect()
    }

    /// The verified logs of a section.
    pub fn section_logs(
        &self,
        handle: chartkey_crypto::Handle,
    ) -> impl Iterator<Item = &SectionLog> {
        self.ledger.logs.of_section(handle).iter()
    }

    /// The section with this name, as people type it: hyphens for spaces, any case; `#N` for a handle.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]
    pub fn require(&self, name: &str) -> Result<&SectionChart, Error> {
        let usual = chartkey_fhir::Section::parse(name).map(|section| section.name());
        let found = self.named(name).or_else(|| self.named(usual.ok()?));
        found.ok_or_else(|| {
            let keyless = self.sections.iter().filter(|section| section.name.is_none());
            let keyless: Vec<String> = keyless.map(SectionChart::label).collect();
            let hint = match keyless.as_slice() {
                [] => "chartkey record show".to_owned(),
                some => format!("names that no key is here for are numbers: {}", some.join(", ")),
            };
            let message = format!("the record has no section {}", crate::text::printable(name));
            Error::NotFound { message, hint }
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
            chartkey_crypto::Error::EpochCommitmentMismatch.code()
        )
    };
    chart.mismatched.iter().map(of).collect()
}

/// What is refused has a fault.
fn no_fault() -> Error {
    Error::Internal("refused without a fault".into())
}
