//! What `--dry-run` shows: everything that would be signed, and what it costs.

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};

use super::{Plan, Terms};
use crate::amount;
use crate::output::Report;
use crate::session::Session;

/// A transaction that was simulated and not sent.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    what: String,
    public: String,
    to: Option<Address>,
    value_wei: U256,
    gas_limit: u64,
    fee_wei: U256,
}

impl Rehearsal {
    pub(super) fn new(plan: &Plan, terms: &Terms) -> Self {
        Self {
            what: plan.what.clone(),
            public: plan.public.clone(),
            to: plan.to,
            value_wei: plan.value_wei,
            gas_limit: terms.gas_limit,
            fee_wei: terms.fee_wei(),
        }
    }

    const fn total_wei(&self) -> U256 {
        self.fee_wei.saturating_add(self.value_wei)
    }

    fn text(&self) -> String {
        format!(
            "{}\n  public for ever: {}\n  gas at most {}, fee at most {}, total at most {}\n",
            self.what,
            self.public,
            self.gas_limit,
            amount::format(self.fee_wei),
            amount::format(self.total_wei())
        )
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "public": self.public,
            "to": self.to.map(|to| to.to_checksum(None)),
            "valueWei": self.value_wei.to_string(),
            "gasLimit": self.gas_limit.to_string(),
            "maxFeeWei": self.fee_wei.to_string(),
            "maxTotalWei": self.total_wei().to_string(),
        })
    }
}

impl Session {
    /// The result of a run with `--dry-run`.
    #[must_use]
    pub fn rehearsal(&self) -> Report {
        let steps = self.rehearsed.borrow();
        let text: String = steps.iter().map(Rehearsal::text).collect();
        let steps: Vec<Value> = steps.iter().map(Rehearsal::json).collect();
        let data = json!({"dryRun": true, "transactions": steps});
        Report::new(data, format!("{text}nothing was signed, nothing was sent"))
    }
}
