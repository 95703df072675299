//! Which resources belong to which section of an International Patient Summary.

use serde_json::Value;

/// Sections of the summary, in the order they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Problems,
    Medications,
    Allergies,
    Immunizations,
    Results,
    VitalSigns,
    Procedures,
    Devices,
    CarePlan,
    PastIllness,
    SocialHistory,
}

impl Part {
    pub(super) const ALL: [Self; 11] = [
        Self::Problems,
        Self::Medications,
        Self::Allergies,
        Self::Immunizations,
        Self::Results,
        Self::VitalSigns,
        Self::Procedures,
        Self::Devices,
        Self::CarePlan,
        Self::PastIllness,
        Self::SocialHistory,
    ];

    /// Code in LOINC, its name there, title for people.
    pub(super) const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Problems => ("11450-4", "Problem list - Reported", "Problems"),
            Self::Medications => {
                ("10160-0", "History of Medication use Narrative", "Medication summary")
            }
            Self::Allergies => (
                "48765-2",
                "Allergies and adverse reactions Document",
                "Allergies and intolerances",
            ),
            Self::Immunizations => ("11369-6", "History of Immunization note", "Immunizations"),
            Self::Results => {
                ("30954-2", "Relevant diagnostic tests/laboratory data note", "Results")
            }
            Self::VitalSigns => ("8716-3", "Vital signs note", "Vital signs"),
            Self::Procedures => ("47519-4", "History of Procedures Document", "Procedures"),
            Self::Devices => ("46264-8", "History of medical device use", "Medical devices"),
            Self::CarePlan => ("18776-5", "Plan of care note", "Plan of care"),
            Self::PastIllness => {
                ("11348-0", "History of Past illness note", "History of past illness")
            }
            Self::SocialHistory => ("29762-2", "Social history note", "Social history"),
        }
    }

    /// Sections that ISO 27269 demands, with what to say where there is nothing.
    pub(super) const fn required(self) -> Option<&'static str> {
        match self {
            Self::Problems => Some("This record holds no information about current problems."),
            Self::Medications => {
                Some("This record holds no information about current medications.")
            }
            Self::Allergies => Some("This record holds no information about allergies."),
            _ => None,
        }
    }

    /// Sections of which a summary shows the newest value of each kind only.
    pub(super) const fn shows_newest(self) -> bool {
        matches!(self, Self::Results | Self::VitalSigns | Self::SocialHistory)
    }
}

/// Where a resource is listed; `None` for what a summary leaves out, such as refuted or past ones.
pub(super) fn part(kind: &str, resource: &Value) -> Option<Part> {
    let status = resource["status"].as_str().unwrap_or_default();
    let verification = coded(&resource["verificationStatus"]);
    if status == "entered-in-error" || matches!(verification, "entered-in-error" | "refuted") {
        return None;
    }
    match kind {
        "Condition" => Some(match coded(&resource["clinicalStatus"]) {
            "inactive" | "remission" | "resolved" => Part::PastIllness,
            _ => Part::Problems,
        }),
        "AllergyIntolerance" => Some(Part::Allergies),
        "MedicationStatement" => is_any(status, &["active", "intended", "on-hold", "unknown", ""])
            .then_some(Part::Medications),
        // Only an order is a prescription.
        "MedicationRequest" => (resource["intent"] == "order"
            && is_any(status, &["active", "on-hold", "unknown", ""]))
        .then_some(Part::Medications),
        "Immunization" => (status != "not-done").then_some(Part::Immunizations),
        "Procedure" => {
            is_any(status, &["completed", "in-progress", "unknown", ""]).then_some(Part::Procedures)
        }
        "Device" | "DeviceUseStatement" => {
            is_any(status, &["active", "completed", "unknown", ""]).then_some(Part::Devices)
        }
        "CarePlan" => {
            is_any(status, &["active", "on-hold", "unknown", ""]).then_some(Part::CarePlan)
        }
        "DiagnosticReport" => is_valid_result(status).then_some(Part::Results),
        "Observation" if is_valid_result(status) => Some(match category(resource) {
            Some("vital-signs") => Part::VitalSigns,
            Some("social-history") => Part::SocialHistory,
            _ => Part::Results,
        }),
        _ => None,
    }
}

/// What makes two resources values of the same kind: the first code, or the text.
pub(super) fn sameness(kind: &str, resource: &Value) -> Option<String> {
    let code = &resource["code"];
    let first = &code["coding"][0];
    let coded = first["code"].as_str();
    let name = match coded {
        Some(coded) => format!("{}|{coded}", first["system"].as_str().unwrap_or_default()),
        None => code["text"].as_str()?.to_owned(),
    };
    Some(format!("{kind} {name}"))
}

fn is_any(status: &str, wanted: &[&str]) -> bool {
    wanted.contains(&status)
}

fn is_valid_result(status: &str) -> bool {
    !is_any(status, &["registered", "cancelled"])
}

/// First code of a concept.
fn coded(concept: &Value) -> &str {
    concept["coding"][0]["code"].as_str().unwrap_or_default()
}

fn category(resource: &Value) -> Option<&str> {
    let categories = resource["category"].as_array()?;
    let codes = categories.iter().flat_map(|one| one["coding"].as_array().into_iter().flatten());
    codes
        .filter_map(|coding| coding["code"].as_str())
        .find(|code| matches!(*code, "vital-signs" | "social-history" | "laboratory" | "imaging"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refuted_and_past_statements_are_no_current_problems() {
        let condition = |clinical: &str, verification: &str| {
            json!({"clinicalStatus": {"coding": [{"code": clinical}]},
                "verificationStatus": {"coding": [{"code": verification}]}})
        };

        assert_eq!(part("Condition", &condition("active", "confirmed")), Some(Part::Problems));
        assert_eq!(part("Condition", &condition("resolved", "confirmed")), Some(Part::PastIllness));
        assert_eq!(part("Condition", &condition("active", "refuted")), None);
        assert_eq!(part("Condition", &json!({})), Some(Part::Problems));
    }

    #[test]
    fn only_orders_that_run_are_medications() {
        let request = |intent: &str, status: &str| {
            part("MedicationRequest", &json!({"intent": intent, "status": status}))
        };

        assert_eq!(request("order", "active"), Some(Part::Medications));
        assert_eq!(request("order", "completed"), None);
        assert_eq!(request("proposal", "active"), None);
    }
}
