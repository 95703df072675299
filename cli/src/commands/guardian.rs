//! `chartkey guardian`: who gives keys and record to a new account (crypto.md section 12).

use std::fmt::Write as _;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{Fresh, Item, RecoverySecret, seal_recovery, split};
use serde_json::{Value, json};

use super::sent::{addresses, require_owner, with_receipts};
use crate::args::{Guardian, SetGuardians};
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Guardians, Holder, Parcel, Routes, Standing, fresh};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Guardian) -> Result<Report, Error> {
    match command {
        Guardian::Set(wanted) => set(session, &wanted).await,
        Guardian::List => list(session).await,
        Guardian::Remove => remove(session).await,
    }
}

async fn set(session: &Session, wanted: &SetGuardians) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    require_owner(&chart, holder.account.address)?;
    let count = check(&chart, wanted)?;
    let limits = limits(wanted.threshold, wanted.delay_hours);
    session.screen.note(&format!("What is true of guardians:\n- {}", limits.join("\n- ")));
    let guardians = wanted.guardians.iter().copied();
    let routes =
        Routes::check(session, &holder, &chart.history, chart.owner, guardians, None).await?;
    let secret = RecoverySecret::from(fresh()?);
    let coefficients: Vec<Fresh> =
        (1..wanted.threshold).map(|_| fresh()).collect::<Result<_, _>>()?;
    let shares = split(&secret, coefficients, count)?;
    let (identity, _, root) = holder.own();
    let version = identity.version;
    let blob = seal_recovery(identity, &secret, root, fresh()?);
    let parcels = wanted.guardians.iter().zip(shares);
    let parcels = parcels.map(|(to, share)| {
        let items = vec![Item::RecoveryShare { version, share }];
        Parcel { to: *to, items }
    });
    let sealed = routes.seal(&holder, record, parcels.collect())?;
    let call = IRecords::setGuardiansCall {
        record,
        version,
        threshold: wanted.threshold,
        delayHours: wanted.delay_hours,
        keys: sealed.keys,
        shares: [sealed.list, blob].concat().into(),
    };
    let what = format!(
        "Name {} guardians, of whom {} together can rebuild your keys and read everything: {}",
        wanted.guardians.len(),
        wanted.threshold,
        addresses(&wanted.guardians).join(", ")
    );
    let public =
        "who the guardians are, how many decide, and the delay; your keys, sealed for them";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = format!(
        "{} of {} guardians decide, {} hours after the last approval needed; until then you can veto: \
         chartkey recover veto",
        wanted.threshold,
        wanted.guardians.len(),
        wanted.delay_hours
    );
    let data = json!({
        "record": record,
        "guardians": addresses(&wanted.guardians),
        "threshold": wanted.threshold,
        "delayHours": wanted.delay_hours,
        "keyVersion": version,
        "limits": limits,
    });
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}

/// Refuses what the contract or the splitting would refuse, before anybody is asked; returns how many
/// guardians there are.
fn check(chart: &Chart, wanted: &SetGuardians) -> Result<u8, Error> {
    let refused = |message: String, hint: &str| Error::Usage { message, hint: hint.to_owned() };
    let mut sorted = wanted.guardians.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) || sorted.contains(&chart.owner) {
        let hint = "name different accounts, and not your own";
        return Err(refused("one guardian would have two voices, or be you".into(), hint));
    }
    match u8::try_from(sorted.len()) {
        Ok(count) if wanted.threshold <= count => Ok(count),
        _ => Err(refused(
            format!("{} of {} guardians cannot decide", wanted.threshold, sorted.len()),
            "name at least as many as --threshold says, at most 255; 3 of 5 is usual",
        )),
    }
}

/// What is true of guardians, said before anything is asked.
fn limits(threshold: u8, delay_hours: u16) -> Vec<String> {
    vec![
        format!(
            "{threshold} of them together can rebuild your keys and read everything, silently, without \
             waiting for the delay"
        ),
        format!(
            "{threshold} of them together can give the record to another account {delay_hours} hours after \
             the last approval, unless you veto it; an approval is public"
        ),
        "shares cannot be taken back: they open these keys for ever; new keys make them useless for what \
         is written afterwards"
            .to_owned(),
        format!("fewer than {threshold} of them can do neither"),
    ]
}

