//! The sections of a record and which FHIR resource belongs to which.

use std::fmt;
use std::str::FromStr;

/// A section of a record: the unit of storage, consent and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The person, contacts and cover.
    Profile,
    /// Conditions and procedures.
    MedicalHistory,
    /// What is taken, prescribed, dispensed and given.
    Medications,
    /// Allergies and intolerances.
    Allergies,
    /// Vaccinations.
    Immunizations,
    /// Measurements, laboratory results and reports.
    Observations,
    /// Documents, images and attachments.
    Documents,
    /// Plans, goals and care teams.
    CarePlan,
    /// Implants and aids.
    Devices,
    /// Visits, bookings and bills.
    Administration,
    /// Decisions about access, and its traces.
    ConsentAndAudit,
    /// Everything else, kept whole.
    Unmapped,
}

/// A name that is no section's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no section {found:?}; expected one of: {}", Section::ALL.map(Section::name).join(", "))]
pub struct UnknownSection {
    found: String,
}

impl Section {
    /// All sections, in the order they are listed to people.
    pub const ALL: [Self; 12] = [
        Self::Profile,
        Self::MedicalHistory,
        Self::Medications,
        Self::Allergies,
        Self::Immunizations,
        Self::Observations,
        Self::Documents,
        Self::CarePlan,
        Self::Devices,
        Self::Administration,
        Self::ConsentAndAudit,
        Self::Unmapped,
    ];

    /// The name people see and type, in lower-case words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::MedicalHistory => "medical history",
            Self::Medications => "medications",
            Self::Allergies => "allergies",
            Self::Immunizations => "immunizations",
            Self::Observations => "observations",
            Self::Documents => "documents",
            Self::CarePlan => "care plan",
            Self::Devices => "devices",
            Self::Administration => "administration",
            Self::ConsentAndAudit => "consent and audit",
            Self::Unmapped => "unmapped",
        }
    }

    /// The section of that name; hyphens and underscores count as spaces, so that a shell needs no quotes.
    ///
    /// # Errors
    ///
    /// [`UnknownSection`], which lists the names, if there is none.
    pub fn parse(name: &str) -> Result<Self, UnknownSection> {
        let wanted = name.trim().to_lowercase().replace(['-', '_'], " ");
        Self::ALL
            .into_iter()
            .find(|section| section.name() == wanted)
            .ok_or_else(|| UnknownSection { found: crate::plain(name) })
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Section {
    type Err = UnknownSection;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

/// The section that a FHIR resource type is imported into.
///
/// The domain guide lists `Coverage` under profile and administration; it is filed under profile, where
/// a clinic looks for the patient's cover. Types without a section of their own, known or not, are
/// [`Section::Unmapped`].
#[must_use]
pub fn section_of(resource_type: &str) -> Section {
    match resource_type {
        "Patient" | "RelatedPerson" | "Coverage" => Section::Profile,
        "Condition" | "Procedure" | "FamilyMemberHistory" => Section::MedicalHistory,
        "MedicationStatement"
        | "MedicationRequest"
        | "MedicationDispense"
        | "MedicationAdministration"
        | "Medication" => Section::Medications,
        "AllergyIntolerance" => Section::Allergies,
        "Immunization" | "ImmunizationRecommendation" => Section::Immunizations,
        "Observation" | "DiagnosticReport" | "Specimen" => Section::Observations,
        "DocumentReference" | "Binary" | "Composition" | "Media" | "ImagingStudy" => {
            Section::Documents
        }
        "CarePlan" | "CareTeam" | "Goal" | "ServiceRequest" => Section::CarePlan,
        "Device" | "DeviceUseStatement" => Section::Devices,
        "Appointment"
        | "Slot"
        | "Schedule"
        | "Encounter"
        | "Account"
        | "ChargeItem"
        | "Invoice"
        | "PaymentNotice"
        | "Claim"
        | "ClaimResponse"
        | "ExplanationOfBenefit" => Section::Administration,
        "Consent" | "AuditEvent" | "Provenance" => Section::ConsentAndAudit,
        _ => Section::Unmapped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_to_its_section() {
        for section in Section::ALL {
            assert_eq!(Section::parse(section.name()), Ok(section));
            assert_eq!(section.name().replace(' ', "-").to_uppercase().parse(), Ok(section));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Section::parse("meds").unwrap_err();

        assert!(error.to_string().contains("medications"), "{error}");
    }

    #[test]
    fn practitioners_and_places_are_kept_unmapped() {
        for kind in ["Practitioner", "Organization", "Location", "PractitionerRole", "Nonsense"] {
            assert_eq!(section_of(kind), Section::Unmapped);
        }
    }
}
