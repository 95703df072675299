//! An account as `prestateTracer` shows it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use devnode_chain::StateView;
use serde::Serialize;

/// Members that are absent are unknown or unchanged.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) balance: Option<U256>,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    pub(crate) code: Bytes,
    /// Absent where there is no code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code_hash: Option<B256>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) nonce: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) storage: BTreeMap<B256, B256>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An account before the transaction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) json: AccountJson,
    /// Whether it did not exist.
    pub(crate) is_empty: bool,
}

impl Known {
    pub(crate) fn read(account: Address, state: &mut dyn StateView) -> Self {
        let (balance, nonce, code) =
            (state.balance(account), state.nonce(account), state.code(account));
        let is_empty = balance.is_zero() && nonce == 0 && code.is_empty();
        let code_hash = (!code.is_empty()).then(|| keccak256(&code));
        let storage = BTreeMap::new();
        let json = AccountJson { balance: Some(balance), code, code_hash, nonce, storage };
        Self { json, is_empty }
    }

    /// What the account has become where that differs; drops from this what has not changed.
    pub(crate) fn difference(
        &mut self,
        account: Address,
        state: &mut dyn StateView,
    ) -> Option<AccountJson> {
        let now = Self::read(account, state).json;
        let mut after = AccountJson::default();
        let mut is_changed = false;
        if now.balance != self.json.balance {
            (after.balance, is_changed) = (now.balance, true);
        }
        if now.nonce != self.json.nonce {
            (after.nonce, is_changed) = (now.nonce, true);
        }
        // The code itself may have been left out of what was before.
        if now.code_hash != self.json.code_hash {
            after.code_hash = Some(now.code_hash.unwrap_or_default());
            (after.code, is_changed) = (now.code, true);
        }
        self.json.storage.retain(|slot, before| {
            let value = B256::from(state.storage(account, (*slot).into()));
            if value == *before {
                return false;
            }
            is_changed = true;
            if !value.is_zero() {
                after.storage.insert(*slot, value);
            }
            !before.is_zero()
        });
        is_changed.then_some(after)
    }
}
