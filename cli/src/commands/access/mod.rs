//! `chartkey access`: grants, and taking them back (crypto.md sections 8.4 and 8.5).

mod approve;
mod confirm;
mod deliver;
mod expire;
mod explain;
mod grant;
mod list;
mod matrix;
mod offer;
mod request;
mod revoke;
mod share;
mod told;
mod unlisted;

pub(super) use deliver::PUBLIC as DELIVERY_PUBLIC;

use alloy_primitives::Address;
use chartkey_abi::permission;
use chartkey_crypto::Handle;

use crate::args::{Access, Words};
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Chart, SectionChart};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Access) -> Result<Report, Error> {
    match command {
        Access::Grant(grant) => grant::run(session, &grant).await,
        Access::Revoke { grantee } => revoke::run(session, grantee).await,
        Access::Expire { grantee } => expire::run(session, grantee).await,
        Access::List { all } => list::run(session, all).await,
        Access::Explain { grantee } => explain::run(session, grantee).await,
        Access::Matrix { as_of } => matrix::run(session, as_of).await,
        Access::Request(ask) => request::run(session, &ask).await,
        Access::Approve(approve) => approve::run(session, &approve).await,
        Access::Confirm(confirm) => confirm::run(session, confirm).await,
        Access::Deliver { grantee, words } => deliver::run(session, grantee, &words).await,
        Access::Share(share) => share::run(session, &share).await,
    }
}

/// The sections of a bitmap that are in use.
fn sections_of(chart: &Chart, bitmap: u64) -> impl Iterator<Item = &SectionChart> {
    chart
        .sections
        .iter()
        .filter(move |section| (bitmap >> section.section.handle.number()) & 1 == 1)
}

/// Their handles.
fn handles_of(chart: &Chart, bitmap: u64) -> Vec<Handle> {
    sections_of(chart, bitmap).map(|section| section.section.handle).collect()
}

/// The bitmap of handles.
fn bitmap(handles: &[Handle]) -> u64 {
    handles.iter().fold(0, |map, handle| map | 1 << handle.number())
}

/// A section for sensitive content is named "section, sensitivity" (crypto.md section 3); it is shared
/// only if somebody names it.
fn is_sensitive(section: &SectionChart) -> bool {
    section.name.as_ref().is_some_and(|name| name.contains(','))
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

impl Words {
    /// The words that were given, from wherever.
    pub(super) fn read(&self) -> Result<Option<String>, Error> {
        words(self.fingerprint.as_deref(), self.fingerprint_file.as_deref())
    }
}

fn words(given: Option<&str>, file: Option<&std::path::Path>) -> Result<Option<String>, Error> {
    let Some(file) = file else { return Ok(given.map(str::to_owned)) };
    let text = String::from_utf8(files::read_input(file)?).map_err(|_| Error::Usage {
        message: format!("{} does not hold words", file.display()),
        hint: "give the twelve words with spaces or line ends between them".into(),
    })?;
    Ok(Some(text))
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
