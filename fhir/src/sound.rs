//! Whether JSON is sound: complete, no object member twice, not nested too deep.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::{FhirError, number};

/// Largest input that is read, in bytes: 64 MiB.
///
/// Synthea's largest lifetime record is some 30 MB; every byte is parsed twice.
pub const MAX_SIZE_BYTES: usize = 64 * 1024 * 1024;

/// Deepest nesting of objects and arrays that is read.
///
/// Below the 127 levels at which `serde_json` itself stops, and ten times what records have.
pub const MAX_DEPTH: usize = 100;

/// Checks one JSON text that starts on line `first_line` of the file.
pub(crate) fn check(text: &str, first_line: usize) -> Result<(), FhirError> {
    let fault = RefCell::new(None);
    let text = number::holdable(text);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    Guard { depth: 0, fault: &fault }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| locate(&error, fault.into_inner(), first_line))
}

/// What the guard found, beside what `serde_json` finds.
enum Fault {
    Duplicate(String),
    Deep,
}

fn locate(error: &serde_json::Error, fault: Option<Fault>, first_line: usize) -> FhirError {
    let line = first_line + error.line().saturating_sub(1);
    let column = error.column();
    match fault {
        Some(Fault::Duplicate(key)) => FhirError::DuplicateKey { key, line, column },
        Some(Fault::Deep) => FhirError::TooDeep { line, column },
        None if error.classify() == Category::Eof => FhirError::CutOff { line, column },
        None => {
            // The message ends with the position, which is wrong for later lines of NDJSON.
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            FhirError::Malformed { line, column, reason: crate::plain(reason) }
        }
    }
}

/// Walks a value and keeps nothing but the names of the objects it is in.
#[derive(Clone, Copy)]
struct Guard<'f> {
    depth: usize,
    fault: &'f RefCell<Option<Fault>>,
}

impl Guard<'_> {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            self.fault.replace(Some(Fault::Deep));
            return Err(E::custom("nested too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Guard<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Guard<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key_seed(Name)? {
            // serde_json's own marker: reading such an object as a value would parse the text inside.
            if name.starts_with("$serde_json::") {
                return Err(de::Error::custom("object member with a reserved name"));
            }
            if names.contains(&name) {
                self.fault.replace(Some(Fault::Duplicate(crate::plain(&name))));
                return Err(de::Error::custom("object member twice"));
            }
            names.insert(name);
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// The name of an object member, borrowed where the file writes it without escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_twice_is_found_even_when_one_is_escaped() {
        let error = check("{\n \"a\": [{\"id\": 1, \"\\u0069d\": 2}]}", 1).unwrap_err();

        assert!(
            matches!(&error, FhirError::DuplicateKey { key, line: 2, .. } if key == "id"),
            "{error}"
        );
    }

    #[test]
    fn the_same_name_in_two_objects_is_fine() {
        assert_eq!(check(r#"[{"id": 1}, {"id": {"id": null}}, -1, 0.5, "x", true]"#, 1), Ok(()));
    }

    #[test]
    fn nesting_is_read_up_to_the_limit_and_no_further() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));

        assert_eq!(check(&nested(MAX_DEPTH), 1), Ok(()));
        assert!(matches!(
            check(&nested(MAX_DEPTH + 1), 1),
            Err(FhirError::TooDeep { line: 1, .. })
        ));
        assert!(matches!(check(&"[".repeat(1_000_000), 1), Err(FhirError::TooDeep { .. })));
    }

    #[test]
    fn faults_are_placed_on_the_line_of_the_file() {
        assert!(matches!(check("{\"a\":", 7), Err(FhirError::CutOff { line: 7, .. })));
        assert!(matches!(check("{} x", 7), Err(FhirError::Malformed { line: 7, column: 4, .. })));
    }

    #[test]
    fn a_name_reserved_by_the_parser_is_refused() {
        let text = r#"{"$serde_json::private::RawValue": "{}"}"#;

        assert!(matches!(check(text, 1), Err(FhirError::Malformed { .. })));
    }
}
