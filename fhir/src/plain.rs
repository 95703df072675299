//! Text from files, made safe to print.

/// The text with control characters, bidirectional controls and invisible tags written as `\u{..}`.
///
/// Text from a file is data: a terminal escape must not move the cursor, and an override must not make
/// `5 mg` read as something else. Use it for every text from a file that is shown to people.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Characters that act on the display instead of being shown.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Arabic letter mark, direction marks, embeddings, overrides and isolates (UAX #9).
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators break the one line that a summary is.
            | '\u{2028}' | '\u{2029}'
            // Zero-width space, byte order mark, deprecated format controls, tags.
            | '\u{200b}' | '\u{feff}' | '\u{206a}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_overrides_are_spelled_out() {
        assert_eq!(plain("a\u{1b}[2Jb\r\n"), r"a\u{1b}[2Jb\u{d}\u{a}");
        assert_eq!(plain("5\u{202e}gm 01"), r"5\u{202e}gm 01");
        assert_eq!(plain("\u{9b}31m"), r"\u{9b}31m");
    }

    #[test]
    fn names_in_any_script_stay_as_they_are() {
        for name in ["José María", "שלום", "名前", "👩\u{200d}⚕️"] {
            assert_eq!(plain(name), name);
        }
    }
}
