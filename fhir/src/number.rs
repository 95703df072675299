//! Numbers beyond what a computer's floating point holds.
//!
//! `1e400` is sound JSON, and its digits are kept like all others; only the parser cannot hold it. What is
//! looked at is therefore a copy in which the exponents of such numbers are zeros, and the point of those
//! with hundreds of digits stands behind the first. It has the same length, so that lines and columns
//! stay true.

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
                if is_beyond(&text[at..end]) {
                    let copy = copy.get_or_insert_with(|| bytes.to_vec());
                    shrink(&mut copy[at..end]);
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

/// Whether a number is too large to be held.
fn is_beyond(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// Makes a number of the same length that can be held. What is no JSON number stays none.
fn shrink(number: &mut [u8]) {
    let exponent = number.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = number.split_at_mut(exponent.unwrap_or(number.len()));
    exponent.iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'0');
    let digits = match mantissa {
        [b'-', digits @ ..] => digits,
        digits => digits,
    };
    let is_number = digits.first() != Some(&b'0') && digits.last() != Some(&b'.');
    if is_number && is_beyond(std::str::from_utf8(digits).unwrap_or_default()) {
        digits.iter_mut().filter(|byte| **byte == b'.').for_each(|byte| *byte = b'0');
        digits[1] = b'.';
    }
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
    fn hundreds_of_digits_are_held_as_well() {
        let long = "9".repeat(400);
        for text in [&long, &format!("-{long}.25"), &format!("{long}e7"), &format!("[{long}]")] {
            let copy = holdable(text);
            assert_eq!(copy.len(), text.len());
            assert!(value(text).is_ok(), "{copy}");
        }
        for text in [format!("0{long}"), format!("{long}."), format!("{long}.e1")] {
            assert!(value(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_stays_no_json() {
        for text in ["1e", "1e+", "--1e999", "01e999", "[1e9e999]"] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
