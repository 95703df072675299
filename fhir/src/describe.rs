//! One line about a resource, for people.

use serde_json::Value;

use crate::plain;

/// Longest title, in characters; a description may be a whole letter.
const MAX_TITLE_CHARS: usize = 160;

/// What a resource is about. Safe to print, never narrative, never to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// FHIR type, or `unknown`.
    pub resource_type: String,
    /// Text or display of the code, or the name; the type where there is neither.
    pub title: String,
    /// Clinical date as the resource has it (`1950`, `2011-05`, date and time with zone), else the
    /// date it was recorded.
    pub date: Option<String>,
    /// FHIR status; `entered-in-error` wins over a clinical status.
    pub status: Option<String>,
}

impl Summary {
    /// Title, date and status in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.title.clone();
        for part in [&self.date, &self.status].into_iter().flatten() {
            line.push_str(", ");
            line.push_str(part);
        }
        line
    }
}

/// Describes one resource, for showing an opened entry. Anything can be described, even if badly.
///
/// ```
/// let summary = chartkey_fhir::describe(
///     r#"{"resourceType": "Condition", "code": {"text": "Burnt Ear"}, "onsetDateTime": "2012"}"#,
/// );
///
/// assert_eq!(summary.line(), "Burnt Ear, 2012");
/// ```
#[must_use]
pub fn describe(body: &str) -> Summary {
    crate::number::value(body).map_or_else(
        |_| Summary {
            resource_type: "unknown".to_owned(),
            title: "unreadable entry".to_owned(),
            date: None,
            status: None,
        },
        |resource| summarize(&resource),
    )
}

/// As [`describe`], for a resource that is parsed already.
pub(crate) fn summarize(resource: &Value) -> Summary {
    let resource_type = shown(&resource["resourceType"]).unwrap_or_else(|| "unknown".to_owned());
    Summary {
        title: title(resource).unwrap_or_else(|| resource_type.clone()),
        date: date(resource),
        status: status(resource),
        resource_type,
    }
}

/// Name of a person: the official one if marked, else the first with any text.
pub(crate) fn person_name(resource: &Value) -> Option<String> {
    let names = resource["name"].as_array()?;
    let official = names.iter().filter(|name| name["use"] == "official");
    official.chain(names).find_map(human_name)
}

fn human_name(name: &Value) -> Option<String> {
    shown(&name["text"]).or_else(|| {
        let given = name["given"].as_array().into_iter().flatten();
        let parts: Vec<_> = given.chain([&name["family"]]).filter_map(shown).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

/// Where titles stand, best first. No R4 resource has two of them that contradict each other.
const CONCEPTS: [&str; 7] = [
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "serviceType",
    "type",
    "scope",
    "category",
];

fn title(resource: &Value) -> Option<String> {
    match resource["resourceType"].as_str() {
        Some("Patient" | "Practitioner" | "RelatedPerson") => return person_name(resource),
        // Its `code` is the role; its `type`, of an allergy, would be "allergy".
        Some("AllergyIntolerance") => return concept(&resource["code"]),
        _ => {}
    }
    ["title", "name"]
        .iter()
        .find_map(|name| shown(&resource[*name]))
        .or_else(|| concept(&resource["description"]))
        .or_else(|| shown(&resource["description"]))
        .or_else(|| medication(resource))
        .or_else(|| CONCEPTS.iter().find_map(|name| concept(&resource[*name])))
        .or_else(|| shown(&resource["deviceName"][0]["name"]))
}

/// `medicationReference`: its display, or the contained Medication, which is local to this resource.
fn medication(resource: &Value) -> Option<String> {
    let reference = &resource["medicationReference"];
    shown(&reference["display"]).or_else(|| {
        let id = reference["reference"].as_str()?.strip_prefix('#')?;
        let contained = resource["contained"].as_array()?;
        concept(&contained.iter().find(|inner| inner["id"] == id)?["code"])
    })
}

/// Text of a `CodeableConcept`, a `Coding` or a list of them: text, else a display, else a code.
fn concept(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(concept),
        Value::Object(_) => {
            let codings = || value["coding"].as_array().into_iter().flatten().chain([value]);
            shown(&value["text"])
                .or_else(|| codings().find_map(|coding| shown(&coding["display"])))
                .or_else(|| codings().find_map(|coding| shown(&coding["code"])))
        }
        _ => None,
    }
}

/// When it was so; after these, when it was written down.
const DATES: [&str; 24] = [
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveInstant",
    "occurrenceDateTime",
    "occurrencePeriod",
    "performedDateTime",
    "performedPeriod",
    "onsetDateTime",
    "onsetPeriod",
    "servicedDate",
    "whenHandedOver",
    "whenPrepared",
    "started",
    "start",
    "startDate",
    "period",
    "billablePeriod",
    "authoredOn",
    "recordedDate",
    "dateAsserted",
    "date",
    "created",
    "recorded",
    "issued",
];

fn date(resource: &Value) -> Option<String> {
    DATES.iter().find_map(|name| {
        let value = &resource[*name];
        shown(value).or_else(|| shown(&value["start"])).or_else(|| shown(&value["end"]))
    })
}

fn status(resource: &Value) -> Option<String> {
    const RETRACTED: &str = "entered-in-error";
    let verification = &resource["verificationStatus"]["coding"];
    if verification.as_array().into_iter().flatten().any(|coding| coding["code"] == RETRACTED) {
        return Some(RETRACTED.to_owned());
    }
    shown(&resource["status"])
        .or_else(|| shown(&resource["clinicalStatus"]["coding"][0]["code"]))
        .or_else(|| shown(&resource["lifecycleStatus"]))
}

/// A string with something in it, safe to print and not longer than a line should be.
fn shown(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let mut short: String = text.chars().take(MAX_TITLE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    (!short.is_empty()).then(|| plain(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retracted_condition_is_shown_as_retracted() {
        let summary = describe(
            r#"{"resourceType": "Condition", "code": {"coding": [{"code": "I10"}]},
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "verificationStatus": {"coding": [{"code": "entered-in-error"}]}}"#,
        );

        assert_eq!(summary.line(), "I10, entered-in-error");
    }

    #[test]
    fn a_contained_medication_names_the_statement() {
        let summary = describe(
            r##"{"resourceType": "MedicationStatement", "status": "active",
                "contained": [{"resourceType": "Medication", "id": "m1", "code": {"text": "Tea"}}],
                "medicationReference": {"reference": "#m1"}, "effectivePeriod": {"start": "1950"}}"##,
        );

        assert_eq!(summary.line(), "Tea, 1950, active");
    }

    #[test]
    fn wrong_types_and_junk_are_described_without_panic() {
        assert_eq!(describe("[").title, "unreadable entry");
        assert_eq!(describe("7").resource_type, "unknown");
        assert_eq!(
            describe(r#"{"resourceType": "Patient", "name": {"text": 1}}"#).title,
            "Patient"
        );
    }

    #[test]
    fn narrative_is_never_shown_and_controls_are_escaped() {
        let summary = describe(
            "{\"resourceType\": \"Basic\", \"text\": {\"div\": \"<b>x</b>\"}, \"code\": {\"text\": \"a\\u001b[2J\"}}",
        );

        assert_eq!(summary.line(), r"a\u{1b}[2J");
    }
}
