//! Blocks, transactions, receipts and logs as JSON (devnode.md section 2.9).

mod block;
mod log;
mod receipt;
pub(crate) mod render;
mod transaction;

pub(crate) use block::{BlockJson, HeadJson, HeaderJson, Transactions};
pub(crate) use log::LogJson;
pub(crate) use receipt::ReceiptJson;
pub(crate) use transaction::TransactionJson;

use serde::{Serialize, Serializer};

/// A number that is written as a minimal hexadecimal quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hex(pub(crate) u128);

impl From<u64> for Hex {
    fn from(value: u64) -> Self {
        Self(value.into())
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}
