//! `chartkey unlock` and `chartkey lock`: a session in which no password is asked for.

use std::time::Duration;

use serde_json::json;

use crate::args::Unlock;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

/// Longest session in seconds: a day.
const MOST_SECONDS: u64 = 86_400;

pub(super) async fn unlock(session: &Session, arguments: &Unlock) -> Result<Report, Error> {
    let time = duration(&arguments.time)?;
    let unlocked = session.unlock(time).await?;
    let until = dates::format_instant(unlocked.until);
    let text = format!(
        "{} is unlocked until {until}: whoever runs programs as this user can use its keys until \
         then. End it with: chartkey lock",
        unlocked.account
    );
    let data = json!({
        "account": unlocked.account.to_checksum(None),
        "until": until,
        "keys": unlocked.keys,
        "isIdentityHeld": unlocked.is_root_held,
    });
    Ok(Report::new(data, text))
}

pub(super) fn lock(session: &Session) -> Result<Report, Error> {
    let (was_unlocked, removed) = session.lock()?;
    let session = if was_unlocked { "locked" } else { "was not unlocked" };
    let text = format!("{session}; sealed caches removed: {removed}");
    Ok(Report::new(json!({"wasUnlocked": was_unlocked, "cachesRemoved": removed}), text))
}

/// `30s`, `15m` or `2h`.
fn duration(text: &str) -> Result<Duration, Error> {
    let wrong = || Error::Usage {
        message: format!("{text:?} is no time for a session"),
        hint: "write a number and s, m or h, at most 24h; for instance --for 15m".into(),
    };
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match seconds {
        Some(seconds @ 1..=MOST_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_are_at_most_a_day() {
        for (text, seconds) in [("30s", 30), ("15m", 900), ("24h", 86_400)] {
            assert_eq!(duration(text).expect("a time").as_secs(), seconds);
        }
        for text in
            ["", "m", "15", "0s", "25h", "-5m", "+5m", "1.5h", "15 m", "99999999999999999h", "5€"]
        {
            assert!(matches!(duration(text), Err(Error::Usage { .. })), "{text}");
        }
    }
}
