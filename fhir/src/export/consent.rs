//! A grant of access as a Consent.

use serde_json::{Value, json};

use super::json::text;
use super::systems::{ACT_CODE, ACT_REASON, LOINC, PARTICIPATION, SECTION, coding, concept};
use super::{Account, Instant, RecordRef, Subject, Transaction};

/// What a grantee may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Open entries.
    Read,
    /// Append entries.
    Write,
    /// Renew the keys.
    Rotate,
    /// Give others what it has.
    Grant,
}

/// A grant, as the contract stores it and the owner's client names it.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// The patient.
    pub subject: Subject<'a>,
    /// Number of the grant in the access chain.
    pub number: u32,
    /// Who gave it.
    pub grantor: Account,
    /// Who has it.
    pub grantee: Account,
    /// Name of the grantee for people.
    pub display: Option<&'a str>,
    /// Names of the sections; never on chain.
    pub sections: &'a [&'a str],
    /// What the grantee may do.
    pub permissions: &'a [Permission],
    /// Purpose of use: a code of v3 ActReason.
    pub purpose: &'a str,
    /// Since when.
    pub start: Instant,
    /// Until when; `None` if it was given without end.
    pub end: Option<Instant>,
    /// It was revoked, or has run out.
    pub is_over: bool,
    /// The transaction that gave it.
    pub transaction: Option<Transaction>,
}

/// The id of the Consent of the grant with this number in the access chain of a record.
#[must_use]
pub fn consent_id(record: &RecordRef, number: u32) -> String {
    format!("grant-{}-{number}", record.short())
}

/// A Consent: id and JSON text.
///
/// `inactive` once it was revoked or has run out. Sections are in it by name: it is for the holder's own
/// files and whom they show it to.
#[must_use]
pub fn consent(grant: &Grant<'_>) -> (String, String) {
    let id = consent_id(&grant.subject.record, grant.number);
    let mut actions: Vec<Value> = Vec::new();
    for permission in grant.permissions {
        let (code, name) = match permission {
            Permission::Read => ("access", "Access"),
            Permission::Write => ("collect", "Collect"),
            Permission::Grant => ("disclose", "Disclose"),
            // Renewing keys is upkeep of what the other permissions are about.
            Permission::Rotate => continue,
        };
        let action = concept("http://terminology.hl7.org/CodeSystem/consentaction", code, name);
        actions.push(action);
    }
    let sections: Vec<_> =
        grant.sections.iter().map(|name| coding(SECTION, &name.replace(' ', "-"), name)).collect();
    let resource = json!({
        "resourceType": "Consent",
        "id": id,
        "extension": grant.transaction.map(|transaction| transaction.extension()),
        "status": if grant.is_over { "inactive" } else { "active" },
        "scope": concept(
            "http://terminology.hl7.org/CodeSystem/consentscope",
            "patient-privacy",
            "Privacy Consent",
        ),
        "category": [concept(LOINC, "59284-0", "Consent Document")],
        "patient": grant.subject.reference(),
        "dateTime": grant.start.to_string(),
        "performer": [grant.grantor.reference(None)],
        // Who is not named has no access: nothing is shared unless it was opted into.
        "policyRule": concept(ACT_CODE, "OPTIN", "opt-in"),
        "provision": {
            "type": "permit",
            "period": {
                "start": grant.start.to_string(),
                "end": grant.end.map(|end| end.to_string()),
            },
            "actor": [{
                "role": concept(PARTICIPATION, "IRCP", "information recipient"),
                "reference": grant.grantee.reference(grant.display),
            }],
            "action": actions,
            "purpose": [{"system": ACT_REASON, "code": grant.purpose}],
            "class": sections,
        },
    });
    (id, text(resource))
}
