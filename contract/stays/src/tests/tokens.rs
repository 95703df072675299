//! A ledger of tokens, good and bad, that answers the program's calls in the test VM.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use stylus_sdk::abi::Router;

use super::{CONTRACT, Owned};
use crate::Stays;
use crate::router::ByHand;
use crate::token::{balanceOfCall, permitCall, transferCall, transferFromCall};

/// How a token behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    /// Answers nothing, as USDT does.
    NoReturn,
    /// Answers `false` instead of reverting.
    ReturnsFalse,
    /// Keeps one unit of each transfer.
    TakesFee,
    /// Delivers one unit more than it was told to.
    Gives,
    /// Says `true` and moves nothing.
    Lies,
    /// Answers with more than one word.
    Chatters,
    /// Says a balance in so many bytes.
    Mumbles(usize),
    /// Calls the sender back before it moves anything, as ERC-777 does.
    CallsBack,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    kinds: HashMap<Address, Kind>,
    owned: Owned,
    allowed: HashMap<(Address, Address, Address), U256>,
    nonces: HashMap<(Address, Address), u64>,
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
    /// What is tried when a token calls back, and how often that was let through.
    static ATTACKS: RefCell<Vec<Vec<u8>>> = RefCell::default();
    static TRIED: Cell<usize> = const { Cell::new(0) };
    static BREACHES: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn reset() {
    LEDGER.set(Ledger::default());
    ATTACKS.take();
    TRIED.set(0);
    BREACHES.set(0);
}

/// Whoever is called back tries these calls, in the name of the account that called the program.
pub(crate) fn attack_with(calls: Vec<Vec<u8>>) {
    ATTACKS.set(calls);
}

/// Calls that were tried while money was on its way, and those among them that were let through.
pub(crate) fn breaches() -> (usize, usize) {
    (TRIED.get(), BREACHES.get())
}

fn call_back(program: &mut Stays) {
    for call in ATTACKS.take() {
        let selector = u32::from_be_bytes(call[..4].try_into().expect("four bytes"));
        TRIED.set(TRIED.get() + 1);
        if matches!(ByHand::route(program, selector, &call[4..]), Some(Ok(_))) {
            BREACHES.set(BREACHES.get() + 1);
        }
    }
}

/// A token's balances change by themselves: what it owes the program is another amount now.
pub(crate) fn rebase(token: Address, of: Address, amount: u128) {
    LEDGER.with_borrow_mut(|ledger| ledger.owned.insert((token, of), U256::from(amount)));
}

pub(crate) fn snapshot() -> Ledger {
    LEDGER.with_borrow(Clone::clone)
}

pub(crate) fn restore(ledger: Ledger) {
    LEDGER.set(ledger);
}

pub(crate) fn list(token: Address, kind: Kind) {
    LEDGER.with_borrow_mut(|ledger| ledger.kinds.insert(token, kind));
}

/// The token's contract is there no longer.
pub(crate) fn unlist(token: Address) {
    LEDGER.with_borrow_mut(|ledger| ledger.kinds.remove(&token));
}

/// Gives `owner` units, and lets `spender` take them.
pub(crate) fn fund(token: Address, owner: Address, spender: Address, amount: u128) {
    LEDGER.with_borrow_mut(|ledger| {
        *ledger.owned.entry((token, owner)).or_default() += U256::from(amount);
        ledger.allowed.insert((token, owner, spender), U256::from(amount));
    });
}

pub(crate) fn disallow(token: Address, owner: Address, spender: Address) {
    LEDGER.with_borrow_mut(|ledger| ledger.allowed.remove(&(token, owner, spender)));
}

pub(crate) fn owned(token: Address, account: Address) -> U256 {
    LEDGER.with_borrow(|ledger| ledger.owned.get(&(token, account)).copied().unwrap_or_default())
}

