//! What the chain knows, as resources.

use chartkey_fhir::export::{
    Account, Actor, AuditEvent, Authorship, Deed, Grant, Happening, Instant, Outcome, Permission,
    RecordRef, Subject, Transaction, audit_event, consent, of_resources, provenance,
};
use chartkey_fhir::{Section, read};
use serde_json::Value;

const OWNER: Account = Account { chain_id: 1, address: [7; 20] };
const DOCTOR: Account = Account { chain_id: 1, address: [8; 20] };
const RECORD: RecordRef = RecordRef { chain_id: 1, contract: [1; 20], id: [2; 32] };
const SUBJECT: Subject<'static> = Subject { record: RECORD, patient: None };
const NOW: Instant = Instant(1_764_109_164);

const fn grant() -> Grant<'static> {
    Grant {
        subject: SUBJECT,
        number: u32::MAX,
        grantor: OWNER,
        grantee: DOCTOR,
        display: None,
        sections: &["medical history"],
        permissions: &[Permission::Read, Permission::Rotate],
        purpose: "TREAT",
        start: NOW,
        end: None,
        is_over: false,
        transaction: None,
    }
}

const fn event(happening: Happening<'static>) -> AuditEvent<'static> {
    AuditEvent {
        number: u32::MAX,
        subject: SUBJECT,
        happening,
        recorded: NOW,
        actor: Actor { account: DOCTOR, display: None, credential: None, on_behalf_of: None },
        sections: &["medications"],
        entry: Some(("medications", 3)),
        purpose: Some("TREAT"),
        consent: None,
        outcome: Outcome::Success,
        transaction: None,
    }
}

const fn authorship() -> Authorship<'static> {
    Authorship {
        subject: SUBJECT,
        section: "consent and audit",
        seq: u32::MAX,
        target: None,
        author: OWNER,
        display: None,
        is_patient: true,
        recorded: NOW,
        deed: Deed::Create,
        reason: None,
        transaction: Some(Transaction { chain_id: 1, hash: [9; 32] }),
    }
}

fn parsed((id, text): &(String, String)) -> Value {
    let resource: Value = serde_json::from_str(text).unwrap();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    assert!(id.len() <= 64 && id.bytes().all(is_allowed), "{id}");
    assert_eq!(resource["id"], **id);
    assert!(!text.contains("\"\"") && !text.contains("[]") && !text.contains("{}"), "{text}");
    assert!(!text.contains("null"), "{text}");
    resource
}

#[test]
fn a_grant_is_a_consent_until_it_is_over() {
    let active = parsed(&consent(&grant()));
    let over = parsed(&consent(&Grant { is_over: true, end: Some(NOW), ..grant() }));

    assert_eq!((&active["status"], &over["status"]), (&"active".into(), &"inactive".into()));
    let provision = &active["provision"];
    assert_eq!(provision["period"]["start"], "2025-11-25T22:19:24Z");
    assert_eq!(provision["period"]["end"], Value::Null, "an open end is no end");
    assert_eq!(over["provision"]["period"]["end"], "2025-11-25T22:19:24Z");
    assert_eq!(provision["class"][0]["code"], "medical-history");
    assert_eq!(provision["action"].as_array().map(Vec::len), Some(1), "upkeep is no action");
    let who = &provision["actor"][0]["reference"]["identifier"]["value"];
    assert_eq!(who, "eip155:1:0x0808080808080808080808080808080808080808");
}

