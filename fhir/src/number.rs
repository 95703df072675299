//! Numbers beyond what a computer's floating point holds.
//!
//! `1e400` is sound JSON, and its digits are kept like all others; only the parser cannot hold it. What is
//! looked at is therefore a copy in which the exponents of such numbers are zeros. It has the same
//! length, so that lines and columns stay true.

use std::borrow::Cow;

use serde_json::Value;

/// Reads a text for looking at it; numbers in the value are not those of the text.
pub(crate) fn value(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&holdable(text))
}

/// The text, or a copy whose numbers can all be held.
pub(crate) fn holdable(text: &str) -> Cow<'_, str> {
    let mut copy: Option<Vec<u8>> = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_string(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let end = at + bytes[at..].iter().take_while(|byte| is_of_number(**byte)).count();
                if let Some(exponent) = beyond(&text[at..end]) {
                    let copy = copy.get_or_insert_with(|| bytes.to_vec());
                    let digits = copy[at + exponent..end].iter_mut();
                    digits.filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'0');
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    match copy {
        Some(copy) => Cow::Owned(String::from_utf8(copy).expect("digits replaced digits")),
        None => Cow::Borrowed(text),
    }
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The place after the closing quote, or the end.
fn after_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where the exponent of a number starts that is too large to be held.
fn beyond(number: &str) -> Option<usize> {
    let exponent = number.find(['e', 'E'])?;
    number.parse::<f64>().is_ok_and(f64::is_infinite).then_some(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_cannot_be_held_are_changed_in_the_copy() {
        for (text, copy) in [
            (
                r#"{"a": 1e400, "b": "1e400", "c": 1.10}"#,
                r#"{"a": 1e000, "b": "1e400", "c": 1.10}"#,
            ),
            (r#"[-1.5E+999, 1e-400, 1e308]"#, r#"[-1.5E+000, 1e-400, 1e308]"#),
            (r#"["\"", 1e999]"#, r#"["\"", 1e000]"#),
            (r#"{"a": "never closed \"#, r#"{"a": "never closed \"#),
        ] {
            assert_eq!(holdable(text), copy);
        }
    }

    #[test]
    fn what_is_no_json_stays_no_json() {
        for text in ["1e", "1e+", "--1e999", "01e999", "[1e9e999]"] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
