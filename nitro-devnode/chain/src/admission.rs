//! Which transactions are let in, and in which words others are refused (devnode.md 2.7).

use alloy_consensus::{Transaction as _, TxEnvelope, TxType, transaction::SignerRecoverable};
use alloy_eips::eip2718::{Decodable2718, Eip2718Error, Encodable2718};
use alloy_primitives::{Address, U256, aliases::U320};
use devnode_arbos::{ArbosState, Backend, pricing::l1};
use revm::context::{TransactionType, TxEnv, either::Either};

use crate::{
    SendError,
    evm::{BLOCK_GAS_LIMIT, Context, Ledger},
    message::{Message, fixed_gas},
    rlp_fault::{first_fault, number},
};

/// Longest transaction that the sequencer takes, in bytes.
const MOST_BYTES: usize = 95_000;
/// Gas of the cheapest transaction.
const LEAST_GAS: u64 = 21_000;
/// Most that price times gas may be, in wei: 1 ether.
const FEE_CAP_WEI: u128 = 1_000_000_000_000_000_000;
/// Set-code transactions exist from this ArbOS version on.
const SET_CODE_VERSION: u64 = 40;

/// A transaction whose form and signature are right.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) envelope: TxEnvelope,
    pub(crate) sender: Address,
    encoded: Vec<u8>,
    /// Whether it ends with [`SendError::NotCompiled`] where a program has yet to be compiled.
    pub(crate) defers_compiling: bool,
    /// Sent in the name of an account that need not have a key (devnode.md 7.4, rule 7).
    is_impersonated: bool,
}

impl Signed {
    /// A transaction that was admitted before, perhaps in somebody's name.
    pub(crate) const fn known(envelope: TxEnvelope, sender: Address, encoded: Vec<u8>) -> Self {
        Self { envelope, sender, encoded, defers_compiling: false, is_impersonated: true }
    }

    /// The same transaction, which waits where a program has to be compiled.
    pub(crate) fn patient(self) -> Self {
        Self { defers_compiling: false, ..self }
    }

    /// A transaction that nobody signed.
    pub(crate) fn impersonated(envelope: TxEnvelope, sender: Address) -> Self {
        let encoded = envelope.encoded_2718();
        Self { envelope, sender, encoded, defers_compiling: false, is_impersonated: true }
    }
}

/// The checks that need no state (rows 1 to 6).
///
/// # Errors
///
/// The first rule that does not hold.
pub(crate) fn decode(raw: &[u8], chain_id: u64, arbos_version: u64) -> Result<Signed, SendError> {
    // One byte that is no list is the type of a transaction without content.
    if raw.is_empty() || (raw.len() == 1 && raw[0] <= 0x7f) {
        return Err(SendError::Undecodable("typed transaction too short".to_owned()));
    }
    // Type 3 (blobs) decodes only in its consensus form; nobody may send it either way.
    if matches!(raw[0], 0x00 | 0x03 | 0x05..=0x7f) {
        return Err(SendError::Type);
    }
    let mut rest = raw;
    let envelope =
        TxEnvelope::decode_2718(&mut rest).map_err(|error| undecodable(raw, chain_id, &error))?;
    if !rest.is_empty() {
        let text = "rlp: input contains more than one value";
        return Err(SendError::Undecodable(text.to_owned()));
    }
    check_price(U256::from(envelope.max_fee_per_gas()), envelope.gas_limit())?;
    let is_allowed = match envelope.tx_type() {
        TxType::Eip4844 => false,
        TxType::Eip7702 => arbos_version >= SET_CODE_VERSION,
        TxType::Legacy | TxType::Eip2930 | TxType::Eip1559 => true,
    };
    if !is_allowed {
        return Err(SendError::Type);
    }
    if let Some(have) = envelope.chain_id() {
        check_chain_id(U256::from(have), chain_id)?;
    }
    let sender = envelope.recover_signer().map_err(|_| SendError::Sender)?;
    let encoded = raw.to_vec();
    Ok(Signed { envelope, sender, encoded, defers_compiling: false, is_impersonated: false })
}

/// Rows 2 and 4.
fn check_price(fee_cap: U256, gas_limit: u64) -> Result<(), SendError> {
    let fee = U320::from(fee_cap) * U320::from(gas_limit);
    if fee > U320::from(FEE_CAP_WEI) {
        let fee_ether = f64::from(fee) / f64::from(U320::from(FEE_CAP_WEI));
        return Err(SendError::FeeCap { fee_ether });
    }
    if gas_limit < LEAST_GAS { Err(SendError::IntrinsicGas) } else { Ok(()) }
}

/// The second half of row 6.
fn check_chain_id(have: U256, want: u64) -> Result<(), SendError> {
    if have == U256::from(want) { Ok(()) } else { Err(SendError::ChainId { have, want }) }
}

/// Why our decoder refused it, in the words of go-ethereum's.
fn undecodable(raw: &[u8], chain_id: u64, error: &Eip2718Error) -> SendError {
    if let Some(fault) = first_fault(raw) {
        return SendError::Undecodable(fault);
    }
    if let Err(refused) = check_wide(raw, chain_id) {
        return refused;
    }
    // All fields are there: what does not fit is the `v` of a legacy signature.
    if raw[0] >= 0xc0 {
        return SendError::Sender;
    }
    SendError::Undecodable(format!("rlp: {error}"))
}

