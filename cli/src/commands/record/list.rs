//! `chartkey record list`: the records that an account can reach.

use std::fmt::Write as _;

use serde_json::json;

use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

/// The expiry of a grant without an end.
const NO_END: u64 = u64::MAX;

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let found = holder.found(session).await?;
    let mut text = String::new();
    let mut records = Vec::new();
    for one in &found {
        let chart = Chart::read(session, &holder, one.record).await?;
        let me = holder.account.address;
        // Whether the end of the grant that it was made of came first is in the access chain.
        let until = one.until.map(|until| {
            chart.holdings.of_account(me).map_or(until, |held| chart.holdings.end(held))
        });
        let state = match until {
            None => "own",
            Some(until) if until <= chart.now => "ended",
            Some(_) => "granted",
        };
        let total = chart.sections.len();
        let keys = chart.sections.iter().filter(|section| !section.is_keyless()).count();
        let end = match until {
            None => String::new(),
            Some(NO_END) => ", without an end".to_owned(),
            Some(until) => format!(", until {}", dates::format_instant(until)),
        };
        let _ = writeln!(
            text,
            "{}\n    {state}{end}, owner {}, present keys here for {keys} of {total} sections",
            one.record, one.owner
        );
        let until = until.filter(|until| *until != NO_END).map(dates::format_instant);
        records.push(json!({
            "record": one.record,
            "owner": one.owner.to_checksum(None),
            "state": state,
            "until": until,
            "sections": total,
            "sectionsWithKeys": keys,
        }));
    }
    if records.is_empty() {
        text.push_str("no records; chartkey record create makes one");
    }
    Ok(Report::new(json!({"records": records}), text))
}
