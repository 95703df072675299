//! `chartkey fhir export`: the record as FHIR R4.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::path::Path;

use alloy_primitives::Address;
use chartkey_crypto::{BodyType, Frame, Operation, Standing as Stand, standings};
use chartkey_fhir::export::{
    About, Account, Author, Exported, Held, Instant, Note, Remark, Standing, Transaction,
    collection, history, summary,
};
use chartkey_fhir::{Origin, Section, type_and_id};
use serde_json::json;

use super::{chain, origin};
use crate::args::{Export, Format};
use crate::dates::now;
use crate::error::Error;
use crate::files::{self, FileError};
use crate::output::Report;
use crate::records::{Annotation, Chart, Holder, Opened, SectionChart};
use crate::session::Session;
use crate::text::{drives_a_terminal, printable};

pub(in crate::commands) async fn run(session: &Session, args: &Export) -> Result<Report, Error> {
    let is_file = args.out != Path::new("-");
    if is_file && !args.force && args.out.exists() {
        return Err(FileError::Exists(args.out.clone()).into());
    }
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let mut warnings = Vec::new();
    let exported = match args.format {
        Format::Consent => chain::consents(&holder, &chart),
        Format::Audit => chain::events(&holder, &chart),
        Format::Bundle | Format::Ips => resources(&holder, &chart, args, &mut warnings)?,
    };
    if exported.sensitive > 0 {
        warnings.push(format!(
            "{} resources carry a label of sensitivity; mind whom you show the file",
            exported.sensitive
        ));
    }
    let mut report = told(args, &exported, is_file);
    report.data["record"] = json!(record);
    report.warnings = warnings;
    if is_file {
        // Content of a record: private to the user, written under a new name, then renamed.
        match args.force {
            true => files::replace(&args.out, exported.text.as_bytes())?,
            false => files::create(&args.out, exported.text.as_bytes())?,
        }
    } else {
        report.text = for_stdout(exported.text, io::stdout().is_terminal());
    }
    Ok(report)
}

fn told(args: &Export, exported: &Exported, is_file: bool) -> Report {
    let Exported { text, entries, made, left_out, sensitive } = exported;
    let mut line = format!("{}: {entries} resources of the record", args.out.display());
    if *made > 0 {
        line.push_str(&format!(", {made} made for it"));
    }
    if *left_out > 0 {
        line.push_str(&format!("; {left_out} are not part of a summary"));
    }
    let data = json!({
        "format": match args.format {
            Format::Bundle => "bundle",
            Format::Ips => "ips",
            Format::Consent => "consent",
            Format::Audit => "audit",
        },
        "entries": entries,
        "made": made,
        "leftOut": left_out,
        "sensitive": sensitive,
        "file": is_file.then_some(&args.out),
        // As text: JSON that is written anew may change the digits of numbers.
        "bundle": (!is_file).then_some(text),
    });
    Report::new(data, printable(&line))
}

/// The text as it is; for a terminal with those characters spelled out that would drive it. They stand
/// only inside of strings, where `\u` says the same.
fn for_stdout(text: String, is_terminal: bool) -> String {
    if !is_terminal {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if drives_a_terminal(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// A resource with what has to live as long as its bytes.
struct Kept<'c> {
    section: &'c str,
    seq: u32,
    body: String,
    origin: Origin,
    author: Account,
    time: Instant,
    standing: Standing,
    is_correction: bool,
    transaction: Transaction,
}

/// A text: by itself, or about an entry.
struct Said<'c> {
    section: &'c str,
    target: Option<u32>,
    seq: u32,
    text: String,
    author: Account,
    time: Instant,
}

/// What the sections hold.
#[derive(Default)]
struct Contents<'c> {
    kept: Vec<Kept<'c>>,
    said: Vec<Said<'c>>,
    warnings: Vec<String>,
}

/// The bundle or summary.
fn resources(
    holder: &Holder,
    chart: &Chart,
    args: &Export,
    warnings: &mut Vec<String>,
) -> Result<Exported, Error> {
    let wanted: Vec<&SectionChart> =
        args.section.iter().map(|name| chart.require(name)).collect::<Result<_, _>>()?;
    let is_wanted = |section: &SectionChart| {
        wanted.is_empty() || wanted.iter().any(|one| one.section.handle == section.section.handle)
    };
    let mut contents = Contents::default();
    for section in &chart.sections {
        if is_wanted(section) {
            contents.take(holder, section);
        } else if section.name.as_deref() == Some(Section::Profile.name()) {
            // References to the patient lead somewhere.
            let mut profile = Contents::default();
            profile.take(holder, section);
            let patients = profile
                .kept
                .into_iter()
                .filter(|one| type_and_id(&one.body).is_some_and(|(kind, _)| kind == "Patient"));
            contents.kept.extend(patients);
        }
    }
    warnings.append(&mut contents.warnings);
    let held: Vec<Held<'_>> = contents.kept.iter().map(Kept::held).collect();
    let remarks: Vec<Remark<'_>> = contents.said.iter().filter_map(Said::remark).collect();
    let notes: Vec<Note<'_>> = contents.said.iter().filter_map(Said::note).collect();
    let about = About {
        record: chain::record(holder, chart),
        at: Instant(now()),
        has_provenance: args.provenance,
        owner: Some(chain::account(holder, chart.owner)),
        notes: &notes,
        remarks: &remarks,
    };
    Ok(match (args.format, args.all) {
        (Format::Ips, _) if chart.owner == holder.account.address => {
            summary(&held, &about, Author::Patient)
        }
        (Format::Ips, _) => {
            let account = chain::account(holder, holder.account.address);
            summary(&held, &about, Author::Account { account, display: None })
        }
        (_, true) => history(&held, &about),
        (_, false) => collection(&held, &about),
    })
}

