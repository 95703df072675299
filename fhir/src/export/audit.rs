//! Events as AuditEvents, after IHE's Basic Audit Log Patterns in their patient variants.

use serde_json::{Value, json};

use super::base64::base64;
use super::json::text;
use super::systems::{ACT_REASON, DICOM, PARTICIPATION, SECTION, coding, concept};
use super::{Account, Instant, Subject, Transaction};

const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
/// BALP's own kinds of entity, among them the id of a request.
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
const AUTHORIZATION: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType";
const RESOURCE_TYPE: &str = "http://hl7.org/fhir/resource-types";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening<'a> {
    /// An entry was added.
    Create,
    /// An entry was opened, as its reader reported.
    Read,
    /// A version was added that corrects an entry.
    Update,
    /// An entry was retracted (`entered-in-error`).
    Delete,
    /// Entries were looked for; the request as it was made.
    Query(&'a str),
    /// Entries were given to somebody outside.
    Disclosure(Account),
    /// The patient gave access to this account.
    ConsentGiven(Account),
    /// The patient took the access of this account back.
    ConsentWithdrawn(Account),
    /// Access was decided on by a consent, as for a write by a grantee.
    Decision,
    /// The glass was broken.
    EmergencyStarted,
    /// The emergency access ended.
    EmergencyStopped,
    /// The emergency access was reviewed, and found justified or not.
    EmergencyReviewed(bool),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It was done.
    Success,
    /// It was refused, and why. Refused attempts are events too.
    Refused(&'a str),
}

/// Who did it.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// The account whose key signed.
    pub account: Account,
    /// Name for people.
    pub display: Option<&'a str>,
    /// The credential it acted under, as a policy that applied.
    pub credential: Option<&'a str>,
    /// On whose behalf.
    pub on_behalf_of: Option<Account>,
}

/// One event of a record.
#[derive(Debug, Clone, Copy)]
pub struct AuditEvent<'a> {
    /// A number of its own among the events of the record.
    pub number: u32,
    /// The patient.
    pub subject: Subject<'a>,
    /// What happened.
    pub happening: Happening<'a>,
    /// Block time, or the time that the reader reported.
    pub recorded: Instant,
    /// Who did it.
    pub actor: Actor<'a>,
    /// Names of the sections it was about.
    pub sections: &'a [&'a str],
    /// Section and number of the entry it was about.
    pub entry: Option<(&'a str, u32)>,
    /// Purpose of use: a code of v3 ActReason.
    pub purpose: Option<&'a str>,
    /// The consent it rested on, as an id that [`super::consent`] gave.
    pub consent: Option<&'a str>,
    /// How it ended.
    pub outcome: Outcome<'a>,
    /// The transaction, where there is one.
    pub transaction: Option<Transaction>,
}