/// The checks of [`decode`] for numbers that are wider than our types, but not than go-ethereum's.
fn check_wide(raw: &[u8], chain_id: u64) -> Result<(), SendError> {
    let fee_cap = number(raw, "GasFeeCap").or_else(|| number(raw, "GasPrice"));
    let gas_limit = number(raw, "Gas").unwrap_or_default().saturating_to();
    check_price(fee_cap.unwrap_or_default(), gas_limit)?;
    number(raw, "ChainID").map_or(Ok(()), |have| check_chain_id(have, chain_id))
}

/// The checks against the state (rows 7 to 14); the result is ready to run.
///
/// # Errors
///
/// The first rule that does not hold.
pub(crate) fn admit(ctx: &mut Context, signed: &Signed) -> Result<Message, SendError> {
    let (envelope, address) = (&signed.envelope, signed.sender);
    ctx.chain.defers_compiling = signed.defers_compiling;
    let base_fee = ctx.chain.block.base_fee;
    let fee_cap = envelope.max_fee_per_gas();
    if U256::from(fee_cap) < base_fee {
        return Err(SendError::FeeTooLow { address, fee_cap, base_fee });
    }
    let state_nonce = nonce(ctx, address);
    if envelope.nonce() < state_nonce {
        return Err(SendError::NonceTooLow { address, tx: envelope.nonce(), state: state_nonce });
    }
    let price_with_tip = U256::from(envelope.effective_gas_price(base_fee.try_into().ok()));
    // Tips are charged only where the chain collects them (ArbOS 60).
    let collects_tips = ArbosState::open(&mut Ledger(ctx)).collect_tips();
    let price = if collects_tips { price_with_tip } else { base_fee };
    let tx = tx_env(envelope, address, price);
    let fixed = fixed_gas(ctx, &tx);
    if envelope.gas_limit() < fixed.intrinsic {
        return Err(SendError::IntrinsicGas);
    }
    check_funds(ctx, envelope, address)?;
    let poster = l1::poster_charge(
        &mut ArbosState::open(&mut Ledger(ctx)),
        &signed.encoded,
        price,
        l1::Measure::Signed,
    );
    if envelope.gas_limit() < fixed.intrinsic.saturating_add(poster.gas) {
        return Err(SendError::IntrinsicGas);
    }
    if signed.encoded.len() > MOST_BYTES {
        return Err(SendError::Oversized);
    }
    if envelope.nonce() > state_nonce {
        return Err(SendError::NonceTooHigh { address, tx: envelope.nonce(), state: state_nonce });
    }
    check_form(ctx, signed)?;
    Ok(Message { tx, price_with_tip, poster, measure: l1::Measure::Signed })
}

fn nonce(ctx: &mut Context, address: Address) -> u64 {
    crate::evm::nonce(ctx, address)
}

fn check_funds(
    ctx: &mut Context,
    envelope: &TxEnvelope,
    address: Address,
) -> Result<(), SendError> {
    let have = Ledger(ctx).balance(address);
    let fee = U256::from(envelope.max_fee_per_gas()) * U256::from(envelope.gas_limit());
    let want = U320::from(fee) + U320::from(envelope.value());
    if U320::from(have) < want {
        return Err(SendError::Funds { address, have, want });
    }
    Ok(())
}

fn check_form(ctx: &mut Context, signed: &Signed) -> Result<(), SendError> {
    let (envelope, address) = (&signed.envelope, signed.sender);
    if envelope.nonce() == u64::MAX {
        return Err(SendError::NonceMax { address, nonce: envelope.nonce() });
    }
    let code = Ledger(ctx).code(address);
    let is_delegation = code.starts_with(&[0xef, 0x01, 0x00]);
    if !code.is_empty() && !is_delegation && !signed.is_impersonated {
        return Err(SendError::SenderHasCode { address, len: code.len() });
    }
    let limit = ctx.chain.rules.max_init_code_size();
    if envelope.is_create() && envelope.input().len() > limit {
        return Err(SendError::InitCode { size: envelope.input().len(), limit });
    }
    let fee_cap = envelope.max_fee_per_gas();
    if let Some(tip) = envelope.max_priority_fee_per_gas()
        && tip > fee_cap
    {
        return Err(SendError::TipAboveFeeCap { address, tip, fee_cap });
    }
    if let Some(authorizations) = envelope.authorization_list() {
        if envelope.is_create() {
            return Err(SendError::SetCodeCreates(address));
        }
        if authorizations.is_empty() {
            return Err(SendError::EmptyAuthorizations(address));
        }
    }
    if envelope.gas_limit() > BLOCK_GAS_LIMIT {
        return Err(SendError::GasLimit);
    }
    Ok(())
}

/// The transaction as the EVM takes it, with the price that it pays.
fn tx_env(envelope: &TxEnvelope, caller: Address, price: U256) -> TxEnv {
    let authorizations = envelope.authorization_list().unwrap_or_default();
    TxEnv {
        tx_type: envelope.tx_type() as u8,
        caller,
        gas_limit: envelope.gas_limit(),
        gas_price: price.saturating_to(),
        kind: envelope.kind(),
        value: envelope.value(),
        data: envelope.input().clone(),
        nonce: envelope.nonce(),
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        authorization_list: authorizations.iter().cloned().map(Either::Left).collect(),
        ..TxEnv::default()
    }
}

/// The type byte of set-code transactions, for messages that are not signed.
pub(crate) const SET_CODE_TYPE: u8 = TransactionType::Eip7702 as u8;
