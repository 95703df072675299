//! Status machines: which version of a resource may follow which (domain guide, "Status machines").

mod machines;

use serde_json::Value;

use crate::number;
use crate::plain;

use machines::{Machine, machines};

/// Reachable from every state, and final.
const ENTERED_IN_ERROR: &str = "entered-in-error";

/// Why a resource may not be the next version of another, or not be said at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatusError {
    /// No arrow leads from one state to the other.
    #[error(
        "the {element} of this {resource} is {from}; it may become {}, not {to}",
        listed(.allowed)
    )]
    Move {
        /// FHIR type.
        resource: String,
        /// Element that holds the state.
        element: &'static str,
        /// Present state.
        from: String,
        /// Wanted state.
        to: String,
        /// Where arrows lead.
        allowed: Vec<&'static str>,
    },
    /// The state is none that the element may have.
    #[error("{found} is no {element} of {resource}; expected {}", listed(.expected))]
    Unknown {
        /// FHIR type.
        resource: String,
        /// Element that holds the state.
        element: &'static str,
        /// What stands there.
        found: String,
        /// The states there are.
        expected: Vec<&'static str>,
    },
    /// What was retracted stays retracted.
    #[error("this {resource} is entered-in-error, which is final")]
    Final {
        /// FHIR type.
        resource: String,
    },
    /// Another type is no next version.
    #[error("the present version is a {from}, and a {to} is no version of it")]
    OtherType {
        /// FHIR type of the present version.
        from: String,
        /// FHIR type of the next one.
        to: String,
    },
    /// Two elements contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

fn listed(states: &[&str]) -> String {
    match states {
        [] => "entered-in-error only".to_owned(),
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        [only, ..] => (*only).to_owned(),
    }
}

/// Checks what a resource says about its own state, before it becomes the first version of a statement.
///
/// ```
/// let resolved = r#"{"resourceType": "Condition", "abatementDateTime": "2020",
///     "clinicalStatus": {"coding": [{"code": "active"}]}}"#;
///
/// assert!(chartkey_fhir::check_status(resolved).is_err());
/// ```
///
/// # Errors
///
/// [`StatusError::Unknown`] for a state that the type does not have, [`StatusError::Contradiction`] for
/// elements that exclude each other. What cannot be read as a resource has no state and passes.
pub fn check_status(body: &str) -> Result<(), StatusError> {
    number::value(body).map_or(Ok(()), |resource| check(&resource))
}

/// Checks that `next` may follow `present` as the version of one statement.
///
/// ```
/// let version = |status: &str| {
///     format!(r#"{{"resourceType": "Observation", "status": "{status}"}}"#)
/// };
///
/// assert!(chartkey_fhir::check_move(&version("final"), &version("corrected")).is_ok());
/// let refused = chartkey_fhir::check_move(&version("final"), &version("preliminary"));
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "the status of this Observation is final; it may become amended, corrected or \
///      entered-in-error, not preliminary"
/// );
/// ```
///
/// # Errors
///
/// [`StatusError::Move`] where no arrow leads, [`StatusError::Final`] after `entered-in-error`,
/// [`StatusError::OtherType`], and what [`check_status`] finds wrong with `next`.
pub fn check_move(present: &str, next: &str) -> Result<(), StatusError> {
    let (Ok(present), Ok(next)) = (number::value(present), number::value(next)) else {
        return Ok(());
    };
    let (from, to) = (type_of(&present), type_of(&next));
    if from != to {
        return Err(StatusError::OtherType { from, to });
    }
    if is_retracted(&present) {
        return Err(StatusError::Final { resource: from });
    }
    check(&next)?;
    for machine in machines(&to) {
        machine.check_move(&to, &present, &next)?;
    }
    Ok(())
}

/// Whether a resource says of itself that it should never have been said.
#[must_use]
pub fn is_entered_in_error(body: &str) -> bool {
    // Most bodies do not even have the word.
    body.contains(ENTERED_IN_ERROR) && number::value(body).is_ok_and(|value| is_retracted(&value))
}

