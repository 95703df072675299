//! Accounts that do not exist.

use alloy_primitives::Address;
use revm::{
    context_interface::JournalTr,
    interpreter::{CallScheme, CallValue, FrameInput},
};

use super::{Context, precompiles::Precompiles};

/// The callee of a CALL that sends nothing to an account that does not exist: the call leaves it as
/// it is, so that its code hash stays zero (stylus-host.md 4.2 and 4.7). The interpreter would touch
/// it. The reference does bring precompiles into being.
pub(super) fn callee(
    ctx: &Context,
    precompiles: &Precompiles,
    input: &FrameInput,
) -> Option<Address> {
    let FrameInput::Call(inputs) = input else { return None };
    let sends_nothing = matches!(inputs.value, CallValue::Transfer(value) if value.is_zero());
    let address = inputs.target_address;
    let account = ctx.journaled_state.inner.state.get(&address)?;
    let is_absent = inputs.scheme == CallScheme::Call
        && sends_nothing
        && account.is_loaded_as_not_existing()
        && !account.is_touched()
        && precompiles.at(ctx.journaled_state.db(), address).is_none();
    is_absent.then_some(address)
}

/// Undoes the touch of such a callee; it has no code, so that nothing else has happened.
pub(super) fn leave(ctx: &mut Context, callee: Address) {
    if let Some(account) = ctx.journaled_state.inner.state.get_mut(&callee) {
        account.unmark_touch();
    }
}

/// Ends a transaction in the journal. Accounts that it destroyed, or touched and left empty
/// (EIP-161), are gone after it, and not only after the block: what comes to their address later in
/// the block is another account, and stays.
pub(crate) fn end_transaction(ctx: &mut Context) {
    ctx.journaled_state.commit_tx();
    for account in ctx.journaled_state.inner.state.values_mut() {
        if account.is_selfdestructed() {
            account.selfdestruct();
            account.unmark_selfdestructed_locally();
            account.unmark_selfdestruct();
        }
        if account.is_loaded_as_not_existing() && account.info.is_empty() {
            account.unmark_touch();
        }
    }
}
