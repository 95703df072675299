//! The parameters of calls and estimates (devnode.md section 2.11).

use std::collections::HashMap;

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use alloy_primitives::{Address, B256, Bytes, U256, address};
use devnode_chain::{AccountOverride, BlockOverrides, CallRequest, Chain, StateOverrides};
use serde::Deserialize;

use crate::rpc::{
    Address20, Data, FromParam, Hash32, Quantity, Quantity64, RpcError, object_by_serde,
};

/// The account that holds ArbOS's state.
const ARBOS_STATE: Address = address!("A4B05FffffFffFFFFfFFfffFfffFFfffFfFfFFFf");

/// The transaction object. Unknown members are ignored, as go-ethereum does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CallParam {
    pub(crate) from: Option<Address20>,
    pub(crate) to: Option<Address20>,
    pub(crate) gas: Option<Quantity64>,
    pub(crate) gas_price: Option<Quantity>,
    pub(crate) max_fee_per_gas: Option<Quantity>,
    pub(crate) max_priority_fee_per_gas: Option<Quantity>,
    pub(crate) value: Option<Quantity>,
    pub(crate) nonce: Option<Quantity64>,
    chain_id: Option<Quantity>,
    data: Option<Data>,
    input: Option<Data>,
    pub(crate) access_list: Option<Vec<AccessParam>>,
    pub(crate) authorization_list: Option<Vec<AuthorizationParam>>,
    #[serde(rename = "skipL1Charging")]
    pub(crate) skip_l1_charging: Option<bool>,
}

/// One entry of an access list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessParam {
    pub(crate) address: Address20,
    #[serde(default)]
    pub(crate) storage_keys: Vec<Hash32>,
}

/// One EIP-7702 authorization.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationParam {
    pub(crate) chain_id: Quantity,
    pub(crate) address: Address20,
    pub(crate) nonce: Quantity64,
    pub(crate) y_parity: Quantity64,
    pub(crate) r: Quantity,
    pub(crate) s: Quantity,
}

impl CallParam {
    /// The call as the chain takes it.
    ///
    /// # Errors
    /// Members that contradict each other (devnode.md section 2.11) or the chain.
    pub(crate) fn into_request(self, chain_id: u64) -> Result<CallRequest, RpcError> {
        if let Some(have) = self.chain_id.filter(|have| have.0 != U256::from(chain_id)) {
            return Err(RpcError::server(format!(
                "chainId does not match node's (have={}, want={chain_id})",
                have.0
            )));
        }
        if self.gas_price.is_some()
            && (self.max_fee_per_gas.is_some() || self.max_priority_fee_per_gas.is_some())
        {
            return Err(RpcError::server(
                "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
            ));
        }
        // No balance reaches 2^128 wei: a price above it is refused as unaffordable either way.
        let price = |quantity: Option<Quantity>| quantity.map(|price| price.0.saturating_to());
        Ok(CallRequest {
            from: self.from.map(|from| from.0).unwrap_or_default(),
            to: self.to.map(|to| to.0),
            gas: self.gas.map(|gas| gas.0),
            gas_price: price(self.gas_price),
            max_fee_per_gas: price(self.max_fee_per_gas),
            max_priority_fee_per_gas: price(self.max_priority_fee_per_gas),
            value: self.value.map(|value| value.0).unwrap_or_default(),
            nonce: self.nonce.map(|nonce| nonce.0),
            input: input(self.input, self.data)?,
            access_list: access_list(self.access_list.unwrap_or_default()),
            authorization_list: self
                .authorization_list
                .unwrap_or_default()
                .into_iter()
                .map(AuthorizationParam::signed)
                .collect(),
            skip_l1_charging: self.skip_l1_charging.unwrap_or_default(),
        })
    }
}

/// The call data, whichever of its two names was used.
fn input(input: Option<Data>, data: Option<Data>) -> Result<Bytes, RpcError> {
    match (input, data) {
        (Some(input), Some(data)) if input != data => Err(RpcError::server(
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass \
             transaction call data",
        )),
        (Some(bytes), _) | (None, Some(bytes)) => Ok(bytes.0),
        (None, None) => Ok(Bytes::new()),
    }
}

fn access_list(entries: Vec<AccessParam>) -> AccessList {
    let items = entries.into_iter().map(|entry| AccessListItem {
        address: entry.address.0,
        storage_keys: entry.storage_keys.into_iter().map(Into::into).collect(),
    });
    AccessList(items.collect())
}