/// Stands for a signature: whoever knows all fields can make one. Real ones are tested on the node.
pub(crate) fn sign(
    token: Address,
    owner: Address,
    spender: Address,
    value: U256,
    deadline: U256,
) -> B256 {
    let nonce = LEDGER.with_borrow(|ledger| ledger.nonces.get(&(token, owner)).copied());
    keccak256((token, owner, spender, value, deadline, nonce.unwrap_or_default()).abi_encode())
}

/// Runs a call of the program on a token; `None` is a revert.
pub(crate) fn answer(program: &mut Stays, token: Address, data: &[u8]) -> Option<Vec<u8>> {
    let is_moving =
        [transferCall::SELECTOR, transferFromCall::SELECTOR].iter().any(|of| data.starts_with(of));
    let kind = LEDGER.with_borrow(|ledger| ledger.kinds.get(&token).copied());
    if is_moving && kind == Some(Kind::CallsBack) {
        call_back(program);
    }
    answer_to(CONTRACT, token, data)
}

/// Runs a call of `caller` on a token; `None` is a revert.
pub(crate) fn answer_to(caller: Address, token: Address, data: &[u8]) -> Option<Vec<u8>> {
    LEDGER.with_borrow_mut(|ledger| {
        let Some(&kind) = ledger.kinds.get(&token) else {
            // An account without code: the call succeeds and says nothing.
            return Some(Vec::new());
        };
        if let Ok(call) = balanceOfCall::abi_decode(data) {
            let balance = ledger.owned.get(&(token, call.account)).copied().unwrap_or_default();
            let mut answer = balance.abi_encode();
            if let Kind::Mumbles(length) = kind {
                answer.resize(length, 0);
            }
            return Some(answer);
        }
        if let Ok(call) = permitCall::abi_decode(data) {
            return ledger.permit(token, &call);
        }
        let is_moved = if let Ok(call) = transferCall::abi_decode(data) {
            ledger.shift(token, kind, caller, call.to, call.amount)
        } else {
            let call = transferFromCall::abi_decode(data).expect("a call of the program");
            ledger.spend(token, kind, caller, &call)
        };
        match kind {
            Kind::ReturnsFalse if is_moved.is_none() => Some(U256::ZERO.abi_encode()),
            Kind::NoReturn => is_moved.map(|()| Vec::new()),
            Kind::Chatters => is_moved.map(|()| (U256::ONE, U256::ONE).abi_encode()),
            Kind::Lies => Some(U256::ONE.abi_encode()),
            _ => is_moved.map(|()| U256::ONE.abi_encode()),
        }
    })
}

impl Ledger {
    fn shift(
        &mut self,
        token: Address,
        kind: Kind,
        from: Address,
        to: Address,
        amount: U256,
    ) -> Option<()> {
        if kind == Kind::Lies {
            return Some(());
        }
        let left =
            self.owned.get(&(token, from)).copied().unwrap_or_default().checked_sub(amount)?;
        self.owned.insert((token, from), left);
        let arrives = match kind {
            Kind::TakesFee => amount - U256::ONE,
            Kind::Gives => amount + U256::ONE,
            _ => amount,
        };
        *self.owned.entry((token, to)).or_default() += arrives;
        Some(())
    }

    fn spend(
        &mut self,
        token: Address,
        kind: Kind,
        spender: Address,
        call: &transferFromCall,
    ) -> Option<()> {
        let key = (token, call.from, spender);
        let left = self.allowed.get(&key).copied().unwrap_or_default().checked_sub(call.amount)?;
        self.shift(token, kind, call.from, call.to, call.amount)?;
        self.allowed.insert(key, left);
        Some(())
    }

    fn permit(&mut self, token: Address, call: &permitCall) -> Option<Vec<u8>> {
        assert_ne!(call.deadline, U256::ZERO, "a permit was handed in that nobody signed");
        let nonce = self.nonces.entry((token, call.owner)).or_default();
        let signed = (token, call.owner, call.spender, call.value, call.deadline, *nonce);
        if call.r != keccak256(signed.abi_encode()) {
            return None;
        }
        *nonce += 1;
        self.allowed.insert((token, call.owner, call.spender), call.value);
        Some(Vec::new())
    }
}
