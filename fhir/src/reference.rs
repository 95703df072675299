//! References to the patient: which elements hold them and whom they mean.

use std::collections::BTreeSet;

use serde_json::Value;

/// An `Identifier`: system and value, compared as they stand.
pub(crate) type Identifier = (String, String);

/// One reference that says whose resource it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pointer {
    /// `Patient/1`, `urn:uuid:…`, absolute, without version.
    pub(crate) target: Option<String>,
    /// By identifier: given with the reference, in a conditional one, or of a contained Patient.
    pub(crate) identifiers: Vec<Identifier>,
}

/// One Patient resource, as references name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) id: Option<String>,
    /// Without version.
    pub(crate) full_url: Option<String>,
}

/// The person whose record is imported, as far as references can name them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// Several where the file says that its Patients are one person.
    pub(crate) names: Vec<Name>,
    pub(crate) identifiers: Vec<Identifier>,
    /// `fullUrl`s of the file's other resources: a reference to one of them names no patient.
    pub(crate) things: BTreeSet<String>,
    /// No Patient resource says who it is; references do.
    pub(crate) is_only_named: bool,
}

/// Whom a reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    Another,
    /// Display only, an unknown identifier, or not a patient.
    Unknown,
}

/// All references of a resource that say whose it is; `None` in place of one with a wrong JSON type.
pub(crate) fn pointers(resource: &Value) -> Option<Vec<Pointer>> {
    let mut found = Vec::new();
    for name in ["subject", "patient", "beneficiary"] {
        collect(resource, &resource[name], &mut found)?;
    }
    match resource["resourceType"].as_str() {
        Some("Appointment") => nested(resource, "participant", "actor", &mut found)?,
        Some("AuditEvent") => {
            // An identifier alone names whatever the entity is; of a person, by the entity's role.
            let entities = resource["entity"].as_array().into_iter().flatten();
            for entity in entities.filter(|entity| {
                !entity["what"]["reference"].is_null() || entity["role"]["code"] == "1"
            }) {
                collect(resource, &entity["what"], &mut found)?;
            }
        }
        Some("AppointmentResponse" | "Schedule") => {
            collect(resource, &resource["actor"], &mut found)?;
        }
        Some("Provenance") => {
            collect(resource, &resource["target"], &mut found)?;
            // What it is about may be anything; only a reference can tell that it is a patient.
            found.retain(|pointer| pointer.target.is_some());
        }
        Some("Task") => collect(resource, &resource["for"], &mut found)?,
        Some("ResearchSubject") => collect(resource, &resource["individual"], &mut found)?,
        _ => {}
    }
    Some(found)
}

/// Resources that a Patient or a Linkage calls the same person; `None` in place of one with a wrong JSON
/// type.
pub(crate) fn links(resource: &Value) -> Option<Vec<Pointer>> {
    let mut found = Vec::new();
    match resource["resourceType"].as_str() {
        Some("Patient") => nested(resource, "link", "other", &mut found)?,
        Some("Linkage") => nested(resource, "item", "resource", &mut found)?,
        _ => {}
    }
    Some(found)
}

fn nested(resource: &Value, list: &str, inner: &str, found: &mut Vec<Pointer>) -> Option<()> {
    let items = resource[list].as_array().into_iter().flatten();
    items.map(|item| collect(resource, &item[inner], found)).collect()
}

fn collect(resource: &Value, value: &Value, found: &mut Vec<Pointer>) -> Option<()> {
    match value {
        Value::Null => Some(()),
        Value::Array(items) => items.iter().map(|item| collect(resource, item, found)).collect(),
        // CodeableConcepts (`subjectCodeableConcept` is apart, but R5 shapes are not): no reference.
        Value::Object(_) => {
            found.push(pointer(resource, value)?);
            Some(())
        }
        _ => None,
    }
}

fn pointer(resource: &Value, value: &Value) -> Option<Pointer> {
    let is_of_patient = value["type"].as_str().is_none_or(|kind| kind == "Patient");
    let own = if is_of_patient { identifiers(&value["identifier"]) } else { Vec::new() };
    let mut pointer = Pointer { target: None, identifiers: own };
    let reference = match &value["reference"] {
        Value::Null => return Some(pointer),
        text => text.as_str()?,
    };
    if let Some(local) = reference.strip_prefix('#') {
        // Local to this resource: two parents may both have `#p1`.
        let contained = resource["contained"].as_array().into_iter().flatten();
        for inner in contained.filter(|inner| inner["id"] == local) {
            if inner["resourceType"] == "Patient" {
                pointer.identifiers.extend(identifiers(&inner["identifier"]));
            }
        }
    } else if let Some((_, query)) = reference.split_once('?') {
        let conditions = query.split('&').filter_map(|part| part.strip_prefix("identifier="));
        let pairs = conditions.filter_map(|condition| condition.split_once('|'));
        if reference.starts_with("Patient?") {
            pointer.identifiers.extend(pairs.map(|(s, v)| (s.to_owned(), v.to_owned())));
        }
    } else {
        pointer.target = Some(without_version(reference).to_owned());
    }
    Some(pointer)
}

