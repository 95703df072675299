//! How much a run may print on the console of a debug chain.

/// Bytes that a run prints at most. Printing costs no ink (host 1.6): without a limit a transaction
/// could keep the node printing for days.
const MOST_BYTES: usize = 1 << 20;
/// What a line counts besides its text, so that empty lines end, too.
const LINE_LEN: usize = 32;

/// The rest of that.
#[derive(Debug)]
pub(crate) struct Console {
    left: usize,
}

impl Default for Console {
    fn default() -> Self {
        Self { left: MOST_BYTES }
    }
}

impl Console {
    /// Whether nothing is printed any more.
    pub(crate) const fn is_closed(&self) -> bool {
        self.left == 0
    }

    /// What is printed of a line, the last time with a note; `None` from then on.
    pub(crate) fn admit(&mut self, line: String) -> Option<String> {
        if self.is_closed() {
            return None;
        }
        if let Some(left @ 1..) = self.left.checked_sub(line.len() + LINE_LEN) {
            self.left = left;
            return Some(line);
        }
        let kept = &line[..line.floor_char_boundary(self.left)];
        self.left = 0;
        Some(format!("{kept} … this program prints no more until it ends"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_end() {
        let mut console = Console::default();
        let mut lines = 0;

        while console.admit(String::new()).is_some() {
            lines += 1;
        }

        assert_eq!(lines, MOST_BYTES / LINE_LEN);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        let mut console = Console { left: 3 };

        let line = console.admit("ääää".to_owned());

        assert_eq!(line.unwrap(), "ä … this program prints no more until it ends");
        assert_eq!(console.admit("x".to_owned()), None);
    }
}
