//! `ots_…`: what the explorer Otterscan asks for, in the shapes that anvil answers with (devnode.md
//! section 7.1). Nitro has none of it.

mod blocks;
mod search;
mod traces;

use super::Method;
use super::block_ref::BlockRef;
use crate::rpc::{FromParam, LenientNumber};

pub(super) fn find(name: &str) -> Option<Method> {
    blocks::find(name).or_else(|| search::find(name)).or_else(|| traces::find(name))
}

/// A block as Otterscan names it: a JSON number, or what the other methods take.
struct Height(BlockRef);

impl FromParam for Height {
    fn from_param(json: &str) -> Result<Self, String> {
        if json.starts_with(|first: char| first.is_ascii_digit()) {
            let number = LenientNumber::from_param(json)?;
            return Ok(Self(BlockRef::Number(number.0.saturating_to())));
        }
        BlockRef::from_param(json).map(Self)
    }
}

impl From<Height> for BlockRef {
    fn from(height: Height) -> Self {
        height.0
    }
}
