//! Who wrote an entry, as the chain proves it.

use serde_json::{Value, json};

use super::json::text;
use super::systems::{PARTICIPATION, concept};
use super::{Account, Instant, Subject, Transaction};

const OPERATION: &str = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
/// ASTM E1762: the signature of an author.
const AUTHORS_SIGNATURE: &str = "1.2.840.10065.1.12.1.1";

/// What was done to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It was made.
    Create,
    /// A version was added that corrects it.
    Update,
    /// It was retracted (`entered-in-error`).
    Nullify,
}

/// Authorship of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Authorship<'a> {
    /// The patient.
    pub subject: Subject<'a>,
    /// Section of the entry.
    pub section: &'a str,
    /// Number of the entry.
    pub seq: u32,
    /// `fullUrl` or reference of the resource; by identifier only where there is none.
    pub target: Option<&'a str>,
    /// The account that the chain accepted it from.
    pub author: Account,
    /// Name of the author for people.
    pub display: Option<&'a str>,
    /// The author is the patient.
    pub is_patient: bool,
    /// Block time.
    pub recorded: Instant,
    /// What was done.
    pub deed: Deed,
    /// Why, for corrections and retractions.
    pub reason: Option<&'a str>,
    /// The transaction, signed by the author's key.
    pub transaction: Option<Transaction>,
}

/// A Provenance: id and JSON text.
#[must_use]
pub fn provenance(of: &Authorship<'_>) -> (String, String) {
    let record = of.subject.record;
    let section = of.section.replace(' ', "-");
    let id: String = format!("prov-{}-{}-{}", record.short(), of.seq, section);
    let id: String = id.chars().take(64).collect();
    let (code, name) = match of.deed {
        Deed::Create => ("CREATE", "create"),
        Deed::Update => ("UPDATE", "revise"),
        Deed::Nullify => ("NULLIFY", "nullify"),
    };
    let mut who =
        if of.is_patient { of.subject.reference() } else { of.author.reference(of.display) };
    if of.is_patient {
        // The patient is named by the record; the key that signed belongs to the statement as well.
        who["display"] = Value::from(of.author.to_string());
    }
    let signature = of.transaction.map(|transaction| {
        json!([{
            "extension": transaction.extension(),
            "type": [{
                "system": "urn:iso-astm:E1762-95:2013",
                "code": AUTHORS_SIGNATURE,
                "display": "Author's Signature",
            }],
            "when": of.recorded.to_string(),
            "who": {"identifier": of.author.identifier()},
        }])
    });
    let resource = json!({
        "resourceType": "Provenance",
        "id": id,
        "target": [{
            "reference": of.target,
            "identifier": record.entry(of.section, of.seq),
        }],
        "recorded": of.recorded.to_string(),
        "reason": of.reason.map(|reason| json!([{"text": reason}])),
        "activity": concept(OPERATION, code, name),
        "agent": [{
            "type": concept(
                "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                "author",
                "Author",
            ),
            "role": [concept(PARTICIPATION, "AUT", "author (originator)")],
            "who": who,
        }],
        "signature": signature,
    });
    (id, text(resource))
}
