//! Where the answers of two nodes differ.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// Most characters of a value in a message.
const SHOWN: usize = 160;

/// One difference: after which step, in which member, and both values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What was done or asked.
    pub(crate) step: String,
    /// The member, such as `receipt.gasUsed`.
    pub(crate) field: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, field, ours, theirs } = self;
        write!(f, "{step}: {field}: ours {}, theirs {}", short(ours), short(theirs))
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}… ({} characters)", text.chars().count())
}

/// The differences of two answers, member by member.
pub(crate) fn differences(
    step: &str,
    field: &str,
    ours: &Value,
    theirs: &Value,
) -> Vec<Difference> {
    match (ours, theirs) {
        (Value::Object(mine), Value::Object(yours)) => {
            let names: BTreeSet<&String> = mine.keys().chain(yours.keys()).collect();
            let inner = names.into_iter().flat_map(|name| {
                let absent = Value::String("(absent)".to_owned());
                let of = |members: &serde_json::Map<String, Value>| {
                    members.get(name).cloned().unwrap_or_else(|| absent.clone())
                };
                differences(step, &format!("{field}.{name}"), &of(mine), &of(yours))
            });
            inner.collect()
        }
        (Value::Array(mine), Value::Array(yours)) if mine.len() == yours.len() => {
            let pairs = mine.iter().zip(yours).enumerate();
            pairs
                .flat_map(|(index, (mine, yours))| {
                    differences(step, &format!("{field}[{index}]"), mine, yours)
                })
                .collect()
        }
        _ if ours == theirs => Vec::new(),
        _ => vec![Difference {
            step: step.to_owned(),
            field: field.to_owned(),
            ours: ours.to_string(),
            theirs: theirs.to_string(),
        }],
    }
}

#[test]
fn every_member_that_differs_is_named_with_both_values() {
    let ours = serde_json::json!({ "a": 1, "b": [{ "c": "x" }, 2], "d": null });
    let theirs = serde_json::json!({ "a": 1, "b": [{ "c": "y" }, 3], "e": null });

    let found = differences("a call", "answer", &ours, &theirs);

    let told: Vec<_> = found.iter().map(ToString::to_string).collect();
    let expected = [
        r#"a call: answer.b[0].c: ours "x", theirs "y""#,
        "a call: answer.b[1]: ours 2, theirs 3",
        r#"a call: answer.d: ours null, theirs "(absent)""#,
        r#"a call: answer.e: ours "(absent)", theirs null"#,
    ];
    assert_eq!(told, expected);
}