impl<'c> Contents<'c> {
    /// Takes what a section holds.
    fn take(&mut self, holder: &Holder, section: &'c SectionChart) {
        let opened = || {
            let entries = section.entries.iter();
            entries.filter_map(|entry| Some((entry, entry.frame.as_ref().ok()?)))
        };
        self.warn_of_closed(section);
        let standings = standings(opened().map(|(entry, frame)| (entry.seq, frame.operation)));
        for (entry, frame) in opened() {
            if let Ok(body) = frame.body()
                && let Ok(body) = String::from_utf8(body.to_vec())
            {
                self.entry(holder, section, entry, frame, body, &standings);
            } else {
                let (seq, label) = (entry.seq, section.label());
                self.warnings.push(format!("entry {seq} of {label} is no text; it is left out"));
            }
        }
    }

    fn entry(
        &mut self,
        holder: &Holder,
        section: &'c SectionChart,
        entry: &Opened,
        frame: &Frame,
        body: String,
        standings: &BTreeMap<u32, Stand>,
    ) {
        let name = section.name.as_deref().unwrap_or("unnamed");
        let author = chain::account(holder, entry.author);
        let (seq, time) = (entry.seq, Instant(entry.time));
        let said = |target, text| Said { section: name, target, seq, text, author, time };
        let standing = match (standings.get(&seq), frame.operation) {
            (Some(Stand::Current), _) => Standing::Current,
            (Some(Stand::Corrected { .. }), _) => Standing::Corrected,
            (Some(Stand::Retracted { .. }), _) => Standing::Retracted,
            (Some(Stand::About { target }), Operation::Annotate(_)) => {
                // A remark about an earlier version is one about the statement.
                let target = match standings.get(target) {
                    Some(Stand::Corrected { by }) => *by,
                    _ => *target,
                };
                let text = Annotation::of(frame).map_or(body, |remark| remark.text().to_owned());
                self.said.push(said(Some(target), text));
                return;
            }
            // A retraction says nothing by itself, and what has no target changes nothing.
            _ => return,
        };
        if frame.body_type != BodyType::Fhir || type_and_id(&body).is_none() {
            if standing == Standing::Current {
                self.said.push(said(None, body));
            }
            return;
        }
        self.kept.push(Kept {
            section: name,
            seq,
            origin: origin::origin(frame, &body),
            body,
            author,
            time,
            standing,
            is_correction: matches!(frame.operation, Operation::Amend(_)),
            transaction: chain::transaction(holder, entry.transaction),
        });
    }

    /// Names the entries that cannot be opened: runs of one author for one reason in one line.
    fn warn_of_closed(&mut self, section: &SectionChart) {
        let closed = section.entries.iter().filter_map(|entry| {
            let reason = entry.frame.as_ref().err()?.to_string();
            Some((entry.seq, entry.author, reason))
        });
        let closed: Vec<_> = closed.collect();
        let is_run = |a: &(u32, Address, String), b: &(u32, Address, String)| {
            (a.0 + 1, a.1, &a.2) == (b.0, b.1, &b.2)
        };
        for run in closed.chunk_by(is_run) {
            let ((first, author, reason), last) = (&run[0], run[run.len() - 1].0);
            let label = section.label();
            self.warnings.push(match *first == last {
                true => format!("entry {first} of {label} by {author}: {reason}"),
                false => format!("entries {first} to {last} of {label} by {author}: {reason}"),
            });
        }
    }
}

impl Kept<'_> {
    fn held(&self) -> Held<'_> {
        Held {
            section: self.section,
            seq: self.seq,
            body: &self.body,
            origin: self.origin.clone(),
            author: self.author,
            time: self.time,
            standing: self.standing,
            is_correction: self.is_correction,
            transaction: Some(self.transaction),
        }
    }
}

impl Said<'_> {
    fn remark(&self) -> Option<Remark<'_>> {
        let Self { section, target, seq, text, author, time } = self;
        let target = (*target)?;
        Some(Remark { section, target, seq: *seq, text, author: *author, time: *time })
    }

    fn note(&self) -> Option<Note<'_>> {
        let Self { section, target, seq, text, author, time } = self;
        let note = Note { section, seq: *seq, text, author: *author, time: *time };
        target.is_none().then_some(note)
    }
}
