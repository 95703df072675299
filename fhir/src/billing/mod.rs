//! Invoices and payment notices of stays, as FHIR R4 JSON.
//!
//! Pure functions from what the chain says to what is written. A token amount is not `Money`: it stands in
//! an extension with token, amount, decimals and transaction; `Money` is written only where an amount in an
//! ISO 4217 currency was agreed. Nothing written is empty, and nothing is edited: a refund is a further
//! document.

mod currency;
mod document;
mod invoice;
mod money;
mod notice;

pub use currency::{Currency, UnknownCurrency};
pub use document::{Asset, Moment, collection};
pub use invoice::{Bill, InvoiceStatus, Refund, invoice, refund_invoice};
pub use money::{Money, MoneyError};
pub use notice::{Notice, NoticeKind, payment_notice};
