//! What the chain says about stays and their money, read at one block and held against itself.

mod bill;
mod credential;
mod currency;
mod estimate;
mod events;
mod ledger;
mod notes;
mod policy;
mod snapshot;
pub mod token;
mod watch;

pub use bill::{bill, documents, invoice_status, notice};
pub use credential::Credential;
pub use currency::{Currency, Token};
pub use estimate::Estimate;
pub use events::{Place, StayEvent, number_of};
pub use ledger::{Kind, Ledger, LedgerFault, Movement};
pub use notes::Notes;
pub use policy::{Policy, escrow};
pub(crate) use snapshot::number_topic;
pub use snapshot::{Entry, Snapshot};
pub use watch::{Cursor, Watch};
