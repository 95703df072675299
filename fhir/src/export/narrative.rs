//! Text for people in a summary: XHTML that is made here, of escaped words.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::describe::summarize;
use crate::{number, plain};

const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// A table of these resources.
pub(super) fn table<'b>(bodies: impl IntoIterator<Item = &'b str>) -> String {
    let mut rows = String::new();
    for body in bodies {
        let Ok(resource) = number::value(body) else { continue };
        let summary = summarize(&resource);
        let cells = [Some(summary.title), measured(body), summary.date, summary.status];
        rows.push_str("<tr>");
        for cell in cells {
            rows.push_str(&format!("<td>{}</td>", escaped(&cell.unwrap_or_default())));
        }
        rows.push_str("</tr>");
    }
    format!(
        "<div xmlns=\"{XHTML}\"><table><thead><tr><th>What</th><th>Value</th><th>Date</th>\
         <th>Status</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// A sentence.
pub(super) fn sentence(text: &str) -> String {
    format!("<div xmlns=\"{XHTML}\"><p>{}</p></div>", escaped(text))
}

/// Escaped for XML; what XML 1.0 cannot hold is spelled out or replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

type Members<'b> = BTreeMap<String, &'b RawValue>;

/// Value and unit with the digits that came in; of a panel, those of its components.
fn measured(body: &str) -> Option<String> {
    let members: Members<'_> = serde_json::from_str(body).ok()?;
    if let Some(value) = value(&members) {
        return Some(value);
    }
    let components: Vec<Members<'_>> =
        serde_json::from_str(members.get("component")?.get()).ok()?;
    let values: Vec<_> = components
        .iter()
        .filter_map(|component| {
            let value = value(component)?;
            let code = component.get("code").and_then(|code| name(code));
            Some(code.map_or_else(|| value.clone(), |code| format!("{code} {value}")))
        })
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn value(members: &Members<'_>) -> Option<String> {
    if let Some(quantity) = members.get("valueQuantity") {
        let quantity: Members<'_> = serde_json::from_str(quantity.get()).ok()?;
        let digits = quantity.get("value")?.get();
        let unit = ["unit", "code"].iter().find_map(|name| text(&quantity, name));
        let less = text(&quantity, "comparator").unwrap_or_default();
        return Some(match unit {
            Some(unit) => format!("{less}{digits} {unit}"),
            None => format!("{less}{digits}"),
        });
    }
    let concept = members.get("valueCodeableConcept").and_then(|concept| name(concept));
    concept.or_else(|| text(members, "valueString"))
}

/// Text, display or code of a concept.
fn name(concept: &RawValue) -> Option<String> {
    let concept = number::value(concept.get()).ok()?;
    let first = &concept["coding"][0];
    let named = [&concept["text"], &first["display"], &first["code"]];
    named.iter().find_map(|text| text.as_str()).map(str::to_owned)
}

fn text(members: &Members<'_>, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_escaped_and_digits_kept() {
        let body = r#"{"resourceType": "Observation", "code": {"text": "<b>A & \"B\"</b>\u0001\uffff"},
            "valueQuantity": {"value": 1.10, "unit": "mmol/L"}}"#;

        let table = table([body]);

        assert!(
            table.contains("<td>&lt;b&gt;A &amp; &quot;B&quot;&lt;/b&gt;\\u{1}\u{fffd}</td>"),
            "{table}"
        );
        assert!(table.contains("<td>1.10 mmol/L</td>"), "{table}");
    }

    #[test]
    fn a_panel_shows_its_components() {
        let part = |name: &str, value: &str| {
            format!(
                r#"{{"code": {{"text": "{name}"}}, "valueQuantity": {{"value": {value}, "code": "mm[Hg]"}}}}"#
            )
        };
        let body = format!(
            r#"{{"resourceType": "Observation", "component": [{}, {}]}}"#,
            part("systolic", "120.0"),
            part("diastolic", "80")
        );

        assert_eq!(measured(&body).as_deref(), Some("systolic 120.0 mm[Hg], diastolic 80 mm[Hg]"));
    }
}
