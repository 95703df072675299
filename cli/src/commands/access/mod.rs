//! `chartkey access`: grants, and taking them back (crypto.md sections 8.4 and 8.5).

mod grant;
mod list;
mod revoke;

use alloy_primitives::Address;
use chartkey_abi::permission;
use chartkey_crypto::Handle;

use crate::args::Access;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, SectionChart};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Access) -> Result<Report, Error> {
    match command {
        Access::Grant(grant) => grant::run(session, &grant).await,
        Access::Revoke { grantee } => revoke::run(session, grantee).await,
        Access::List { all } => list::run(session, all).await,
    }
}

/// The sections of a bitmap that are in use.
fn sections_of(chart: &Chart, bitmap: u64) -> impl Iterator<Item = &SectionChart> {
    chart
        .sections
        .iter()
        .filter(move |section| (bitmap >> section.section.handle.number()) & 1 == 1)
}

/// The bitmap of handles.
fn bitmap(handles: &[Handle]) -> u64 {
    handles.iter().fold(0, |map, handle| map | 1 << handle.number())
}

/// The words of permission bits, as flags and lists name them.
pub(super) fn permission_words(bits: u16) -> Vec<&'static str> {
    const WORDS: [(u16, &str); 7] = [
        (permission::READ, "read"),
        (permission::HISTORY, "past"),
        (permission::WRITE, "write"),
        (permission::ROTATE, "rotate"),
        (permission::GRANT, "delegate"),
        (permission::CUSTODIAN, "custodian"),
        (permission::DEVICE, "device"),
    ];
    WORDS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| *word).collect()
}

/// Refuses who is neither the owner nor a holder of the right to grant.
fn require_may_grant(chart: &Chart, me: Address) -> Result<(), Error> {
    let may = chart.owner == me
        || chart.holdings.of_account(me).is_some_and(|held| {
            held.grant.permissions & permission::GRANT != 0 && chart.holdings.holds(held, chart.now)
        });
    if may {
        return Ok(());
    }
    Err(Error::NotFound {
        message: format!("{me} neither owns this record nor may grant access to it"),
        hint: format!("its owner is {}", chart.owner),
    })
}
