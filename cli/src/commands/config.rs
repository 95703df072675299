//! `chartkey config`: each setting and where it comes from.

use serde_json::json;

use crate::args::Config;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

pub(super) fn run(session: &Session, command: Config) -> Result<Report, Error> {
    let Config::Show = command;
    let settings = &session.settings;
    let mut rows = vec![
        ("profile", settings.profile_name.value.clone(), settings.profile_name.source.clone()),
        // Never the URL itself: it may hold an API key.
        ("rpc-url", session.rpc.endpoint().to_owned(), settings.rpc_urls.source.clone()),
    ];
    for (name, address) in [("records", &settings.records), ("stays", &settings.stays)] {
        if let Some(found) = address {
            rows.push((name, found.value.to_checksum(None), found.source.clone()));
        }
    }
    if let Some(account) = &settings.account {
        rows.push(("account", account.value.clone(), account.source.clone()));
    }
    rows.push(("home", session.home.data.display().to_string(), "flag, environment or XDG".into()));
    let text: String = rows
        .iter()
        .map(|(name, value, source)| format!("{name:<8} {value}  ({source})\n"))
        .collect();
    let values: Vec<_> = rows
        .iter()
        .map(|(name, value, source)| json!({"name": name, "value": value, "source": source}))
        .collect();
    Ok(Report::new(json!({ "settings": values }), text))
}
