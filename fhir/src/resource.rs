//! A single resource, for appending it by itself.

use crate::describe::summarize;
use crate::digest::kind_of;
use crate::source::text_of;
use crate::{FhirError, Summary, number, sound};

/// One resource, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its JSON exactly as it came; only white space and a byte order mark around it are cut.
    pub body: &'a str,
    /// What it is about.
    pub summary: Summary,
}

/// Reads a file that holds one resource and no bundle.
///
/// ```
/// let file = br#"{"resourceType": "Condition", "code": {"text": "Burnt Ear"}}"#;
///
/// assert_eq!(chartkey_fhir::resource(file)?.summary.title, "Burnt Ear");
/// # Ok::<(), chartkey_fhir::FhirError>(())
/// ```
///
/// # Errors
///
/// [`FhirError`] if the file is not sound JSON, or is no single resource.
pub fn resource(input: &[u8]) -> Result<Resource<'_>, FhirError> {
    let text = text_of(input)?;
    if text.trim().is_empty() {
        return Err(FhirError::Empty);
    }
    sound::check(text, 1)?;
    let found = |found: String| FhirError::NotResource { found };
    let value = number::value(text).map_err(|_| found("what cannot be read".to_owned()))?;
    match kind_of(&value).map_err(found)?.as_str() {
        "Bundle" => Err(found("a Bundle".to_owned())),
        _ => Ok(Resource { body: text.trim(), summary: summarize(&value) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_keeps_its_digits_whatever_they_are() {
        let file = "\u{feff} {\"resourceType\": \"Observation\", \"id\": \"o1\", \"valueQuantity\": {\"value\": 1.10, \"x\": 1e400}}\r\n";

        let found = resource(file.as_bytes()).unwrap();

        assert!(found.body.contains("1.10") && found.body.contains("1e400"), "{}", found.body);
        assert!(found.body.starts_with('{') && found.body.ends_with('}'));
    }

    #[test]
    fn what_is_no_single_resource_is_refused() {
        for file in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"resourceType": 1}"#,
            r#"{"resourceType": "Bundle", "type": "batch"}"#,
            r#"{"resourceType": "Basic"} {"resourceType": "Basic"}"#,
            r#"{"resourceType": "Basic", "id": "1", "id": "2"}"#,
        ] {
            assert!(resource(file.as_bytes()).is_err(), "{file}");
        }
    }
}
