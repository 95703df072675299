//! ArbOwner (0x70): what chain owners can change (devnode.md 4.8). The guard lets only owners in,
//! free of gas, and logs each act.

mod accounts;
mod prices;
mod stylus;

use super::{
    call::Context,
    method::{Method, methods},
    outcome::Fault,
};
use crate::state::{Slot, Word};

pub(super) use accounts::demand;

pub(super) const METHODS: &[&[Method]] = &[accounts::METHODS, prices::METHODS, stylus::METHODS];

fn write<T: Word>(context: &mut Context<'_>, slot: Slot<T>, value: T) -> Result<(), Fault> {
    Ok(slot.set(&mut context.state, value)?)
}

fn read<T: Word>(context: &mut Context<'_>, slot: Slot<T>) -> Result<T, Fault> {
    Ok(slot.get(&mut context.state)?)
}
