//! A transaction before it is signed.

use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::eip2930::AccessList;
use alloy_eips::eip7702::SignedAuthorization;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use serde_json::{Value, json};

use crate::signer::{CHAIN_ID, Signer};

/// What a transaction pays at most, in wei per gas: two hundred times the price of a quiet chain, since
/// a burst raises it; half an ether for 25 million gas.
pub(crate) const FEE_CAP: u128 = 20_000_000_000;

/// The type of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Type 0.
    Legacy,
    /// Type 0 as before EIP-155.
    Unprotected,
    /// Type 1.
    AccessList,
    /// Type 2.
    Dynamic,
    /// Type 4.
    SetCode(SignedAuthorization),
}

/// What a transaction shall do.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// What a reader of a difference is told.
    pub(crate) step: String,
    pub(crate) kind: Kind,
    pub(crate) to: TxKind,
    pub(crate) value: U256,
    pub(crate) input: Bytes,
    pub(crate) gas: u64,
    pub(crate) access_list: AccessList,
}

impl Wish {
    /// A call with 5,000,000 gas, to be varied.
    pub(crate) fn call(step: impl Into<String>, to: Address, input: impl Into<Bytes>) -> Self {
        Self {
            step: step.into(),
            kind: Kind::Dynamic,
            to: TxKind::Call(to),
            value: U256::ZERO,
            input: input.into(),
            gas: 5_000_000,
            access_list: AccessList::default(),
        }
    }

    /// A creation with 5,000,000 gas.
    pub(crate) fn create(step: impl Into<String>, init: impl Into<Bytes>) -> Self {
        Self { to: TxKind::Create, ..Self::call(step, Address::ZERO, init) }
    }

    /// The transaction as `eth_sendRawTransaction` takes it.
    pub(crate) fn signed(&self, signer: &Signer, nonce: u64) -> String {
        let Self { to, value, gas: gas_limit, .. } = *self;
        let (input, access_list) = (self.input.clone(), self.access_list.clone());
        let (chain_id, gas_price) = (CHAIN_ID, FEE_CAP);
        match &self.kind {
            Kind::Legacy | Kind::Unprotected => {
                let chain_id = matches!(self.kind, Kind::Legacy).then_some(chain_id);
                signer.sign_any(TxLegacy {
                    chain_id,
                    nonce,
                    gas_price,
                    gas_limit,
                    to,
                    value,
                    input,
                })
            }
            Kind::AccessList => signer.sign_any(TxEip2930 {
                chain_id,
                nonce,
                gas_price,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }),
            Kind::Dynamic => signer.sign_any(TxEip1559 {
                to,
                value,
                gas_limit,
                max_fee_per_gas: FEE_CAP,
                access_list,
                input,
                ..Signer::plain(nonce)
            }),
            Kind::SetCode(authorization) => signer.sign_any(TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: FEE_CAP,
                max_priority_fee_per_gas: 0,
                to: to.to().copied().unwrap_or_default(),
                value,
                access_list,
                authorization_list: vec![authorization.clone()],
                input,
            }),
        }
    }

    /// The same as the argument of `eth_call` and `eth_estimateGas`.
    pub(crate) fn request(&self, from: Address) -> Value {
        let mut request = json!({ "from": from, "value": self.value, "input": self.input });
        if let TxKind::Call(to) = self.to {
            request["to"] = json!(to);
        }
        if !self.access_list.is_empty() {
            request["accessList"] = json!(self.access_list);
        }
        if let Kind::SetCode(authorization) = &self.kind {
            request["authorizationList"] = json!([authorization]);
        }
        request
    }
}