async fn list(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let (text, data) = standing(session, &holder, &chart).await?;
    Ok(Report::new(data, text))
}

/// Guardians and what they have approved, for people and as JSON.
pub(super) async fn standing(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
) -> Result<(String, Value), Error> {
    let record = chart.record;
    let mut text = format!("record {record}\nowner  {}\n", chart.owner);
    let owner = chart.owner.to_checksum(None);
    let found = chart.guardians(session, holder).await?;
    let Some(guardians) = found.filter(|found| found.is_in_force) else {
        text.push_str("no guardians\n");
        let data = json!({"record": record, "owner": owner, "guardians": null, "recoveries": []});
        return Ok((text, data));
    };
    let recoveries = chart.recoveries(session, holder, &guardians).await?;
    let _ = writeln!(
        text,
        "{} of {} guardians decide, delay {} hours, keys of version {}, since {}",
        guardians.threshold,
        guardians.accounts.len(),
        guardians.delay_hours,
        guardians.version,
        dates::format_instant(guardians.time)
    );
    for account in &guardians.accounts {
        let _ = writeln!(text, "  {account}");
    }
    if !guardians.is_current {
        text.push_str(
            "the owner has newer keys, which these shares do not give back: chartkey guardian set\n",
        );
    }
    for one in &recoveries {
        text.push_str(&line(one, &guardians, chart.now));
    }
    if recoveries.is_empty() {
        text.push_str("no recovery under way\n");
    }
    let rows: Vec<Value> = recoveries.iter().map(|one| row(one, chart.now)).collect();
    let data = json!({
        "record": record,
        "owner": owner,
        "guardians": {
            "accounts": addresses(&guardians.accounts),
            "threshold": guardians.threshold,
            "delayHours": guardians.delay_hours,
            "keyVersion": guardians.version,
            "isCurrent": guardians.is_current,
            "since": dates::format_instant(guardians.time),
        },
        "recoveries": rows,
    });
    Ok((text, data))
}

fn line(one: &Standing, guardians: &Guardians, now: u64) -> String {
    let when = match one.ready_at {
        Some(at) if at <= now => "can take the record over now".to_owned(),
        Some(at) => {
            format!("can take the record over from {} unless vetoed", dates::format_instant(at))
        }
        None => "needs more approvals".to_owned(),
    };
    format!(
        "recovery for {}: approved by {} of {}: {}\n  {when}\n",
        one.candidate,
        one.approved_by.len(),
        guardians.threshold,
        addresses(&one.approved_by).join(", ")
    )
}

fn row(one: &Standing, now: u64) -> Value {
    json!({
        "candidate": one.candidate.to_checksum(None),
        "approvedBy": addresses(&one.approved_by),
        "readyAt": one.ready_at.map(dates::format_instant),
        "isReady": one.ready_at.is_some_and(|at| at <= now),
    })
}

async fn remove(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    require_owner(&chart, holder.account.address)?;
    let found = chart.guardians(session, &holder).await?.filter(|found| found.is_in_force);
    let former: Vec<Address> =
        found.map(|found| found.accounts).ok_or_else(|| Error::NotFound {
            message: format!("record {record} has no guardians"),
            hint: "chartkey guardian set ADDR…".into(),
        })?;
    let call = IRecords::setGuardiansCall {
        record,
        version: holder.own().0.version,
        threshold: 0,
        delayHours: 0,
        keys: B256::ZERO,
        shares: Vec::new().into(),
    };
    let what = "Have no guardians any more; the shares they hold still open the present keys";
    let public = "that the record has no guardians any more";
    let sent = holder.send(session, call.abi_encode(), what.to_owned(), public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = "no guardians any more: nobody can give this record away\ntheir shares still open the \
                present keys; that ends only with new ones: rotate the identity and all sections";
    let data = json!({"record": record, "former": addresses(&former)});
    Ok(Report::new(with_receipts(data, &[receipt]), text.to_owned()))
}
