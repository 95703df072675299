//! `chartkey config`: each setting and where it comes from.

use serde_json::json;

use crate::args::Config;
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;
use crate::settings::{Home, Program, Trust};
use crate::text::printable;

/// `config trust` works whatever the settings are: it is how to mend them.
pub(super) fn trust(home: &Home, folder: &std::path::Path) -> Result<Report, Error> {
    let folder = Trust::add(home, folder)?;
    let text = format!("{} may set endpoint and account", printable(&folder.display().to_string()));
    Ok(Report::new(json!({"folder": folder}), text))
}

pub(super) fn run(session: &Session, command: &Config) -> Result<Report, Error> {
    if let Config::Trust { folder } = command {
        return trust(&session.home, folder);
    }
    let rows = rows(session);
    let text: String = rows
        .iter()
        .map(|(name, value, source)| {
            format!("{name:<18} {}  ({})\n", printable(value), printable(source))
        })
        .collect();
    let values: Vec<_> = rows
        .iter()
        .map(|(name, value, source)| json!({"name": name, "value": value, "source": source}))
        .collect();
    Ok(Report::new(json!({ "settings": values }), text))
}

/// Name, value, source.
fn rows(session: &Session) -> Vec<(&'static str, String, String)> {
    let settings = &session.settings;
    // Never the URL itself: it may hold an API key.
    let endpoints: Vec<_> = session.endpoints().map(|rpc| rpc.endpoint().to_owned()).collect();
    let mut rows = vec![
        ("profile", settings.profile_name.value.clone(), settings.profile_name.source.clone()),
        ("rpc-url", endpoints.join(" "), settings.rpc_urls.source.clone()),
    ];
    if let Some(chain) = &settings.chain_id {
        rows.push(("chain-id", chain.value.to_string(), chain.source.clone()));
    }
    let mut program = |names: [&'static str; 2], program: &Option<Program>| {
        let Some(Program { address, code_hash }) = program else { return };
        rows.push((names[0], address.value.to_checksum(None), address.source.clone()));
        if let Some(hash) = code_hash {
            rows.push((names[1], hash.to_string(), address.source.clone()));
        }
    };
    program(["records", "records-code-hash"], &settings.records);
    program(["stays", "stays-code-hash"], &settings.stays);
    if let Some(account) = &settings.account {
        rows.push(("account", account.value.clone(), account.source.clone()));
    }
    if let Some(file) = &settings.password_file {
        rows.push(("password-file", file.value.display().to_string(), file.source.clone()));
    }
    let home = session.home.data.display().to_string();
    rows.push(("home", home, "flag --home, environment CHARTKEY_HOME, or XDG".to_owned()));
    if let Some((path, is_trusted)) = &settings.project {
        let trust = if *is_trusted { "trusted" } else { "not trusted: chartkey config trust DIR" };
        rows.push(("project-file", path.display().to_string(), trust.to_owned()));
    }
    rows
}