impl Machine {
    fn check_move(&self, resource: &str, present: &Value, next: &Value) -> Result<(), StatusError> {
        let (Some(from), Some(to)) = (state(present, self.element), state(next, self.element))
        else {
            return Ok(());
        };
        let Some((_, arrows)) = self.moves.iter().find(|(state, _)| *state == from) else {
            return Ok(());
        };
        if from == to || to == ENTERED_IN_ERROR || arrows.contains(&to) {
            return Ok(());
        }
        let mut allowed = arrows.to_vec();
        if self.takes_retraction() {
            allowed.push(ENTERED_IN_ERROR);
        }
        let (resource, element) = (resource.to_owned(), self.element);
        let (from, to) = (plain(from), plain(to));
        Err(StatusError::Move { resource, element, from, to, allowed })
    }

    fn check_state(&self, resource: &str, value: &Value) -> Result<(), StatusError> {
        let Some(found) = state(value, self.element) else { return Ok(()) };
        let is_known = self.moves.iter().any(|(state, _)| *state == found)
            || (found == ENTERED_IN_ERROR && self.takes_retraction());
        if is_known {
            return Ok(());
        }
        let mut expected: Vec<_> = self.moves.iter().map(|(state, _)| *state).collect();
        if self.takes_retraction() {
            expected.push(ENTERED_IN_ERROR);
        }
        let (resource, found) = (resource.to_owned(), plain(found));
        Err(StatusError::Unknown { resource, element: self.element, found, expected })
    }

    /// A clinical status is dropped on retraction, the others say it.
    fn takes_retraction(&self) -> bool {
        self.element != "clinicalStatus"
    }
}

fn check(resource: &Value) -> Result<(), StatusError> {
    let kind = type_of(resource);
    for machine in machines(&kind) {
        machine.check_state(&kind, resource)?;
    }
    let clinical = state(resource, "clinicalStatus");
    if matches!(kind.as_str(), "Condition" | "AllergyIntolerance")
        && clinical.is_some()
        && is_retracted(resource)
    {
        return Err(StatusError::Contradiction(
            "what is entered-in-error has no clinicalStatus; leave it out",
        ));
    }
    let has_abated = resource.as_object().is_some_and(|fields| {
        fields.iter().any(|(name, value)| name.starts_with("abatement") && !value.is_null())
    });
    let is_over = |state| matches!(state, "inactive" | "remission" | "resolved");
    if kind == "Condition" && has_abated && clinical.is_some_and(|state| !is_over(state)) {
        return Err(StatusError::Contradiction(
            "a Condition with an abatement is inactive, in remission or resolved; its clinicalStatus \
             says otherwise",
        ));
    }
    Ok(())
}

fn type_of(resource: &Value) -> String {
    resource["resourceType"].as_str().map_or_else(|| "unknown".to_owned(), plain)
}

/// A code, or that of the first coding that has one.
fn state<'a>(resource: &'a Value, element: &str) -> Option<&'a str> {
    let value = &resource[element];
    value
        .as_str()
        .or_else(|| value["coding"].as_array()?.iter().find_map(|one| one["code"].as_str()))
}

