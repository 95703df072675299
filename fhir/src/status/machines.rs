//! The status machines of the domain guide as tables.
//!
//! How the guide's table is read: a state that is listed behind a semicolon without an arrow of its own
//! is reachable from every state that is not an end (`not-taken` of a MedicationStatement); an arrow
//! without a source leaves from every such state (`→ resolved` of a Condition); an arrow that leaves a
//! pair leaves both (`active ↔ on-hold → completed`). `recurrence` and `relapse` are kinds of `active` in
//! FHIR's own hierarchy, so that what leaves `active` leaves them too. The clinical states of an
//! AllergyIntolerance stand without arrows at all: every move among them is one. A version without a
//! state, or with a code that is in no table, binds nobody.

/// The states of one element: each with those that arrows lead to.
pub(super) struct Machine {
    /// Element that holds the state.
    pub(super) element: &'static str,
    /// States, and where arrows lead from each.
    pub(super) moves: &'static [(&'static str, &'static [&'static str])],
}

const CONDITION: [Machine; 2] = [
    Machine {
        element: "clinicalStatus",
        moves: &[
            ("active", &["recurrence", "relapse", "remission", "inactive", "resolved"]),
            ("recurrence", &["active", "remission", "inactive", "resolved"]),
            ("relapse", &["active", "remission", "inactive", "resolved"]),
            ("remission", &["active", "inactive", "resolved"]),
            ("inactive", &["active", "resolved"]),
            ("resolved", &["recurrence"]),
        ],
    },
    Machine {
        element: "verificationStatus",
        moves: &[
            ("unconfirmed", &["provisional", "differential", "refuted"]),
            ("provisional", &["confirmed", "refuted"]),
            ("differential", &["confirmed", "refuted"]),
            ("confirmed", &["refuted"]),
            ("refuted", &[]),
        ],
    },
];

const ALLERGY_INTOLERANCE: [Machine; 2] = [
    Machine {
        element: "clinicalStatus",
        moves: &[
            ("active", &["inactive", "resolved"]),
            ("inactive", &["active", "resolved"]),
            ("resolved", &["active", "inactive"]),
        ],
    },
    Machine {
        element: "verificationStatus",
        moves: &[("unconfirmed", &["confirmed", "refuted"]), ("confirmed", &[]), ("refuted", &[])],
    },
];

const MEDICATION_STATEMENT: [Machine; 1] = [Machine {
    element: "status",
    moves: &[
        ("intended", &["active", "not-taken", "unknown"]),
        ("active", &["on-hold", "stopped", "completed", "not-taken", "unknown"]),
        ("on-hold", &["active", "stopped", "completed", "not-taken", "unknown"]),
        ("stopped", &[]),
        ("completed", &[]),
        ("not-taken", &[]),
        ("unknown", &[]),
    ],
}];

const MEDICATION_REQUEST: [Machine; 1] = [Machine {
    element: "status",
    moves: &[
        ("draft", &["active"]),
        ("active", &["on-hold", "completed", "stopped", "cancelled"]),
        ("on-hold", &["active", "completed", "stopped", "cancelled"]),
        ("completed", &[]),
        ("stopped", &[]),
        ("cancelled", &[]),
        ("unknown", &[]),
    ],
}];

const IMMUNIZATION: [Machine; 1] =
    [Machine { element: "status", moves: &[("completed", &[]), ("not-done", &[])] }];

const OBSERVATION: [Machine; 1] = [Machine {
    element: "status",
    moves: &[
        ("registered", &["preliminary", "cancelled"]),
        ("preliminary", &["final", "cancelled"]),
        ("final", &["amended", "corrected"]),
        ("amended", &[]),
        ("corrected", &[]),
        ("cancelled", &[]),
        ("unknown", &[]),
    ],
}];

const DIAGNOSTIC_REPORT: [Machine; 1] = [Machine {
    element: "status",
    moves: &[
        ("registered", &["partial", "cancelled"]),
        ("partial", &["preliminary", "cancelled"]),
        ("preliminary", &["final", "cancelled"]),
        ("final", &["amended", "corrected", "appended"]),
        ("amended", &[]),
        ("corrected", &[]),
        ("appended", &[]),
        ("cancelled", &[]),
        ("unknown", &[]),
    ],
}];

const DOCUMENT_REFERENCE: [Machine; 2] = [
    Machine { element: "status", moves: &[("current", &["superseded"]), ("superseded", &[])] },
    Machine {
        element: "docStatus",
        moves: &[("preliminary", &["final"]), ("final", &["amended"]), ("amended", &[])],
    },
];

/// The machines of a FHIR type; none for types that the guide has none for.
pub(super) fn machines(resource_type: &str) -> &'static [Machine] {
    match resource_type {
        "Condition" => &CONDITION,
        "AllergyIntolerance" => &ALLERGY_INTOLERANCE,
        "MedicationStatement" => &MEDICATION_STATEMENT,
        "MedicationRequest" => &MEDICATION_REQUEST,
        "Immunization" => &IMMUNIZATION,
        "Observation" => &OBSERVATION,
        "DiagnosticReport" => &DIAGNOSTIC_REPORT,
        "DocumentReference" => &DOCUMENT_REFERENCE,
        _ => &[],
    }
}
