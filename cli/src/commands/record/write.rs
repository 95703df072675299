//! One entry into one section: prepared again when somebody else wrote meanwhile (crypto.md section 8.3),
//! found when an interrupted run has written it.

use alloy_primitives::{Address, B256};
use chartkey_crypto::Handle;
use serde_json::json;

use super::RETRIES;
use super::content::{no_access, refused};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Appended, Chart, Draft, Holder, SectionChart, Statements};
use crate::rpc::Receipt;
use crate::session::Session;
use crate::text::printable;

/// Where an entry is to be written, as it stands now.
pub(in crate::commands) struct Target<'a> {
    pub(super) chart: &'a Chart,
    pub(super) section: &'a SectionChart,
    pub(super) statements: Statements<'a>,
    /// Who writes.
    pub(super) me: Address,
}

/// An entry that the chain has.
pub(in crate::commands) struct Entry {
    record: B256,
    pub(in crate::commands) handle: Handle,
    pub(super) section: Option<String>,
    label: String,
    pub(in crate::commands) seq: u32,
    pub(in crate::commands) receipt: Receipt,
}

impl Entry {
    /// What was written, for a command that says `text` about it.
    pub(super) fn report(&self, text: &str) -> Report {
        let data = json!({
            "record": self.record,
            "section": self.section,
            "seq": self.seq,
            "tx": self.receipt.transaction_hash,
            "block": self.receipt.block_number.to_string(),
            "gasUsed": self.receipt.gas_used.to_string(),
            "feeWei": self.receipt.fee_wei().to_string(),
        });
        let name = self.section.as_deref().unwrap_or(&self.label);
        Report::new(data, format!("entry {} of {}{text}", self.seq, printable(name)))
    }
}

/// Whether a section that is missing is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Missing {
    /// If it is one of the usual ones, and this account the owner.
    Opens,
    /// It is an error.
    Fails,
}

/// Appends the entry that `plan` makes of the section as it stands; `None` after `--dry-run`.
///
/// `plan` refuses what the section's statements do not allow; it is asked again for each attempt.
pub(super) async fn write(
    session: &Session,
    name: &str,
    missing: Missing,
    plan: impl Fn(&Target<'_>) -> Result<Draft, Error>,
) -> Result<Option<Entry>, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let mut attempt = 0;
    loop {
        let chart = Chart::read(session, &holder, record).await?;
        match once(session, &holder, chart, name, missing, &plan).await {
            Err(error) if error.is_state_moved() && attempt < RETRIES => {
                attempt += 1;
                session.screen.detail("the section moved on; sealing again for its new state");
            }
            outcome => return outcome,
        }
    }
}

/// The same once, to a record as it was just read.
///
/// # Errors
///
/// As [`write`]; [`Error::is_state_moved`] if somebody else wrote meanwhile.
pub(in crate::commands) async fn once(
    session: &Session,
    holder: &Holder,
    mut chart: Chart,
    name: &str,
    missing: Missing,
    plan: impl Fn(&Target<'_>) -> Result<Draft, Error>,
) -> Result<Option<Entry>, Error> {
    let record = chart.record;
    let Some(handle) = found(session, holder, &mut chart, name, missing).await? else {
        return Ok(None);
    };
    if let Some(entry) = interrupted(session, holder, &chart, handle, &plan) {
        return Ok(Some(entry));
    }
    // A plan that is refused is refused before the section gets new keys for it.
    plan(&target(holder, &chart, by_handle(&chart, handle)?, &[]))?;
    let section = by_handle(&chart, handle)?;
    if section.is_due {
        if !holder.rotate_if_due(session, &chart, section).await? {
            return Ok(None);
        }
        chart = Chart::read(session, holder, record).await?;
    }
    let section = by_handle(&chart, handle)?;
    let draft = plan(&target(holder, &chart, section, &[]))?;
    let mut done = Appended::default();
    holder.append(session, record, section, &[draft], &mut done).await?;
    let seq = section.state.seq() + 1;
    Ok(done.receipts.pop().map(|receipt| entry(&chart, section, seq, receipt)))
}

/// The section of that name, opened where that is due; `None` after `--dry-run` of the opening.
async fn found(
    session: &Session,
    holder: &Holder,
    chart: &mut Chart,
    name: &str,
    missing: Missing,
) -> Result<Option<Handle>, Error> {
    let unknown = match chart.require(name) {
        Ok(section) => return Ok(Some(section.section.handle)),
        Err(unknown) => unknown,
    };
    let usual = chartkey_fhir::Section::parse(name).map(chartkey_fhir::Section::name);
    if missing == Missing::Fails {
        return Err(unknown);
    }
    let is_owner = chart.owner == holder.account.address;
    let Ok(usual) = usual else {
        if is_owner {
            // A name that was mistyped must not become a section.
            let hint = "to open a section of your own naming: chartkey record open NAME";
            return Err(no_access(unknown.to_string(), hint));
        }
        return Err(unknown);
    };
    // Somebody else cannot know what a section is called to whose names it has no key.
    if !is_owner && chart.sections.iter().any(|section| section.name.is_none()) {
        return Err(unknown);
    }
    if holder.open_sections(session, chart, &[usual]).await?.is_none() {
        return Ok(None);
    }
    *chart = Chart::read(session, holder, chart.record).await?;
    Ok(Some(chart.require(usual)?.section.handle))
}

/// The entry that an interrupted run has written: what `plan` would make of the section as it was before.
fn interrupted(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    handle: Handle,
    plan: impl Fn(&Target<'_>) -> Result<Draft, Error>,
) -> Option<Entry> {
    let section = by_handle(chart, handle).ok()?;
    let numbers = holder.recovered_numbers(section);
    if numbers.is_empty() {
        return None;
    }
    let draft = plan(&target(holder, chart, section, &numbers)).ok()?;
    let (seq, receipt) = holder.recovered_entry(section, &draft)?;
    let hash = receipt.transaction_hash;
    session
        .screen
        .note(&format!("found transaction {hash} of an interrupted run; it is not sent again"));
    Some(entry(chart, section, seq, receipt))
}

fn target<'a>(
    holder: &Holder,
    chart: &'a Chart,
    section: &'a SectionChart,
    without: &[u32],
) -> Target<'a> {
    let statements = Statements::without(section, without);
    Target { chart, section, statements, me: holder.account.address }
}

