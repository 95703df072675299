//! Writes what the export makes of files, for validators of other people (`make compat-fhir`).
//!
//! `cargo run -p chartkey-fhir --example export -- FOLDER FILE…` writes, for each patient of each file, a
//! collection, a summary and a history, and beside them one Consent, AuditEvents of every kind and a
//! Provenance.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use chartkey_fhir::export::{
    About, Account, Actor, AuditEvent, Author, Authorship, Deed, Grant, Happening, Held, Instant,
    Note, Outcome, Permission, RecordRef, Remark, Standing, Subject, Transaction, audit_event,
    collection, consent, history, of_resources, provenance, summary,
};
use chartkey_fhir::{FhirError, Import, Said, read_as};

const CHAIN: u64 = 412_346;
const OWNER: Account = Account { chain_id: CHAIN, address: [7; 20] };
const CLINICIAN: Account = Account { chain_id: CHAIN, address: [8; 20] };
const RECORD: RecordRef = RecordRef { chain_id: CHAIN, contract: [1; 20], id: [2; 32] };
const NOW: Instant = Instant(1_764_109_164);
const TRANSACTION: Option<Transaction> = Some(Transaction { chain_id: CHAIN, hash: [9; 32] });

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let folder = args.next().ok_or("usage: export FOLDER FILE…")?;
    fs::create_dir_all(&folder)?;
    for path in args {
        let file = fs::read(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (index, import) in imports(&file)?.iter().enumerate() {
            bundles(&folder, &format!("{name}-{index}"), import)?;
        }
    }
    made(&folder)
}

fn imports(file: &[u8]) -> Result<Vec<Import<'_>>, FhirError> {
    let chosen = |patient| read_as(file, &Said { patient, ..Said::default() });
    match chosen(None) {
        Err(FhirError::SeveralPatients(ids)) => ids.iter().map(|id| chosen(Some(id))).collect(),
        Err(FhirError::NoPatient) => Ok(vec![]),
        other => Ok(vec![other?]),
    }
}

fn bundles(folder: &Path, name: &str, import: &Import<'_>) -> Result<(), Box<dyn Error>> {
    let held: Vec<_> = (2_u32..)
        .zip(&import.entries)
        .map(|(seq, entry)| Held {
            section: entry.section.name(),
            seq,
            body: entry.body,
            origin: entry.origin.clone(),
            author: OWNER,
            time: Instant(NOW.0 - 5_000 + u64::from(seq)),
            standing: Standing::Current,
            is_correction: false,
            transaction: TRANSACTION,
        })
        .collect();
    // About every entry that is the third of its file.
    let remarks: Vec<_> = held
        .iter()
        .filter(|one| one.seq == 4)
        .map(|one| Remark {
            section: one.section,
            target: one.seq,
            seq: 9_000,
            text: "I disagree",
            author: OWNER,
            time: NOW,
        })
        .collect();
    let notes = [Note {
        section: "documents",
        seq: 9_001,
        text: "A note <of> the patient",
        author: OWNER,
        time: NOW,
    }];
    let about = About {
        record: RECORD,
        at: NOW,
        has_provenance: true,
        owner: Some(OWNER),
        notes: &notes,
        remarks: &remarks,
    };
    let write =
        |kind: &str, text: String| fs::write(folder.join(format!("{name}.{kind}.json")), text);
    write("collection", collection(&held, &about).text)?;
    write("summary", summary(&held, &about, Author::Patient).text)?;
    Ok(write("history", history(&held, &about).text)?)
}

/// Resources that are made of what the chain knows.
fn made(folder: &Path) -> Result<(), Box<dyn Error>> {
    let subject = Subject { record: RECORD, patient: Some("Patient/p") };
    let sections = ["medications", "medical history"];
    let grant = Grant {
        subject,
        number: 4,
        grantor: OWNER,
        grantee: CLINICIAN,
        display: Some("Testcase, Doc"),
        sections: &sections,
        permissions: &[Permission::Read, Permission::Write, Permission::Rotate, Permission::Grant],
        purpose: "TREAT",
        start: Instant(NOW.0 - 86_400),
        end: Some(NOW),
        is_over: false,
        transaction: TRANSACTION,
    };
    let (consent_id, text) = consent(&grant);
    let mut resources = vec![(format!("https://chartkey.invalid/fhir/Consent/{consent_id}"), text)];
    let happenings = [
        Happening::Create,
        Happening::Read,
        Happening::Update,
        Happening::Delete,
        Happening::Query("Condition?patient=p"),
        Happening::Disclosure(CLINICIAN),
        Happening::ConsentGiven(CLINICIAN),
        Happening::ConsentWithdrawn(CLINICIAN),
        Happening::Decision,
        Happening::EmergencyStarted,
        Happening::EmergencyStopped,
        Happening::EmergencyReviewed(false),
    ];
    for (number, happening) in (1..).zip(happenings) {
        let is_refused = happening == Happening::Decision;
        let event = AuditEvent {
            number,
            subject,
            happening,
            recorded: NOW,
            actor: Actor {
                account: CLINICIAN,
                display: Some("Testcase, Doc"),
                credential: Some("urn:chartkey:credential:1"),
                on_behalf_of: (number == 1).then_some(OWNER),
            },
            sections: &sections,
            entry: Some(("medications", 7)),
            purpose: Some("TREAT"),
            consent: Some(&consent_id),
            outcome: if is_refused { Outcome::Refused("no grant") } else { Outcome::Success },
            transaction: TRANSACTION,
        };
        let (id, text) = audit_event(&event);
        resources.push((format!("https://chartkey.invalid/fhir/AuditEvent/{id}"), text));
    }
    for deed in [Deed::Create, Deed::Update, Deed::Nullify] {
        let authorship = Authorship {
            subject,
            section: "medications",
            seq: 7 + deed as u32,
            target: Some("MedicationStatement/m"),
            author: CLINICIAN,
            display: Some("Testcase, Doc"),
            is_patient: deed == Deed::Create,
            recorded: NOW,
            deed,
            reason: (deed != Deed::Create).then_some("typed wrong"),
            transaction: TRANSACTION,
        };
        let (id, text) = provenance(&authorship);
        resources.push((format!("https://chartkey.invalid/fhir/Provenance/{id}"), text));
    }
    fs::write(folder.join("made.collection.json"), of_resources(&resources, NOW).text)?;
    Ok(())
}
