//! One patient's resources into one record.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use chartkey_abi::permission;
use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::{Entry, Import, Section};

use super::known::Known;
use super::origin;
use super::plan::Load;
use super::tally::Tally;
use crate::commands::record::RETRIES;
use crate::dates::now;
use crate::error::Error;
use crate::records::{Appended, Chart, Draft, Holder};
use crate::session::Session;

/// Files what is not there yet; what was done is in `tally`, after an error too.
pub(super) async fn file(
    session: &Session,
    holder: &Holder,
    record: B256,
    import: &Import<'_>,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut sections: BTreeMap<Section, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in &import.entries {
        sections.entry(entry.section).or_default().push(entry);
    }
    let mut chart = open(session, holder, record, &sections).await?;
    for (section, entries) in sections {
        if let Some(reason) = closed(holder, &chart, section, session.global.dry_run) {
            entries.iter().for_each(|entry| tally.refuse(entry, &reason));
            continue;
        }
        let target = Target { record, section, entries: &entries };
        write(session, holder, &target, &mut chart, tally).await?;
    }
    Ok(())
}

/// The chart; sections that the file needs are opened by the owner, who alone may do so.
async fn open(
    session: &Session,
    holder: &Holder,
    record: B256,
    sections: &BTreeMap<Section, Vec<&Entry<'_>>>,
) -> Result<Chart, Error> {
    let names: Vec<&str> = sections.keys().map(|section| section.name()).collect();
    let chart = Chart::read(session, holder, record).await?;
    let is_ready = |name: &&str| chart.named(name).is_some_and(|section| !section.is_due);
    if names.iter().all(is_ready) {
        return Ok(chart);
    }
    if chart.owner == holder.account.address {
        return Chart::read_open(session, holder, record, &names).await;
    }
    let there: Vec<&str> =
        names.iter().copied().filter(|name| may_write(holder, &chart, name)).collect();
    Chart::read_open(session, holder, record, &there).await
}

/// Why nothing can be written to a section by this account.
fn closed(holder: &Holder, chart: &Chart, section: Section, is_rehearsal: bool) -> Option<String> {
    let is_owner = chart.owner == holder.account.address;
    match chart.named(section.name()) {
        None if is_owner && is_rehearsal => None,
        None => Some(format!("the record has no section {section} that this account has keys to")),
        Some(_) if is_owner || may_write(holder, chart, section.name()) => None,
        Some(_) => Some(format!("this account may not write to {section}")),
    }
}

fn may_write(holder: &Holder, chart: &Chart, name: &str) -> bool {
    let Some(section) = chart.named(name) else { return false };
    chart.holdings.of_account(holder.account.address).is_some_and(|held| {
        held.grant.permissions & permission::WRITE != 0
            && held.grant.covers(section.section.handle)
            && chart.holdings.holds(held, chart.now)
    })
}

/// A section, and what of the file belongs there.
struct Target<'a> {
    record: B256,
    section: Section,
    entries: &'a [&'a Entry<'a>],
}

/// An entry that will be written.
pub(super) struct Planned {
    pub(super) position: usize,
    pub(super) is_amendment: bool,
}

async fn write(
    session: &Session,
    holder: &Holder,
    target: &Target<'_>,
    chart: &mut Chart,
    tally: &mut Tally,
) -> Result<(), Error> {
    let name = target.section.name();
    let mut attempt = 1;
    loop {
        let section = chart.named(name);
        // After --dry-run the section is not there; what it would hold is all new.
        let mut known = section.map(Known::of).unwrap_or_default();
        if target.section == Section::Profile && attempt == 1 {
            tally.compare_patient(&known, target.entries);
        }
        let (planned, drafts) = prepare(target, &mut known, tally);
        if session.global.dry_run {
            tally.plan(target.section, Load::of(&drafts)?);
            tally.add(target.section, &planned, &Appended::default());
        }
        let Some(section) = section else { return Ok(()) };
        if drafts.is_empty() {
            return Ok(());
        }
        session.screen.progress(&format!("{name}: {} entries", drafts.len()));
        let mut done = Appended::default();
        let outcome = holder.append(session, target.record, section, &drafts, &mut done).await;
        if !session.global.dry_run {
            tally.add(target.section, &planned[..done.entries], &done);
        }
        match outcome {
            // Another machine wrote meanwhile: read again what is there, and plan again.
            Err(error) if error.is_state_moved() && attempt < RETRIES => {
                attempt += 1;
                *chart = Chart::read_open(session, holder, target.record, &[name]).await?;
            }
            other => return other,
        }
    }
}

/// What of the section's entries is to be written; the others are counted.
fn prepare(
    target: &Target<'_>,
    known: &mut Known,
    tally: &mut Tally,
) -> (Vec<Planned>, Vec<Draft>) {
    let (mut planned, mut drafts) = (Vec::new(), Vec::new());
    for entry in target.entries {
        if tally.is_counted(entry.position) {
            continue;
        }
        let was_retracted = known.is_retracted(entry);
        match draft(entry, known) {
            Ok(None) => tally.unchanged(target.section, entry.position),
            Ok(Some(draft)) => {
                tally.again(entry, was_retracted);
                let is_amendment = matches!(draft.frame.operation, Operation::Amend(_));
                planned.push(Planned { position: entry.position, is_amendment });
                drafts.push(draft);
            }
            Err(error) => tally.refuse(entry, &error.to_string()),
        }
    }
    (planned, drafts)
}

/// The entry as it is to be written; `None` for content that is there already.
fn draft(entry: &Entry<'_>, known: &mut Known) -> Result<Option<Draft>, chartkey_crypto::Error> {
    let Some(operation) = known.operation(entry) else { return Ok(None) };
    let body = entry.body.as_bytes().to_vec();
    let frame = Frame::new(operation, BodyType::Fhir, now(), body)?;
    let frame = origin::with_origin(frame, entry);
    frame.encode()?;
    known.add(entry);
    let what = format!("Append a {}", entry.resource_type);
    Ok(Some(Draft { frame, what }))
}
