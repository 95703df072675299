//! Spaces, slots and words: how ArbOS maps its values to the storage of one account.
//!
//! A space has a key (the root's is empty). A child's key is `keccak(key ‖ id)`. The value with the
//! 32-byte offset `o` lives in slot `keccak(key ‖ o[0..31])[0..31] ‖ o[31]`.

use std::marker::PhantomData;

use alloy_primitives::{Address, B256, Keccak256, U256};

use crate::StateAccess;

/// A part of the ArbOS state with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    key: Option<B256>,
}

impl Space {
    /// The outermost space.
    pub const ROOT: Self = Self { key: None };

    /// The space inside this one with the given id.
    #[must_use]
    pub fn child(&self, id: &[u8]) -> Self {
        let mut hasher = self.hasher();
        hasher.update(id);
        Self { key: Some(hasher.finalize()) }
    }

    /// Key of the space; `None` for the root.
    #[must_use]
    pub const fn key(&self) -> Option<B256> {
        self.key
    }

    /// Slot of a small offset.
    #[must_use]
    pub fn slot<T: Word>(&self, offset: u64) -> Slot<T> {
        self.slot_of(B256::from(U256::from(offset)))
    }

    /// Slot of a 32-byte offset, such as a code hash.
    #[must_use]
    pub fn slot_of<T: Word>(&self, offset: B256) -> Slot<T> {
        let mut hasher = self.hasher();
        hasher.update(&offset[..31]);
        let mut slot = hasher.finalize();
        slot[31] = offset[31];
        Slot { slot: slot.into(), word: PhantomData }
    }

    fn hasher(&self) -> Keccak256 {
        let mut hasher = Keccak256::new();
        if let Some(key) = self.key {
            hasher.update(key);
        }
        hasher
    }
}

/// The place of one value of type `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot<T> {
    slot: U256,
    word: PhantomData<T>,
}

impl<T: Word> Slot<T> {
    /// The storage key in the ArbOS account.
    #[must_use]
    pub const fn key(&self) -> U256 {
        self.slot
    }

    /// Reads the value.
    ///
    /// # Errors
    /// As the access: metered access can run out of gas.
    pub fn get<S: StateAccess>(&self, state: &mut S) -> Result<T, S::Error> {
        state.load(self.slot).map(T::from_word)
    }

    /// Writes the value.
    ///
    /// # Errors
    /// As the access: metered access can run out of gas.
    pub fn set<S: StateAccess>(&self, state: &mut S, value: T) -> Result<(), S::Error> {
        state.store(self.slot, value.into_word())
    }
}

/// A value that fits one storage word. Integers keep their low bits when read from a wider word.
pub trait Word {
    /// From the stored form.
    fn from_word(word: U256) -> Self;
    /// To the stored form.
    fn into_word(self) -> U256;
}

impl Word for U256 {
    fn from_word(word: U256) -> Self {
        word
    }
    fn into_word(self) -> U256 {
        self
    }
}

impl Word for B256 {
    fn from_word(word: U256) -> Self {
        Self::from(word)
    }
    fn into_word(self) -> U256 {
        self.into()
    }
}

impl Word for u64 {
    fn from_word(word: U256) -> Self {
        word.as_limbs()[0]
    }
    fn into_word(self) -> U256 {
        U256::from(self)
    }
}

impl Word for u32 {
    fn from_word(word: U256) -> Self {
        word.as_limbs()[0] as Self
    }
    fn into_word(self) -> U256 {
        U256::from(self)
    }
}

/// Signed numbers are stored as the 64 bits of their two's complement.
impl Word for i64 {
    fn from_word(word: U256) -> Self {
        word.as_limbs()[0].cast_signed()
    }
    fn into_word(self) -> U256 {
        U256::from(self.cast_unsigned())
    }
}

impl Word for bool {
    fn from_word(word: U256) -> Self {
        !word.is_zero()
    }
    fn into_word(self) -> U256 {
        U256::from(self)
    }
}

impl Word for Address {
    fn from_word(word: U256) -> Self {
        Self::from_word(word.into())
    }
    fn into_word(self) -> U256 {
        U256::from_be_bytes(B256::left_padding_from(self.as_slice()).0)
    }
}
