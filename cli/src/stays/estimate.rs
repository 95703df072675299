//! The good-faith estimate, and the US rule of 400 dollars above it.

use chartkey_fhir::Money;
use serde_json::{Value, json};

/// From this many dollars above the estimate on, a bill may be disputed (45 CFR 149.620(a)(2)(ii)).
const DISPUTE_FROM_USD: u64 = 400;

/// What was said about a stay's price in a currency of a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The clinic's good-faith estimate.
    pub expected: Option<Money>,
    /// The total that was billed.
    pub billed: Option<Money>,
}

impl Estimate {
    /// By how much the bill exceeds the estimate, if that is enough for a dispute under US law.
    #[must_use]
    pub fn dispute(&self) -> Option<Money> {
        let over = self.billed?.above(self.expected?)?;
        (over.currency().code() == "USD" && over.is_at_least(DISPUTE_FROM_USD)).then_some(over)
    }

    /// What to print on invoices: the bill, or what was estimated as long as there is none.
    #[must_use]
    pub fn agreed(&self) -> Option<Money> {
        self.billed.or(self.expected)
    }

    /// The lines that tell it.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(expected) = self.expected {
            lines.push(format!("good-faith estimate {expected}"));
        }
        if let Some(billed) = self.billed {
            lines.push(format!("billed {billed}"));
        }
        if let Some(over) = self.dispute() {
            lines.push(format!(
                "the bill is {over} above the estimate: a patient in the US who is uninsured or does not \
                 use insurance may start the patient-provider dispute resolution, within 120 days of the \
                 first bill (45 CFR 149.620)"
            ));
        }
        lines
    }

    /// The same for scripts.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "goodFaithEstimate": self.expected.map(Money::to_json),
            "billed": self.billed.map(Money::to_json),
            "mayDispute": self.dispute().is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(expected: &str, billed: &str) -> Estimate {
        let read = |text: &str| Some(text.parse().expect("money"));
        Estimate { expected: read(expected), billed: read(billed) }
    }

    #[test]
    fn a_bill_may_be_disputed_from_exactly_400_dollars_above_the_estimate_on() {
        assert!(estimate("450USD", "850USD").dispute().is_some());
        assert_eq!(estimate("450USD", "849.99USD").dispute(), None);
        assert_eq!(estimate("850USD", "450USD").dispute(), None);
    }

    #[test]
    fn the_rule_counts_dollars_and_needs_both_amounts() {
        assert_eq!(estimate("450EUR", "2000EUR").dispute(), None);
        assert_eq!(estimate("450EUR", "2000USD").dispute(), None);
        let alone = Estimate { expected: None, ..estimate("1USD", "2000USD") };
        assert_eq!(alone.dispute(), None);
        assert!(alone.lines().iter().all(|line| !line.contains("dispute")));
    }
}
