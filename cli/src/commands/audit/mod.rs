//! `chartkey audit`: what the chain proves of a record's history (crypto.md sections 9.3, 9.4 and 13).

mod disclosures;
mod events;
mod given;
mod log;
mod report;
mod verify;

use crate::args::Audit;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

pub(super) use events::{Access, Event, What, events};
pub(super) use verify::verify;

/// What no record of access can say (crypto.md section 13). It stands below every one.
const NOT_PROVABLE: &str = "Who has read is not provable, and what was read cannot be taken back: this \
                            tells who was given keys. Attempts that the contract refused leave no entry.";

pub(super) async fn run(session: &Session, command: Audit) -> Result<Report, Error> {
    match command {
        Audit::Log { period } => log::run(session, period).await,
        Audit::Report => report::run(session).await,
        Audit::Disclosures { years } => disclosures::run(session, years).await,
        Audit::Verify => verify(session).await,
    }
}

/// The verified record that the flags name.
async fn chart(session: &Session) -> Result<Chart, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    Chart::read(session, &holder, record).await
}

/// A section as lists name it: by name where its key is here, and by handle.
fn section_label(chart: &Chart, handle: u8) -> String {
    let found = chart.sections.iter().find(|section| section.section.handle.number() == handle);
    found.map_or_else(|| format!("#{handle}"), |section| section.label())
}

/// The same for JSON.
fn section_json(chart: &Chart, handle: u8) -> serde_json::Value {
    let found = chart.sections.iter().find(|section| section.section.handle.number() == handle);
    serde_json::json!({"name": found.and_then(|section| section.name.as_deref()), "handle": handle})
}

/// The handles of a bitmap.
fn handles(bitmap: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |handle| (bitmap >> handle) & 1 == 1)
}
