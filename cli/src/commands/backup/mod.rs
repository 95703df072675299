//! `chartkey backup` and `chartkey restore`: a record's logs in a file, still encrypted.

use std::io::Write as _;
use std::path::Path;

use alloy_primitives::{Address, B256};
use serde_json::json;

use crate::args;
use crate::dates;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Backup, Chart, Holder};
use crate::session::Session;

/// What a key slot in a file means.
const SLOT: &str = "Whoever has the file can try passphrases for ever, and with the right one opens \
                    this identity: choose it as you would choose a key.";

pub(super) async fn save(session: &Session, arguments: &args::Backup) -> Result<Report, Error> {
    let is_stdout = arguments.file == Path::new("-");
    if is_stdout && session.global.json {
        return Err(Error::Usage {
            message: "the backup and the JSON document cannot both go to standard output".into(),
            hint: "give a file, or leave --json out".into(),
        });
    }
    if !is_stdout && !arguments.force && arguments.file.exists() {
        return Err(files::FileError::Exists(arguments.file.clone()).into());
    }
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let slot = if arguments.passphrase {
        if !holder.is_registered {
            return Err(chartkey_crypto::Error::KeyNotRegistered.into());
        }
        session.screen.note(SLOT);
        let (identity, _, root) = holder.own();
        Some(session.passphrase_slot(identity, root)?)
    } else {
        None
    };
    let has_slot = slot.is_some();
    let backup = holder.backup(session, &chart, slot).await?;
    let bytes = backup.encode()?;
    if is_stdout {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&bytes).and_then(|()| out.flush());
        written
            .map_err(|source| files::FileError::Io { path: "standard output".into(), source })?;
    } else if !session.global.dry_run {
        let write = if arguments.force { files::replace } else { files::create };
        write(&arguments.file, &bytes)?;
    }
    let sections: Vec<_> = chart
        .sections
        .iter()
        .map(|one| json!({"handle": one.section.handle.number(), "links": one.state.seq()}))
        .collect();
    let links: u32 = chart.sections.iter().map(|section| section.state.seq()).sum();
    let access = chart.history.links.len();
    let text = format!(
        "record {record}: {links} links of {} sections and {access} of the access chain, {} bytes, all \
         still encrypted{}",
        sections.len(),
        bytes.len(),
        if session.global.dry_run { "; nothing was written" } else { "" },
    );
    let data = json!({
        "record": record,
        "file": arguments.file.display().to_string(),
        "bytes": bytes.len(),
        "block": backup.block.to_string(),
        "sections": sections,
        "accessLinks": access,
        "keySlot": has_slot,
    });
    if is_stdout {
        session.screen.progress(&text);
    }
    let mut report = Report::new(data, if is_stdout { String::new() } else { text });
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}

pub(super) async fn restore(session: &Session, arguments: &args::Restore) -> Result<Report, Error> {
    let backup = Backup::decode(&files::read_input(&arguments.file)?)?;
    let record = B256::from(backup.place.id);
    require_same_place(session, &backup).await?;
    let restored = crate::records::restore(session, &backup).await?;
    let mut report = Report::default();
    let contacts = match contacts(session, &backup).await {
        Ok(count) => Some(count),
        Err(error @ (Error::NoKey { .. } | Error::Crypto(_))) if !backup.contacts.is_empty() => {
            report.warnings.push(format!("the confirmed keys were not restored: {error}"));
            None
        }
        Err(Error::NoKey { .. }) => None,
        Err(error) => return Err(error),
    };
    let links: usize = restored.sections.values().sum();
    report.text = format!(
        "record {record}: {links} links of {} sections and {} events of the access chain match the chain; \
         {} of them are newer than the backup of {}",
        restored.sections.len(),
        restored.access_events,
        restored.newer,
        dates::format_instant(backup.time),
    );
    let sections: Vec<_> = restored
        .sections
        .iter()
        .map(|(handle, links)| json!({"handle": handle, "links": links}))
        .collect();
    report.data = json!({
        "record": record,
        "block": backup.block.to_string(),
        "time": dates::format_instant(backup.time),
        "sections": sections,
        "accessEvents": restored.access_events,
        "newer": restored.newer,
        "confirmedKeys": contacts,
        "keySlot": backup.slot.is_some(),
    });
    Ok(report)
}

/// A backup of another chain or program says nothing about this one.
async fn require_same_place(session: &Session, backup: &Backup) -> Result<(), Error> {
    let found = session.chain_id().await?;
    if backup.place.chain_id != found {
        return Err(Error::Usage {
            message: format!(
                "the backup is of chain {}, the node is on chain {found}",
                backup.place.chain_id
            ),
            hint: "choose another --profile or --rpc-url".into(),
        });
    }
    let contract = session.records().await?;
    let saved = Address::from(backup.place.contract);
    if saved != contract {
        return Err(Error::Usage {
            message: format!("the backup is of the program {saved}, not of {contract}"),
            hint: format!("give --records {saved}"),
        });
    }
    let asked = session.global.record.filter(|asked| asked.0 != backup.place.id);
    match asked {
        Some(asked) => Err(Error::Usage {
            message: format!(
                "the backup is of record {}, not of {asked}",
                B256::from(backup.place.id)
            ),
            hint: "leave --record out, or give the backup of that record".into(),
        }),
        None => Ok(()),
    }
}

/// Puts back the confirmed keys of this account, if there is one.
async fn contacts(session: &Session, backup: &Backup) -> Result<usize, Error> {
    if backup.contacts.is_empty() {
        return Ok(0);
    }
    let holder = Holder::open(session).await?;
    holder.restore_contacts(session, backup)
}
