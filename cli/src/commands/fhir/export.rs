//! `chartkey fhir export`: the record as FHIR R4.

use std::io::{self, IsTerminal};
use std::path::Path;

use chartkey_crypto::{BodyType, Operation, standings};
use chartkey_fhir::export::{
    About, Account, Author, Exported, Held, Instant, Remark, Standing, Transaction, collection,
    history, summary,
};
use chartkey_fhir::{Origin, Section, type_and_id};
use serde_json::json;

use super::{chain, origin};
use crate::args::{Export, Format};
use crate::dates::now;
use crate::error::Error;
use crate::files::{self, FileError};
use crate::output::Report;
use crate::records::{Chart, Holder, SectionChart};
use crate::session::Session;
use crate::text::{drives_a_terminal, printable};

pub(super) async fn run(session: &Session, args: &Export) -> Result<Report, Error> {
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
    transaction: Transaction,
}

/// What was said about an entry.
struct Said<'c> {
    section: &'c str,
    target: u32,
    seq: u32,
    text: String,
    author: Account,
    time: Instant,
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
    let (mut kept, mut said) = (Vec::new(), Vec::new());
    let mut others = 0;
    for section in &chart.sections {
        if is_wanted(section) {
            others += take(holder, section, &mut kept, &mut said, warnings);
        } else if section.name.as_deref() == Some(Section::Profile.name()) {
            // References to the patient lead somewhere.
            let mut profile = Vec::new();
            take(holder, section, &mut profile, &mut Vec::new(), &mut Vec::new());
            let patients = profile
                .into_iter()
                .filter(|one| type_and_id(&one.body).is_some_and(|(kind, _)| kind == "Patient"));
            kept.extend(patients);
        }
    }
    if others > 0 {
        warnings
            .push(format!("{others} entries are texts and no FHIR resources; they are not in it"));
    }
    let held: Vec<Held<'_>> = kept.iter().map(Kept::held).collect();
    let remarks: Vec<Remark<'_>> = said.iter().map(Said::remark).collect();
    let about = About {
        record: chain::record(holder, chart),
        at: Instant(now()),
        has_provenance: args.provenance,
        owner: Some(chain::account(holder, chart.owner)),
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

/// Takes what a section holds; returns how many entries are no FHIR resources.
fn take<'c>(
    holder: &Holder,
    section: &'c SectionChart,
    kept: &mut Vec<Kept<'c>>,
    said: &mut Vec<Said<'c>>,
    warnings: &mut Vec<String>,
) -> usize {
    let name = section.name.as_deref().unwrap_or("unnamed");
    let opened = || {
        let entries = section.entries.iter();
        entries.filter_map(|entry| Some((entry, entry.frame.as_ref().ok()?)))
    };
    for entry in &section.entries {
        if let Err(error) = &entry.frame {
            let label = section.label();
            warnings.push(format!("entry {} of {label} by {}: {error}", entry.seq, entry.author));
        }
    }
    let standings = standings(opened().map(|(entry, frame)| (entry.seq, frame.operation)));
    let mut others = 0;
    for (entry, frame) in opened() {
        let Some(body) = frame.body().ok().and_then(|body| String::from_utf8(body.to_vec()).ok())
        else {
            others += 1;
            continue;
        };
        let author = chain::account(holder, entry.author);
        let (seq, time) = (entry.seq, Instant(entry.time));
        use chartkey_crypto::Standing as Of;
        let standing = match (standings.get(&seq), frame.operation) {
            (Some(Of::Current), _) => Standing::Current,
            (Some(Of::Corrected { .. }), _) => Standing::Corrected,
            (Some(Of::Retracted { .. }), _) => Standing::Retracted,
            (Some(Of::About { target }), Operation::Annotate(_)) => {
                // A remark about an earlier version is one about the statement.
                let target = match standings.get(target) {
                    Some(Of::Corrected { by }) => *by,
                    _ => *target,
                };
                said.push(Said { section: name, target, seq, text: body, author, time });
                continue;
            }
            // A retraction says nothing by itself, and what has no target changes nothing.
            _ => continue,
        };
        if frame.body_type != BodyType::Fhir || type_and_id(&body).is_none() {
            others += 1;
            continue;
        }
        kept.push(Kept {
            section: name,
            seq,
            origin: origin::origin(frame, &body),
            body,
            author,
            time,
            standing,
            transaction: chain::transaction(holder, entry.transaction),
        });
    }
    others
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
            transaction: Some(self.transaction),
        }
    }
}

impl Said<'_> {
    fn remark(&self) -> Remark<'_> {
        Remark {
            section: self.section,
            target: self.target,
            seq: self.seq,
            text: &self.text,
            author: self.author,
            time: self.time,
        }
    }
}
