//! Fingerprints, as people compare them (crypto.md section 5.2).

use std::fmt::Write as _;

use chartkey_crypto::KeyId;

/// Twelve numbered words in three lines, to be read aloud.
#[must_use]
pub fn shown(key: &KeyId) -> String {
    let words = key.fingerprint();
    let mut text = String::new();
    for (number, word) in (1..).zip(words.split(' ')) {
        let end = if number % 4 == 0 { "\n" } else { "  " };
        let padding = if number % 4 == 0 { 0 } else { 8 };
        write!(text, "{number:>2} {word:<padding$}{end}").expect("a string takes all text");
    }
    text
}

/// The words of a text in which people have written a fingerprint: numbered or not, in any case.
#[must_use]
pub fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_words_are_read_again() {
        let key = KeyId([0x7f; 28]);
        assert_eq!(words(&shown(&key)), key.fingerprint());
        assert_eq!(words(&key.fingerprint().to_uppercase()), key.fingerprint());
    }

    #[test]
    fn the_words_are_numbered_and_aligned() {
        let mut id = [0x7f; 28];
        id[16..].fill(0);
        let expected = " 1 legal      2 winner     3 thank      4 year\n \
                        5 wave       6 sausage    7 worth      8 useful\n \
                        9 legal     10 winner    11 thank     12 yellow\n";
        assert_eq!(shown(&KeyId(id)), expected);
    }
}
