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
    /// Gas limit and highest fee; `None` where only an earlier step makes it possible to tell.
    cost: Option<(u64, U256)>,
}

impl Rehearsal {
    pub(super) fn new(plan: &Plan, terms: &Terms) -> Self {
        Self {
            what: plan.what.clone(),
            public: plan.public.clone(),
            to: plan.to,
            value_wei: plan.value_wei,
            cost: Some((terms.gas_limit, terms.fee_wei())),
        }
    }

    fn unpriced(plan: &Plan) -> Self {
        Self {
            what: plan.what.clone(),
            public: plan.public.clone(),
            to: plan.to,
            value_wei: plan.value_wei,
            cost: None,
        }
    }

    fn text(&self) -> String {
        let cost = match self.cost {
            Some((gas_limit, fee_wei)) => format!(
                "gas at most {gas_limit}, fee at most {}, total at most {}",
                amount::format(fee_wei),
                amount::format(fee_wei.saturating_add(self.value_wei))
            ),
            None => "gas and fee can be told once the step before is done".to_owned(),
        };
        format!("{}\n  public for ever: {}\n  {cost}\n", self.what, self.public)
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "public": self.public,
            "to": self.to.map(|to| to.to_checksum(None)),
            "valueWei": self.value_wei.to_string(),
            "gasLimit": self.cost.map(|(gas_limit, _)| gas_limit.to_string()),
            "maxFeeWei": self.cost.map(|(_, fee_wei)| fee_wei.to_string()),
            "maxTotalWei": self
                .cost
                .map(|(_, fee_wei)| fee_wei.saturating_add(self.value_wei).to_string()),
        })
    }
}

impl Session {
    /// Adds a transaction to what `--dry-run` shows that can only be simulated once those before it are
    /// mined.
    pub fn rehearse_unpriced(&self, plan: &Plan) {
        self.rehearsed.borrow_mut().push(Rehearsal::unpriced(plan));
    }

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