#[test]
fn events_follow_the_patterns() {
    for (happening, kind, subtype, action) in [
        (Happening::Create, "rest", "create", "C"),
        (Happening::Read, "rest", "read", "R"),
        (Happening::Update, "rest", "update", "U"),
        (Happening::Delete, "rest", "delete", "D"),
        (Happening::Query("Condition?patient=p"), "rest", "search", "E"),
        (Happening::Disclosure(DOCTOR), "110106", "disclose", "R"),
        (Happening::ConsentGiven(DOCTOR), "rest", "create", "C"),
        (Happening::ConsentWithdrawn(DOCTOR), "rest", "update", "U"),
        (Happening::Decision, "110113", "AuthZ-Consent", "E"),
        (Happening::EmergencyStarted, "110113", "110127", "E"),
        (Happening::EmergencyStopped, "110113", "110138", "E"),
    ] {
        let event = parsed(&audit_event(&event(happening)));

        assert_eq!(event["type"]["code"], kind, "{happening:?}");
        assert_eq!(event["subtype"][0]["code"], subtype, "{happening:?}");
        assert_eq!(event["action"], action, "{happening:?}");
        let agents = event["agent"].as_array().unwrap();
        let requestors = agents.iter().filter(|agent| agent["requestor"] == true).count();
        assert_eq!(requestors, 1, "{happening:?}");
        for (index, agent) in agents.iter().enumerate() {
            assert!(agent["requestor"].is_boolean() && !agent["who"].is_null(), "{index}");
        }
        assert_eq!(event["entity"][0]["role"]["code"], "1", "the patient");
        assert!(event["entity"].as_array().unwrap().len() >= 2);
    }
}

#[test]
fn reading_flows_from_the_program_and_writing_to_it() {
    let code = |happening, agent: usize| {
        parsed(&audit_event(&event(happening)))["agent"][agent]["type"]["coding"][0]["code"].clone()
    };

    assert_eq!(
        (code(Happening::Create, 0), code(Happening::Create, 1)),
        ("110153".into(), "110152".into())
    );
    assert_eq!(
        (code(Happening::Read, 0), code(Happening::Read, 1)),
        ("110152".into(), "110153".into())
    );
}

#[test]
fn a_refused_attempt_says_why() {
    let refused = AuditEvent {
        outcome: Outcome::Refused("the grant has run out"),
        ..event(Happening::Create)
    };

    let event = parsed(&audit_event(&refused));

    assert_eq!(
        (&event["outcome"], &event["outcomeDesc"]),
        (&"8".into(), &"the grant has run out".into())
    );
}

#[test]
fn the_patient_is_the_author_of_what_the_patient_wrote() {
    let own = parsed(&provenance(&authorship()));
    let other = parsed(&provenance(&Authorship { is_patient: false, ..authorship() }));

    assert_eq!(own["agent"][0]["who"]["type"], "Patient");
    assert_eq!(other["agent"][0]["who"]["type"], Value::Null);
    let account = "eip155:1:0x0707070707070707070707070707070707070707";
    assert_eq!(other["agent"][0]["who"]["identifier"]["value"], account);
    assert_eq!(own["agent"][0]["type"]["coding"][0]["code"], "author");
    let signature = &own["signature"][0];
    assert_eq!(signature["who"]["identifier"]["value"], account, "the key that signed");
    let transaction = &signature["extension"][0]["valueIdentifier"]["value"];
    assert_eq!(transaction, &format!("eip155:1:0x{}", "09".repeat(32)));
}

#[test]
fn our_own_reader_takes_all_of_them() {
    let mut resources = vec![consent(&grant()), provenance(&authorship())];
    for happening in [Happening::Read, Happening::Disclosure(DOCTOR), Happening::EmergencyStarted] {
        resources.push(audit_event(&event(happening)));
    }
    let resources: Vec<_> = resources
        .into_iter()
        .enumerate()
        .map(|(n, (_, text))| (format!("urn:uuid:{n}"), text))
        .collect();

    let exported = of_resources(&resources, NOW);
    let import = read(exported.text.as_bytes()).unwrap();

    assert_eq!(import.refused, vec![]);
    assert!(import.entries.iter().all(|entry| entry.section == Section::ConsentAndAudit));
    assert!(
        import.patient.id.starts_with("urn:chartkey:record|eip155:1:"),
        "{}",
        import.patient.id
    );
}
