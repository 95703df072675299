//! Sets of addresses in the ArbOS state: chain owners, cache managers and the like.

use alloy_primitives::{Address, B256};

use crate::{
    StateAccess,
    state::{Slot, Space},
};

/// A set: offset 0 holds the size, 1…size the members in insertion order; the sub-space `[0]` maps
/// an address to its 1-based position.
#[derive(Clone, Copy, Debug)]
pub struct AddressSet {
    space: Space,
}

impl AddressSet {
    pub(crate) const fn new(space: Space) -> Self {
        Self { space }
    }

    /// Number of members.
    ///
    /// # Errors
    /// As the access (one read).
    pub fn len<S: StateAccess>(&self, state: &mut S) -> Result<u64, S::Error> {
        self.size().get(state)
    }

    /// Whether the address is a member.
    ///
    /// # Errors
    /// As the access (one read).
    pub fn contains<S: StateAccess>(
        &self,
        state: &mut S,
        member: Address,
    ) -> Result<bool, S::Error> {
        Ok(self.position(member).get(state)? != 0)
    }

    /// All members in order.
    ///
    /// # Errors
    /// As the access (one read and one per member).
    pub fn members<S: StateAccess>(&self, state: &mut S) -> Result<Vec<Address>, S::Error> {
        let size = self.len(state)?;
        (1..=size).map(|position| self.member(position).get(state)).collect()
    }

    /// Adds a member at the end; true when it was not one before.
    ///
    /// # Errors
    /// As the access.
    pub fn add<S: StateAccess>(&self, state: &mut S, member: Address) -> Result<bool, S::Error> {
        if self.contains(state, member)? {
            return Ok(false);
        }
        let position = self.len(state)? + 1;
        self.position(member).set(state, position)?;
        self.member(position).set(state, member)?;
        self.size().set(state, position)?;
        Ok(true)
    }

    /// Removes a member, whose place the last one takes; true when it was one.
    ///
    /// # Errors
    /// As the access.
    pub fn remove<S: StateAccess>(&self, state: &mut S, member: Address) -> Result<bool, S::Error> {
        let position = self.position(member).get(state)?;
        if position == 0 {
            return Ok(false);
        }
        self.position(member).set(state, 0)?;
        let size = self.len(state)?;
        if position < size {
            let last = self.member(size).get(state)?;
            self.member(position).set(state, last)?;
            self.position(last).set(state, position)?;
        }
        self.member(size).set(state, Address::ZERO)?;
        self.size().set(state, size - 1)?;
        Ok(true)
    }

    /// Sets the position of a listed member again when the mapping has lost it; false when there is
    /// nothing to repair.
    ///
    /// # Errors
    /// As the access.
    pub fn rectify<S: StateAccess>(
        &self,
        state: &mut S,
        member: Address,
    ) -> Result<bool, S::Error> {
        let size = self.len(state)?;
        let known = self.position(member).get(state)?;
        if known != 0 && known <= size && self.member(known).get(state)? == member {
            return Ok(false);
        }
        for position in 1..=size {
            if self.member(position).get(state)? == member {
                self.position(member).set(state, position)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn size(&self) -> Slot<u64> {
        self.space.slot(0)
    }

    fn member(&self, position: u64) -> Slot<Address> {
        self.space.slot(position)
    }

    fn position(&self, member: Address) -> Slot<u64> {
        self.space.child(&[0]).slot_of(B256::left_padding_from(member.as_slice()))
    }
}
