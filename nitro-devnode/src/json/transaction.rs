//! Transactions.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Serialize;

use super::Hex;

/// A transaction of any type; members that a type does not have are absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionJson {
    pub(crate) block_hash: Option<B256>,
    pub(crate) block_number: Option<Hex>,
    pub(crate) from: Address,
    pub(crate) gas: Hex,
    /// Of a mined type 2 or 4: min(fee cap, base fee + tip), although the tip is not charged.
    pub(crate) gas_price: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_fee_per_gas: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_priority_fee_per_gas: Option<Hex>,
    pub(crate) hash: B256,
    pub(crate) input: Bytes,
    pub(crate) nonce: Hex,
    pub(crate) to: Option<Address>,
    pub(crate) transaction_index: Option<Hex>,
    pub(crate) value: U256,
    #[serde(rename = "type")]
    pub(crate) kind: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_list: Option<Vec<AccessJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain_id: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_list: Option<Vec<AuthorizationJson>>,
    pub(crate) v: Hex,
    pub(crate) r: U256,
    pub(crate) s: U256,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) y_parity: Option<Hex>,
}

/// One entry of an access list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessJson {
    pub(crate) address: Address,
    pub(crate) storage_keys: Vec<B256>,
}

/// One EIP-7702 authorization.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationJson {
    pub(crate) chain_id: U256,
    pub(crate) address: Address,
    pub(crate) nonce: Hex,
    pub(crate) y_parity: Hex,
    pub(crate) r: U256,
    pub(crate) s: U256,
}
