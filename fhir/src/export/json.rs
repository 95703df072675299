//! JSON that we make ourselves: nothing empty in it (FHIR R4, json.html).

use serde_json::Value;

/// The text of a resource without empty strings, arrays, objects and nulls.
pub(super) fn text(resource: Value) -> String {
    pruned(resource).unwrap_or_default().to_string()
}

/// A JSON string with its quotes.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn pruned(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.trim().is_empty()).then_some(Value::String(text)),
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().filter_map(pruned).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members: serde_json::Map<_, _> = members
                .into_iter()
                .filter_map(|(name, member)| Some((name, pruned(member)?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_empty_is_written() {
        let value = json!({"a": "", "b": [null, {"c": []}, " "], "d": [0, false, "x"], "e": {}});

        assert_eq!(text(value), r#"{"d":[0,false,"x"]}"#);
    }
}
