//! Shapes of FHIR R5 that R4 does not have: recognised, so that they are not filed as R4.

use serde_json::Value;

/// Types that R5 (or the ballots before it) brought.
const TYPES: [&str; 19] = [
    "ActorDefinition",
    "ArtifactAssessment",
    "BiologicallyDerivedProductDispense",
    "ConditionDefinition",
    "DeviceAssociation",
    "DeviceDispense",
    "DeviceUsage",
    "EncounterHistory",
    "FormularyItem",
    "GenomicStudy",
    "ImagingSelection",
    "InventoryItem",
    "InventoryReport",
    "NutritionIntake",
    "Permission",
    "Requirements",
    "SubscriptionTopic",
    "TestPlan",
    "Transport",
];

/// Elements of R5 that the same type of R4 lacks.
const ELEMENTS: [(&str, &[&str]); 15] = [
    ("AllergyIntolerance", &["participant"]),
    ("Appointment", &["class", "subject"]),
    ("AuditEvent", &["category", "code", "occurredDateTime", "occurredPeriod"]),
    ("Condition", &["participant"]),
    ("Consent", &["decision", "grantor", "subject"]),
    ("Device", &["displayName", "name"]),
    ("DiagnosticReport", &["composition", "supportingInfo"]),
    ("DocumentReference", &["modality"]),
    ("Encounter", &["actualPeriod", "plannedStartDate", "plannedEndDate", "subjectStatus"]),
    ("Immunization", &["administeredProduct", "basedOn", "informationSource"]),
    ("MedicationAdministration", &["occurenceDateTime", "occurencePeriod", "occurenceTiming"]),
    ("MedicationStatement", &["adherence", "renderedDosageInstruction"]),
    ("Observation", &["instantiatesCanonical", "triggeredBy"]),
    ("Procedure", &["occurrenceDateTime", "occurrencePeriod", "occurrenceString"]),
    ("Provenance", &["authorization", "why"]),
];

/// What of R5 the resource has.
pub(crate) fn shape(kind: &str, resource: &Value) -> Option<String> {
    if TYPES.contains(&kind) {
        return Some(format!("{kind} is a type of FHIR R5"));
    }
    let of_r5 = |name: &str| Some(format!("{kind}.{name} is a shape of FHIR R5"));
    let named = ELEMENTS.iter().filter(|(type_name, _)| *type_name == kind);
    let mut names = named.flat_map(|(_, names)| names.iter());
    if let Some(name) = names.find(|name| !resource[**name].is_null()) {
        return of_r5(name);
    }
    match kind {
        "MedicationStatement"
        | "MedicationRequest"
        | "MedicationDispense"
        | "MedicationAdministration"
            if resource["medication"].is_object() =>
        {
            of_r5("medication")
        }
        "Encounter" if resource["class"].is_array() => of_r5("class"),
        "AllergyIntolerance" if resource["type"].is_object() => of_r5("type"),
        "Consent" if resource["provision"].is_array() => of_r5("provision"),
        "ServiceRequest" if resource["code"]["concept"].is_object() => of_r5("code"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_of_r5_are_told_from_those_of_r4() {
        let r5 = json!({"medication": {"concept": {"text": "Tea"}}});
        let r4 = json!({"medicationCodeableConcept": {"text": "Tea"}});

        assert_eq!(
            shape("MedicationRequest", &r5).as_deref(),
            Some("MedicationRequest.medication is a shape of FHIR R5")
        );
        assert_eq!(shape("MedicationRequest", &r4), None);
        assert_eq!(shape("Encounter", &json!({"class": {"code": "AMB"}})), None);
        assert!(shape("Encounter", &json!({"class": [{"text": "AMB"}]})).is_some());
        assert!(shape("DeviceUsage", &json!({})).is_some());
    }
}
