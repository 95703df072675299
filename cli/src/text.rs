//! Text from files and from the chain is data: nothing in it may drive a terminal.

/// Makes `text` safe to print: control characters and bidirectional overrides become `\u{…}`.
///
/// Line ends and tabs are escaped too; use [`printable_lines`] where a text may have several lines.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if drives_a_terminal(c) { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

/// The same, line by line: the line ends stay.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    let lines: Vec<_> =
        text.split('\n').map(|line| printable(&line.replace('\t', "    "))).collect();
    lines.join("\n")
}

/// Cuts a printable text to at most `most` characters, marking the cut.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// C0 and C1 controls, line and paragraph separators, bidirectional marks, embeddings, overrides and
/// isolates, and the invisible characters that can hide text.
pub(crate) fn drives_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_overrides_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(printable("\u{202e}gnp.exe"), "\\u{202e}gnp.exe");
        assert_eq!(printable("one\ntwo\u{9b}2J"), "one\\u{a}two\\u{9b}2J");
        assert_eq!(printable("José Ñandú 漢字"), "José Ñandú 漢字");
    }

    #[test]
    fn line_ends_survive_where_a_text_may_have_lines() {
        assert_eq!(printable_lines("one\n\ttwo\r"), "one\n    two\\u{d}");
    }

    #[test]
    fn long_text_is_cut_by_characters_with_a_mark() {
        assert_eq!(shortened("漢字漢字", 3), "漢字…");
        assert_eq!(shortened("abc", 3), "abc");
    }
}