/// Type, subtypes, action.
type Pattern = (Value, Vec<Value>, &'static str);

/// An AuditEvent: id and JSON text.
#[must_use]
pub fn audit_event(event: &AuditEvent<'_>) -> (String, String) {
    let id = format!("audit-{}-{}", event.subject.record.short(), event.number);
    let (kind, subtypes, action) = pattern(event.happening);
    let (outcome, outcome_text) = match event.outcome {
        Outcome::Success => ("0", review(event.happening)),
        Outcome::Refused(reason) => ("8", Some(reason)),
    };
    let program = event.subject.record.program();
    let resource = json!({
        "resourceType": "AuditEvent",
        "id": id,
        "type": kind,
        "subtype": subtypes,
        "action": action,
        "recorded": event.recorded.to_string(),
        "outcome": outcome,
        "outcomeDesc": outcome_text,
        "purposeOfEvent": event.purpose.map(|code| json!([{"coding": [{"system": ACT_REASON, "code": code}]}])),
        "agent": agents(event),
        "source": {
            "site": program.to_string(),
            "observer": program.reference(Some("records program")),
            "type": [coding(
                "http://terminology.hl7.org/CodeSystem/security-source-type",
                "4",
                "Application Server",
            )],
        },
        "entity": entities(event),
    });
    (id, text(resource))
}

fn pattern(happening: Happening<'_>) -> Pattern {
    let rest = || coding(EVENT_TYPE, "rest", "Restful Operation");
    let interaction = |code: &str| coding(INTERACTION, code, code);
    let alert = || coding(DICOM, "110113", "Security Alert");
    match happening {
        Happening::Create => (rest(), vec![interaction("create")], "C"),
        Happening::Read => (rest(), vec![interaction("read")], "R"),
        Happening::Update => (rest(), vec![interaction("update")], "U"),
        Happening::Delete => (rest(), vec![interaction("delete")], "D"),
        Happening::Query(_) => (rest(), vec![interaction("search")], "E"),
        Happening::Disclosure(_) => (
            coding(DICOM, "110106", "Export"),
            vec![coding(LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")],
            "R",
        ),
        Happening::ConsentGiven(_) => (rest(), vec![interaction("create")], "C"),
        Happening::ConsentWithdrawn(_) => (rest(), vec![interaction("update")], "U"),
        Happening::Decision => {
            let subtype = coding(
                AUTHORIZATION,
                "AuthZ-Consent",
                "Authorization Decision using Roles and Consent",
            );
            (alert(), vec![subtype], "E")
        }
        Happening::EmergencyStarted => {
            (alert(), vec![coding(DICOM, "110127", "Emergency Override Started")], "E")
        }
        Happening::EmergencyStopped => {
            (alert(), vec![coding(DICOM, "110138", "Emergency Override Stopped")], "E")
        }
        Happening::EmergencyReviewed(_) => (
            alert(),
            vec![
                coding(DICOM, "110127", "Emergency Override Started"),
                coding(LIFECYCLE, "verify", "Verify Record Lifecycle Event"),
            ],
            "E",
        ),
    }
}

const fn review(happening: Happening<'_>) -> Option<&'static str> {
    match happening {
        Happening::EmergencyReviewed(true) => Some("emergency access reviewed: justified"),
        Happening::EmergencyReviewed(false) => Some("emergency access reviewed: unjustified"),
        _ => None,
    }
}

/// The client, the program and the person, with the parts that BALP gives them: data flow from the source
/// to the destination, which for reading is from the program to the client.
fn agents(event: &AuditEvent<'_>) -> Vec<Value> {
    let Actor { account, display, credential, on_behalf_of } = event.actor;
    let program = event.subject.record.program();
    let (client, server, user) = match event.happening {
        Happening::Read => ("110152", "110153", "IRCP"),
        Happening::Query(_) | Happening::Decision => ("110153", "110152", "IRCP"),
        _ => ("110153", "110152", "AUT"),
    };
    let role = |code: &str| {
        let name = if code == "110153" { "Source Role ID" } else { "Destination Role ID" };
        concept(DICOM, code, name)
    };
    // Accounts are the only addresses there are: no host is known, and none is recorded.
    let network = |account: Account| json!({"address": account.to_string(), "type": "5"});
    let person = |kind: Value| {
        json!({
            "type": kind,
            "who": account.reference(display),
            "name": display,
            "requestor": true,
            "policy": credential.map(|credential| json!([credential])),
            "purposeOfUse": event.purpose.map(|code| json!([{"coding": [{"system": ACT_REASON, "code": code}]}])),
        })
    };
    let machine = |kind: Value, account: Account| {
        json!({
            "type": kind,
            "who": account.reference(None),
            "requestor": false,
            "network": network(account),
        })
    };
    let mut agents = match event.happening {
        // At the source: the program is what releases, the recipient whoever receives.
        Happening::Disclosure(recipient) => vec![
            machine(role("110153"), program),
            machine(role("110152"), recipient),
            person(concept("http://snomed.info/sct", "429577009", "Patient Advocate")),
        ],
        _ => {
            let name = if user == "AUT" { "author (originator)" } else { "information recipient" };
            vec![
                machine(role(client), account),
                machine(role(server), program),
                person(concept(PARTICIPATION, user, name)),
            ]
        }
    };
    agents.extend(on_behalf_of.map(|principal| {
        json!({
            "type": concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV", "healthcare provider"),
            "who": principal.reference(None),
            "requestor": false,
        })
    }));
    agents
}

fn entities(event: &AuditEvent<'_>) -> Vec<Value> {
    let record = event.subject.record;
    let mut entities = vec![json!({
        "what": event.subject.reference(),
        "type": coding(ENTITY_TYPE, "1", "Person"),
        "role": coding(ENTITY_ROLE, "1", "Patient"),
    })];
    let sections: Vec<_> =
        event.sections.iter().map(|name| coding(SECTION, &name.replace(' ', "-"), name)).collect();
    if let Happening::Query(request) = event.happening {
        entities.push(json!({
            "type": coding(ENTITY_TYPE, "2", "System Object"),
            "role": coding(ENTITY_ROLE, "24", "Query"),
            "securityLabel": sections,
            "query": base64(request.as_bytes()),
        }));
    } else {
        let what = match event.entry {
            Some((section, seq)) => json!({"identifier": record.entry(section, seq)}),
            None => json!({"identifier": record.identifier()}),
        };
        let grantee = match event.happening {
            Happening::ConsentGiven(account) | Happening::ConsentWithdrawn(account) => {
                Some(account.to_string())
            }
            _ => None,
        };
        entities.push(json!({
            "what": what,
            "type": coding(ENTITY_TYPE, "2", "System Object"),
            "role": coding(ENTITY_ROLE, "4", "Domain Resource"),
            "securityLabel": sections,
            "detail": grantee.map(|grantee| json!([{"type": "grantee", "valueString": grantee}])),
        }));
    }
    entities.extend(event.consent.map(|id| {
        json!({
            "what": {"reference": format!("Consent/{id}"), "type": "Consent"},
            "type": coding(RESOURCE_TYPE, "Consent", "Consent"),
        })
    }));
    entities.extend(event.transaction.map(|transaction| {
        json!({
            "what": {"identifier": transaction.identifier()},
            "type": coding(BALP_ENTITY, "XrequestId", "X-Request-Id"),
        })
    }));
    entities
}
