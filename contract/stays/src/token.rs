//! ERC-20 tokens, of which nothing is believed.
//!
//! A call counts if it succeeded and answered exactly `true`, or nothing and the token is a contract. What
//! comes in is measured by the balance, so a token that keeps a fee is refused.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, sol};
use chartkey_abi::IStays;
#[cfg(not(test))]
use stylus_sdk::call::call;
use stylus_sdk::prelude::*;

use crate::{Error, Stays};

sol! {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function permit(
        address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s
    ) external;
}

/// An ERC-2612 permit as it is signed; without one, `deadline` is 0.
pub(crate) struct Permit {
    pub(crate) deadline: U256,
    pub(crate) v: u8,
    pub(crate) r: B256,
    pub(crate) s: B256,
}

impl Stays {
    /// Takes `amount` from the caller.
    pub(crate) fn pull_token(&mut self, token: Address, amount: u128) -> Result<(), Error> {
        let (from, to) = (self.vm().msg_sender(), self.vm().contract_address());
        let expected = U256::from(amount);
        let before = self.held_token(token)?;
        self.demand(token, &transferFromCall { from, to, amount: expected }.abi_encode())?;
        let found = self.held_token(token)?.saturating_sub(before);
        if found != expected {
            return Err(IStays::TokenShort { token, expected, found }.into());
        }
        Ok(())
    }

    /// Sends `amount` to `to`.
    pub(crate) fn push_token(
        &mut self,
        token: Address,
        to: Address,
        amount: U256,
    ) -> Result<(), Error> {
        self.demand(token, &transferCall { to, amount }.abi_encode())
    }

    /// Hands a permit of the caller to the token.
    ///
    /// A refusal is passed over: whoever saw the permit on its way may have handed it in before, and
    /// then the allowance is there. If it is not, the transfer fails.
    pub(crate) fn use_permit(&mut self, token: Address, amount: u128, permit: &Permit) {
        let data = permitCall {
            owner: self.vm().msg_sender(),
            spender: self.vm().contract_address(),
            value: U256::from(amount),
            deadline: permit.deadline,
            v: permit.v,
            r: permit.r,
            s: permit.s,
        };
        drop(self.invoke(token, &data.abi_encode()));
    }

    fn held_token(&mut self, token: Address) -> Result<U256, Error> {
        let account = self.vm().contract_address();
        match self.invoke(token, &balanceOfCall { account }.abi_encode()) {
            Some(answer) if answer.len() == 32 => Ok(U256::from_be_slice(&answer)),
            _ => Err(IStays::TokenFailed { token }.into()),
        }
    }

    #[inline(never)]
    fn demand(&mut self, token: Address, data: &[u8]) -> Result<(), Error> {
        let is_done = match self.invoke(token, data) {
            Some(answer) if answer.is_empty() => self.vm().code_size(token) != 0,
            Some(answer) => answer == B256::with_last_byte(1).as_slice(),
            None => false,
        };
        if is_done {
            return Ok(());
        }
        Err(IStays::TokenFailed { token }.into())
    }

    /// What a token answers; `None` if it reverted.
    #[cfg(not(test))]
    #[inline(never)]
    fn invoke(&mut self, token: Address, data: &[u8]) -> Option<Vec<u8>> {
        let context = Call::new_mutating(self);
        call(self.vm(), context, token, data).ok()
    }

    /// The test VM answers every call with what was set last; the tests keep a ledger of tokens instead
    /// (guides/stylus-contracts.md section 6). Real tokens are called in `tests/it`, on the node.
    #[cfg(test)]
    fn invoke(&mut self, token: Address, data: &[u8]) -> Option<Vec<u8>> {
        crate::tests::tokens::answer(self, token, data)
    }
}