fn by_handle(chart: &Chart, handle: Handle) -> Result<&SectionChart, Error> {
    let found = chart.sections.iter().find(|section| section.section.handle == handle);
    found.ok_or_else(|| Error::Internal(format!("section {} is gone", handle.number())))
}

fn entry(chart: &Chart, section: &SectionChart, seq: u32, receipt: Receipt) -> Entry {
    let (record, handle, label) = (chart.record, section.section.handle, section.label());
    Entry { record, handle, section: section.name.clone(), label, seq, receipt }
}

/// What is left to do for the other party of a stay that a statement is about.
pub(super) fn hand_over(stay: Option<u64>) -> String {
    stay.map_or_else(String::new, |stay| {
        format!(
            "\nit is about stay {stay}; if the other party is to know: chartkey appointment details {stay} \
             --deliver"
        )
    })
}

impl Target<'_> {
    /// The stay that a statement in an own record is about: what is written about it has to be handed over.
    pub(super) fn not_handed_over(&self, seq: u32) -> Option<u64> {
        let tie = self.statements.tie(seq).filter(|_| self.me == self.chart.owner)?;
        Some(tie.stay)
    }

    /// Refuses an entry that is no statement, or none that can be read here (crypto.md section 8.6).
    pub(super) fn require_statement(&self, seq: u32) -> Result<(), Error> {
        let label = printable(&self.section.label());
        let unknown = |message: String| no_access(message, "chartkey record show --all");
        let Some(found) = self.statements.entry(seq) else {
            return Err(unknown(format!("{label} has no entry {seq}")));
        };
        if let Err(error) = &found.frame {
            return Err(unknown(format!("entry {seq} of {label} by {}: {error}", found.author)));
        }
        if self.statements.versions(seq).any(|version| version.seq == seq) {
            return Ok(());
        }
        Err(unknown(format!("entry {seq} of {label} is a remark or a retraction, not a statement")))
    }

    /// Refuses who neither wrote a version of the statement nor has custody of the record.
    pub(super) fn require_authorship(&self, seq: u32) -> Result<(), Error> {
        if self.me == self.chart.owner || self.statements.authors(seq).contains(&self.me) {
            return Ok(());
        }
        let authors: Vec<String> =
            self.statements.authors(seq).iter().map(ToString::to_string).collect();
        let message = format!(
            "entry {seq} is by {}; only its authors and the record's owner {} may amend or retract it",
            authors.join(" and "),
            self.chart.owner
        );
        let hint = "comment on it: chartkey record annotate SECTION SEQ FILE --kind statement";
        Err(no_access(message, hint))
    }

    /// Refuses what was retracted: that is final.
    pub(super) fn require_valid(&self, seq: u32) -> Result<(), Error> {
        let Some(by) = self.statements.retraction(seq) else { return Ok(()) };
        let message = format!("entry {seq} is entered-in-error, by entry {by}; that is final");
        Err(refused(message, "say what holds instead: chartkey record add"))
    }
}