fn is_retracted(resource: &Value) -> bool {
    ["status", "verificationStatus"]
        .into_iter()
        .any(|element| state(resource, element) == Some(ENTERED_IN_ERROR))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A version with one state; clinical and verification states are concepts.
    fn version(kind: &str, element: &str, state: &str) -> String {
        let value = match element {
            "clinicalStatus" | "verificationStatus" => {
                format!(r#"{{"coding":[{{"code":"{state}"}}]}}"#)
            }
            _ => format!("\"{state}\""),
        };
        format!(r#"{{"resourceType":"{kind}","{element}":{value}}}"#)
    }

    fn may(kind: &str, element: &str, from: &str, to: &str) -> bool {
        check_move(&version(kind, element, from), &version(kind, element, to)).is_ok()
    }

    #[test]
    fn conditions_move_along_their_arrows_only() {
        let clinical = |from, to| may("Condition", "clinicalStatus", from, to);
        assert!(clinical("active", "remission") && clinical("remission", "active"));
        assert!(clinical("resolved", "recurrence") && !clinical("resolved", "active"));
        assert!(!clinical("inactive", "remission"));

        let verified = |from, to| may("Condition", "verificationStatus", from, to);
        assert!(verified("unconfirmed", "provisional") && verified("confirmed", "refuted"));
        assert!(!verified("unconfirmed", "confirmed") && !verified("refuted", "confirmed"));
    }

    #[test]
    fn a_final_result_is_corrected_not_reopened() {
        assert!(may("Observation", "status", "final", "corrected"));
        assert!(!may("Observation", "status", "final", "cancelled"));
        assert!(may("Observation", "status", "preliminary", "cancelled"));
        assert!(may("DiagnosticReport", "status", "final", "appended"));
        assert!(!may("DiagnosticReport", "status", "appended", "final"));
    }

    #[test]
    fn medications_and_allergies_and_vaccinations_have_their_ends() {
        assert!(may("MedicationStatement", "status", "on-hold", "active"));
        assert!(!may("MedicationStatement", "status", "stopped", "active"));
        assert!(may("MedicationRequest", "status", "active", "cancelled"));
        assert!(!may("MedicationRequest", "status", "active", "draft"));
        assert!(!may("Immunization", "status", "completed", "not-done"));
        assert!(may("Immunization", "status", "completed", ENTERED_IN_ERROR));
        assert!(may("AllergyIntolerance", "clinicalStatus", "active", "resolved"));
        assert!(!may("AllergyIntolerance", "verificationStatus", "refuted", "confirmed"));
    }

    #[test]
    fn the_refusal_names_the_present_state_and_where_it_may_go() {
        let (from, to) = (version("Immunization", "status", "completed"), "not-done");
        let error = check_move(&from, &version("Immunization", "status", to)).unwrap_err();

        assert_eq!(
            error.to_string(),
            "the status of this Immunization is completed; it may become entered-in-error, not not-done"
        );
    }

    #[test]
    fn a_retracted_condition_has_no_clinical_status() {
        let both = r#"{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"active"}]},
            "verificationStatus":{"coding":[{"code":"entered-in-error"}]}}"#;
        assert!(matches!(check_status(both), Err(StatusError::Contradiction(_))));
    }

    #[test]
    fn a_type_without_a_machine_and_a_missing_state_bind_nobody() {
        assert!(may("Basic", "status", "anything", "else"));
        let bare = r#"{"resourceType":"Observation"}"#;
        assert_eq!(check_move(bare, &version("Observation", "status", "final")), Ok(()));
        assert_eq!(check_status("no JSON"), Ok(()));
        let other = check_move(bare, r#"{"resourceType":"Condition"}"#);
        assert!(matches!(other, Err(StatusError::OtherType { .. })));
    }

    #[test]
    fn a_state_of_another_release_is_named_with_those_there_are() {
        let error = check_status(&version("Immunization", "status", r"a\u001bb")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("completed, not-done or entered-in-error"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    const KINDS: [&str; 8] = [
        "Condition",
        "AllergyIntolerance",
        "MedicationStatement",
        "MedicationRequest",
        "Immunization",
        "Observation",
        "DiagnosticReport",
        "DocumentReference",
    ];

    proptest! {
        /// Whatever the path: retraction is open until it is taken, and closed for ever after.
        #[test]
        fn entered_in_error_is_reachable_from_every_state_and_final(
            kind in 0..KINDS.len(),
            from in 0usize..16,
            to in 0usize..16,
        ) {
            let kind = KINDS[kind];
            let machine = machines(kind).iter().find(|machine| machine.takes_retraction());
            let machine = machine.expect("each type can be retracted");
            let state = |index: usize| machine.moves[index % machine.moves.len()].0;
            prop_assert!(may(kind, machine.element, state(from), ENTERED_IN_ERROR));
            prop_assert!(!may(kind, machine.element, ENTERED_IN_ERROR, state(to)));
            let is_arrow = machine.moves[from % machine.moves.len()].1.contains(&state(to));
            let is_same = state(from) == state(to);
            prop_assert_eq!(may(kind, machine.element, state(from), state(to)), is_arrow || is_same);
        }

        #[test]
        fn arrows_lead_to_states_that_exist(kind in 0..KINDS.len()) {
            for machine in machines(KINDS[kind]) {
                for (_, arrows) in machine.moves {
                    for arrow in *arrows {
                        prop_assert!(machine.moves.iter().any(|(state, _)| state == arrow));
                    }
                }
            }
        }
    }
}
