//! Prices: compute gas (L2), transaction data (L1), and who gets the fees (devnode.md 2.4, 2.5, 3).

mod compress;
mod exponential;
pub mod fees;
pub mod l1;
pub mod l2;

pub use compress::compressed_size;
pub use exponential::approximate_exponential;