/// Identifiers of an element that holds one or a list.
pub(crate) fn identifiers(value: &Value) -> Vec<Identifier> {
    match value {
        Value::Array(items) => items.iter().flat_map(identifiers).collect(),
        _ => {
            let pair = value["system"].as_str().zip(value["value"].as_str());
            pair.map(|(system, value)| (system.to_owned(), value.to_owned())).into_iter().collect()
        }
    }
}

/// The reference without `/_history/2`.
pub(crate) fn without_version(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(unversioned, _)| unversioned)
}

/// Splits `http://server/fhir/Patient/1` or `Patient/1` into base, type and id.
fn parts(reference: &str) -> Option<(&str, &str, &str)> {
    let (head, id) = reference.rsplit_once('/')?;
    let (base, kind) = head.rsplit_once('/').unwrap_or(("", head));
    Some((base, kind, id))
}

impl Pointer {
    /// The patient's id, if the reference names a patient or (`urn:uuid:`) may do so.
    pub(crate) fn named_patient(&self) -> Option<&str> {
        let target = self.target.as_deref()?;
        if target.starts_with("urn:") {
            return Some(target);
        }
        parts(target).filter(|(_, kind, _)| *kind == "Patient").map(|_| target)
    }

    /// Whom it means, in a resource with that `full_url`.
    pub(crate) fn resolve(&self, full_url: Option<&str>, person: &Person) -> Whose {
        let Some(target) = self.named_patient() else {
            return self.by_identifier(person);
        };
        if person.names.iter().any(|name| name.is_meant(target, full_url)) {
            return Whose::Ours;
        }
        if person.things.contains(target) { Whose::Unknown } else { Whose::Another }
    }

    fn by_identifier(&self, person: &Person) -> Whose {
        if self.identifiers.iter().any(|own| person.identifiers.contains(own)) {
            return Whose::Ours;
        }
        let rivals = |(system, _): &Identifier| person.identifiers.iter().any(|(s, _)| s == system);
        if self.identifiers.iter().any(rivals) { Whose::Another } else { Whose::Unknown }
    }
}

impl Name {
    /// Whether a reference means this Patient, in a resource with that `full_url`.
    pub(crate) fn is_meant(&self, target: &str, full_url: Option<&str>) -> bool {
        let ours = self.full_url.as_deref();
        if Some(target) == ours {
            return true;
        }
        let named = parts(target).filter(|_| !target.starts_with("urn:"));
        let Some((base, _, id)) = named else { return false };
        // A relative reference is meant on the server of the resource that has it (FHIR R4, bundle.html).
        let base = if base.is_empty() { full_url.and_then(server).unwrap_or("") } else { base };
        let same_server = base.is_empty() || ours.and_then(server).is_none_or(|own| own == base);
        same_server && self.id.as_deref() == Some(id)
    }
}

/// The server part of an absolute URL of a resource.
fn server(full_url: &str) -> Option<&str> {
    full_url.starts_with("http").then(|| parts(full_url).map(|(base, _, _)| base)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            names: vec![Name {
                id: Some("1".to_owned()),
                full_url: Some("https://a.example/fhir/Patient/1".to_owned()),
            }],
            identifiers: vec![("urn:example:mrn".to_owned(), "7".to_owned())],
            things: BTreeSet::from(["urn:uuid:6f1d9a0e-0000-4000-8000-000000000004".to_owned()]),
            is_only_named: false,
        }
    }

    fn whose(subject: &str, full_url: Option<&str>) -> Whose {
        let text = format!(
            r#"{{"subject": {subject}, "contained": [{{"resourceType": "Patient", "id": "p1",
                "identifier": [{{"system": "urn:example:mrn", "value": "8"}}]}}]}}"#
        );
        let resource: Value = serde_json::from_str(&text).unwrap();
        pointers(&resource).unwrap()[0].resolve(full_url, &person())
    }

    #[test]
    fn every_form_of_reference_finds_the_patient() {
        for reference in [
            "Patient/1",
            "Patient/1/_history/2",
            "https://a.example/fhir/Patient/1",
            "https://a.example/fhir/Patient/1/_history/9",
            "Patient?identifier=urn:example:mrn|7",
        ] {
            let subject = format!(r#"{{"reference": "{reference}"}}"#);
            assert_eq!(whose(&subject, None), Whose::Ours, "{reference}");
        }
    }

    #[test]
    fn another_patient_or_another_server_is_another_person() {
        for reference in [
            "Patient/2",
            "https://b.example/fhir/Patient/1",
            "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
            "#p1",
            "Patient?identifier=urn:example:mrn|8",
        ] {
            let subject = format!(r#"{{"reference": "{reference}"}}"#);
            assert_eq!(whose(&subject, None), Whose::Another, "{reference}");
        }
        let elsewhere = Some("https://b.example/fhir/Condition/5");
        assert_eq!(whose(r#"{"reference": "Patient/1"}"#, elsewhere), Whose::Another);
    }

    #[test]
    fn what_cannot_be_resolved_is_unknown() {
        for subject in [
            r#"{"display": "Edge Testcase"}"#,
            r#"{"reference": "Group/4"}"#,
            r#"{"reference": "urn:uuid:6f1d9a0e-0000-4000-8000-000000000004"}"#,
            r##"{"reference": "#gone"}"##,
            r#"{"identifier": {"system": "urn:example:other", "value": "7"}}"#,
        ] {
            assert_eq!(whose(subject, None), Whose::Unknown, "{subject}");
        }
    }
}
