//! `chartkey recover`: keys and record back with guardians' help (crypto.md section 12).

mod approve;
mod finish;
mod keys;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use serde_json::json;

use super::guardian::standing;
use super::sent::{addresses, require_owner, with_receipts};
use crate::args::Recover;
use crate::error::Error;
use crate::identity;
use crate::output::Report;
use crate::records::{Chart, Guardians, Holder};
use crate::session::Session;

pub(super) async fn run(session: &Session, command: Recover) -> Result<Report, Error> {
    match command {
        Recover::Request { of } => request(session, of).await,
        Recover::Approve { of, candidate, fingerprint } => {
            approve::run(session, of, candidate, fingerprint.as_deref()).await
        }
        Recover::Status { of } => status(session, of).await,
        Recover::Keys { of } => keys::run(session, of).await,
        Recover::Finish { of } => finish::run(session, of).await,
        Recover::Veto => veto(session).await,
    }
}

/// The guardians that were named last; in force or not.
async fn require_guardians(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
) -> Result<Guardians, Error> {
    chart.guardians(session, holder).await?.ok_or_else(|| Error::NotFound {
        message: format!("record {} never had guardians", chart.record),
        hint: "without them, only the seed phrase or the keystores give the keys back".into(),
    })
}

/// A new account registers its key, and learns what guardians need to hear.
async fn request(session: &Session, record: B256) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let guardians = require_guardians(session, &holder, &chart).await?;
    let me = holder.account.address;
    if guardians.accounts.contains(&me) || chart.owner == me {
        return Err(Error::Usage {
            message: format!("{me} is a guardian or the owner of this record"),
            hint: "recover with an account of its own: chartkey wallet new NAME".into(),
        });
    }
    let (_, key, _) = holder.own();
    let words = key.fingerprint();
    let text = format!(
        "tell each guardian, by voice or in person:\nrecord      {record}\naccount     {me}\nfingerprint\n{}\n\
         each runs: chartkey recover approve {record} {me} --fingerprint \"WORDS\"\n{} of {} are needed: {}",
        identity::shown(key),
        guardians.threshold,
        guardians.accounts.len(),
        addresses(&guardians.accounts).join(", ")
    );
    if session.global.dry_run {
        return Ok(session.rehearsal());
    }
    let data = json!({
        "record": record,
        "candidate": me.to_checksum(None),
        "fingerprint": words,
        "guardians": addresses(&guardians.accounts),
        "threshold": guardians.threshold,
        "delayHours": guardians.delay_hours,
        "isInForce": guardians.is_in_force,
    });
    let mut report = Report::new(data, text);
    if !guardians.is_in_force {
        report.warnings.push(
            "these guardians do not decide any more: they were removed, or the record has another owner"
                .to_owned(),
        );
    }
    Ok(report)
}

async fn status(session: &Session, record: B256) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let (mut text, mut data) = standing(session, &holder, &chart).await?;
    let mine = match chart.guardians(session, &holder).await? {
        Some(guardians) => {
            chart.shares_given(&guardians).iter().map(|(by, _)| *by).collect::<Vec<_>>()
        }
        None => Vec::new(),
    };
    if !mine.is_empty() {
        text.push_str(&format!(
            "shares given to this account by {}\n",
            addresses(&mine).join(", ")
        ));
    }
    data["sharesFrom"] = json!(addresses(&mine));
    Ok(Report::new(data, text))
}

async fn veto(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    require_owner(&chart, holder.account.address)?;
    let what = "Refuse every recovery of this record that is under way".to_owned();
    let public = "that the owner refused";
    let call = IRecords::vetoRecoveryCall { record };
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = "every recovery under way is refused; the guardians can begin another\nshares that were \
                given stay given: if you did not ask for this, rotate the identity and all sections, and \
                name other guardians";
    let data = json!({"record": record});
    Ok(Report::new(with_receipts(data, &[receipt]), text.to_owned()))
}
