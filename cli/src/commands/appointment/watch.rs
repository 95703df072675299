//! `chartkey appointment list|show --watch`: the present state, then what happens.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use serde_json::json;

use super::event::told;
use super::show::{account_and_role, is_of, listed, shown};
use crate::args::{Fiat, Role, Whose};
use crate::error::Error;
use crate::output::{Report, reader_gone};
use crate::session::Session;
use crate::stays::{Currency, Cursor, Snapshot, StayEvent, Watch, number_of, number_topic};

/// Which stays are watched.
enum Watched {
    /// One.
    Stay(u64),
    /// An account's, in a role.
    Of(Address, Option<Role>),
}

pub(super) async fn list(
    session: &Session,
    whose: &Whose,
    from: Option<&str>,
) -> Result<Report, Error> {
    let cursor = from.map(str::parse).transpose()?;
    let snapshot = Snapshot::newest(session).await?;
    let present = match cursor {
        None => Some(listed(session, &snapshot, whose).await?),
        Some(_) => None,
    };
    let (account, role) = account_and_role(session, whose).await?;
    watch(session, snapshot, Watched::Of(account, role), present, cursor).await
}

pub(super) async fn one(
    session: &Session,
    stay: u64,
    fiat: &Fiat,
    from: Option<&str>,
) -> Result<Report, Error> {
    let cursor = from.map(str::parse).transpose()?;
    let snapshot = Snapshot::newest(session).await?;
    let present = match cursor {
        None => Some(shown(session, &snapshot, stay, fiat).await?),
        Some(_) => {
            snapshot.entry(stay).await?;
            None
        }
    };
    watch(session, snapshot, Watched::Stay(stay), present, cursor).await
}

async fn watch(
    session: &Session,
    snapshot: Snapshot<'_>,
    watched: Watched,
    present: Option<Report>,
    from: Option<Cursor>,
) -> Result<Report, Error> {
    let cursor = from.unwrap_or(Cursor::whole(snapshot.block));
    if let Some(mut present) = present {
        present.data["cursor"] = json!(cursor.to_string());
        let text = format!("{}\ncursor {cursor}", present.text.trim_end());
        if !session.screen.piece(&present.data, &text)? {
            return Ok(streamed());
        }
    }
    let topics = match watched {
        Watched::Stay(stay) => vec![Vec::new(), vec![number_topic(stay)]],
        Watched::Of(..) => Vec::new(),
    };
    let mut watch = Watch::after(session, snapshot, topics, cursor);
    let mut known = BTreeMap::new();
    loop {
        let events = tokio::select! {
            events = watch.next() => events?,
            () = reader_gone() => return Ok(streamed()),
        };
        let Some(events) = events else {
            let (secs, cursor) = (session.global.timeout, watch.cursor());
            session.screen.note(&format!("watched for {secs} s; go on with: --from {cursor}"));
            return Ok(streamed());
        };
        for event in &events {
            if !tell(session, watch.snapshot(), &watched, &mut known, event).await? {
                return Ok(streamed());
            }
        }
    }
}

/// Prints an event if it is one of those watched; `false` if nobody reads any more.
async fn tell(
    session: &Session,
    snapshot: &Snapshot<'_>,
    watched: &Watched,
    known: &mut BTreeMap<u64, Option<Currency>>,
    event: &StayEvent,
) -> Result<bool, Error> {
    let Some(stay) = number_of(&event.event) else { return Ok(true) };
    // A currency is set with the quote: a stay that was a request when it was looked up is looked up again.
    if !matches!(known.get(&stay), Some(None | Some(Currency::Token(_)))) {
        let entry = snapshot.entry(stay).await?;
        let is_watched = match watched {
            Watched::Stay(watched) => *watched == stay,
            Watched::Of(account, role) => is_of(&entry.stay, *account, *role),
        };
        let currency = snapshot.currency(entry.terms.token).await?;
        known.insert(stay, is_watched.then_some(currency));
    }
    let Some(Some(currency)) = known.get(&stay) else { return Ok(true) };
    let (data, text) = told(event, stay, currency);
    session.screen.piece(&data, &text)
}

/// Everything is printed already.
fn streamed() -> Report {
    Report { is_streamed: true, ..Report::default() }
}