impl AuthorizationParam {
    fn signed(self) -> SignedAuthorization {
        let authorization = Authorization {
            chain_id: self.chain_id.0,
            address: self.address.0,
            nonce: self.nonce.0,
        };
        // A parity that is no parity makes an authorization that recovers to nobody.
        let parity = u8::try_from(self.y_parity.0).unwrap_or(u8::MAX);
        SignedAuthorization::new_unchecked(authorization, parity, self.r.0, self.s.0)
    }
}

impl FromParam for CallParam {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "ethapi.TransactionArgs")
    }
}

/// Changes to accounts, for one call only.
#[derive(Debug, Clone, Default)]
pub(crate) struct StateOverrideParam(pub(crate) Vec<(Address, AccountOverrideParam)>);

/// Changes to one account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AccountOverrideParam {
    pub(crate) balance: Option<Quantity>,
    pub(crate) nonce: Option<Quantity64>,
    pub(crate) code: Option<Data>,
    pub(crate) state: Option<HashMap<Hash32, Hash32>>,
    pub(crate) state_diff: Option<HashMap<Hash32, Hash32>>,
    pub(crate) move_precompile_to_address: Option<Address20>,
}

impl FromParam for StateOverrideParam {
    fn from_param(json: &str) -> Result<Self, String> {
        let map: HashMap<Address20, AccountOverrideParam> =
            object_by_serde(json, "override.StateOverride")?;
        let mut accounts: Vec<_> =
            map.into_iter().map(|(address, change)| (address.0, change)).collect();
        // One order, whatever the order of the members was.
        accounts.sort_unstable_by_key(|(address, _)| *address);
        Ok(Self(accounts))
    }
}

impl StateOverrideParam {
    /// The overrides as the chain takes them.
    ///
    /// # Errors
    /// An account with two kinds of storage; a precompile that is moved, but is none, or onto an
    /// account that is overridden itself.
    pub(crate) fn into_overrides(self, chain: &Chain) -> Result<StateOverrides, RpcError> {
        let moves = self
            .0
            .iter()
            .filter_map(|(from, change)| change.move_precompile_to_address.map(|to| (*from, to.0)));
        for (from, to) in moves {
            if !chain.is_precompile(from) {
                return Err(RpcError::server(format!("account {from} is not a precompile")));
            }
            if self.0.iter().any(|(address, _)| *address == to) {
                return Err(RpcError::server(format!("account {to} is already overridden")));
            }
        }
        self.0
            .into_iter()
            .map(|(address, change)| Ok((address, change.checked(address)?)))
            .collect()
    }
}

impl AccountOverrideParam {
    fn checked(self, address: Address) -> Result<AccountOverride, RpcError> {
        if self.state.is_some() && self.state_diff.is_some() {
            let text = format!("account {address} has both 'state' and 'stateDiff'");
            return Err(RpcError::server(text));
        }
        if address == ARBOS_STATE {
            return Err(RpcError::server(format!(
                "the ArbOS state account {address} cannot be overridden"
            )));
        }
        Ok(AccountOverride {
            balance: self.balance.map(|balance| balance.0),
            nonce: self.nonce.map(|nonce| nonce.0),
            code: self.code.map(|code| code.0),
            state: self.state.map(words),
            state_diff: self.state_diff.map(words),
            move_precompile_to: self.move_precompile_to_address.map(|to| to.0),
            keeps_precompile: false,
        })
    }
}

fn words(map: HashMap<Hash32, Hash32>) -> Vec<(U256, B256)> {
    map.into_iter().map(|(slot, value)| (slot.0.into(), value.0)).collect()
}

impl From<BlockOverrideParam> for BlockOverrides {
    fn from(param: BlockOverrideParam) -> Self {
        Self {
            number: param.number.map(|number| number.0),
            time: param.time.map(|time| time.0),
            gas_limit: param.gas_limit.map(|limit| limit.0),
            fee_recipient: param.fee_recipient.map(|account| account.0),
            difficulty: param.difficulty.map(|difficulty| difficulty.0),
            base_fee: param.base_fee_per_gas.map(|fee| fee.0),
        }
    }
}

/// Changes to the block that a call sees; `prevRandao` and `blobBaseFee` mean nothing here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BlockOverrideParam {
    pub(crate) number: Option<Quantity>,
    pub(crate) difficulty: Option<Quantity>,
    pub(crate) time: Option<Quantity64>,
    pub(crate) gas_limit: Option<Quantity64>,
    pub(crate) fee_recipient: Option<Address20>,
    /// Accepted and ignored (devnode.md section 2.11).
    #[serde(rename = "prevRandao")]
    _prev_randao: Option<Hash32>,
    pub(crate) base_fee_per_gas: Option<Quantity>,
}

impl FromParam for BlockOverrideParam {
    fn from_param(json: &str) -> Result<Self, String> {
        object_by_serde(json, "override.BlockOverrides")
    }
}
