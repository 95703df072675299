//! What a transaction will need, as the node says before anything is signed.

use alloy_primitives::{Address, Bytes, U256};
use serde::Deserialize;
use serde_json::json;

use super::{Plan, request};
use crate::amount;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::rpc::{Call, Kind, RpcError};
use crate::session::Session;

/// Gas of a plain transfer, the least that anything costs.
const LEAST_GAS: u64 = 21_000;

/// Limit and price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) gas_limit: u64,
    /// Per gas.
    pub(super) max_fee_wei: U256,
}

impl Terms {
    /// The most that can be paid in fees.
    pub(super) fn fee_wei(&self) -> U256 {
        self.max_fee_wei.saturating_mul(U256::from(self.gas_limit))
    }

    /// What is shown before it is signed.
    pub(super) fn shown(&self, plan: &Plan) -> String {
        let fee = self.fee_wei();
        format!(
            "{}\n  public for ever: {}\n  fee at most {}, total at most {}",
            plan.what,
            plan.public,
            amount::format(fee),
            amount::format(fee.saturating_add(plan.value_wei))
        )
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    base_fee_per_gas: Option<U256>,
}

impl Session {
    /// Asks for price, estimate, funds and, where the estimate does not count, for a simulation.
    pub(super) async fn terms(&self, from: Address, plan: &Plan) -> Result<Terms, Error> {
        let request = request(from, plan);
        let mut calls = vec![
            Call::new("eth_getBlockByNumber", json!(["latest", false])),
            Call::new("eth_gasPrice", json!([])),
            Call::new("eth_getBalance", json!([from, "latest"])),
            Call::new("eth_estimateGas", json!([request])),
        ];
        if self.global.dry_run {
            calls.push(Call::new("eth_call", json!([request, "latest"])));
        }
        let mut answers = self.rpc.batch(&calls).await?.into_iter();
        let mut next =
            || answers.next().ok_or_else(|| Error::Internal("an answer to each call".into()));
        let block: Block = self.rpc.typed("eth_getBlockByNumber", next()?)?;
        let price = next()?;
        // Twice the base fee: it may rise before the block, and what is not needed is not taken.
        let price = match block.base_fee_per_gas {
            Some(base_fee) => base_fee,
            None => self.rpc.typed("eth_gasPrice", price)?,
        };
        let max_fee_wei = price.saturating_mul(U256::from(2));
        let balance: U256 = self.rpc.typed("eth_getBalance", next()?)?;
        let funds = Funds { account: from, balance, plan, max_fee_wei };
        let estimate = next()?;
        if let Ok(simulation) = next() {
            self.rpc
                .typed::<Bytes>("eth_call", simulation)
                .map_err(|error| funds.refused(error))?;
        }
        let gas_limit = match self.global.gas_limit {
            Some(limit) => limit,
            None => {
                let estimate: U256 = self
                    .rpc
                    .typed("eth_estimateGas", estimate)
                    .map_err(|error| funds.refused(error))?;
                // The limit holds the L1 data fee as well, which moves: one fifth more.
                let estimate = u64::try_from(estimate)
                    .map_err(|_| self.rpc.unexpected("eth_estimateGas", "above 64 bits"))?;
                estimate.saturating_add(estimate / 5)
            }
        };
        let terms = Terms { gas_limit, max_fee_wei };
        let needed = terms.fee_wei().saturating_add(plan.value_wei);
        if balance < needed {
            return Err(Error::InsufficientFunds { account: from, balance, needed });
        }
        Ok(terms)
    }
}

/// Who pays, for telling what is missing.
struct Funds<'a> {
    account: Address,
    balance: U256,
    plan: &'a Plan,
    max_fee_wei: U256,
}

impl Funds<'_> {
    /// A refused simulation: of the contract, or of the node for want of money.
    fn refused(&self, error: RpcError) -> Error {
        let least_fee = self.max_fee_wei.saturating_mul(U256::from(LEAST_GAS));
        let needed = self.plan.value_wei.saturating_add(least_fee);
        match error.refusal() {
            Some(refusal) if refusal.kind() == Kind::InsufficientFunds => {
                Error::InsufficientFunds { account: self.account, balance: self.balance, needed }
            }
            Some(refusal) => match refusal.revert_data() {
                // Some nodes revert where the money for the value is missing.
                Some(data) if data.is_empty() && self.balance < needed => {
                    Error::InsufficientFunds {
                        account: self.account,
                        balance: self.balance,
                        needed,
                    }
                }
                Some(data) => Error::Reverted {
                    refusal: Box::new(Refusal::decode(&data, self.plan.to)),
                    hash: None,
                },
                None => error.into(),
            },
            None => error.into(),
        }
    }
}
