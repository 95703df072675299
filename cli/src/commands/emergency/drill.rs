//! `chartkey emergency drill`: would it work today? Nothing is claimed and nothing is sent.

use std::path::Path;

use alloy_primitives::Address;
use chartkey_abi::{credential_flag, permission, records_slot};
use chartkey_crypto::{Emergency, EmergencyHalf2, Item};
use serde_json::{Value, json};

use super::{own_chart, read_card, require_setup};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, EmergencySetup, Halves, Holder};
use crate::session::Session;
use crate::text::printable;

/// What was tested, and what came out.
#[derive(Default)]
struct Checks {
    lines: Vec<(bool, String)>,
}

impl Checks {
    /// `good` is what is listed, `bad` what is complained of.
    fn note(&mut self, is_good: bool, good: String, bad: String) {
        self.lines.push((is_good, if is_good { good } else { bad }));
    }

    fn fail(&mut self, bad: String) {
        self.lines.push((false, bad));
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self.lines.iter().filter(|(is_good, _)| !is_good);
        failed.map(|(_, what)| what.as_str()).collect()
    }
}

pub(super) async fn run(session: &Session, card: Option<&Path>) -> Result<Report, Error> {
    let card = read_card(card)?;
    let holder = Holder::open(session).await?;
    let chart = own_chart(session, &holder).await?;
    let setup = require_setup(session, &holder, &chart).await?;
    let mut checks = Checks::default();
    let halves = Halves::of(&chart.keychain, setup.generation);
    opens(&holder, &chart, &setup, &halves, &mut checks);
    if let Some(card) = &card {
        is_of_card(&halves, card, &mut checks);
    }
    people(session, &holder, &chart, &setup, card.is_some(), &mut checks).await?;
    let failed = checks.failed();
    if !failed.is_empty() {
        return Err(Error::NotFound {
            message: format!("emergency access would fail: {}", failed.join("; ")),
            hint: "chartkey emergency setup makes new keys for the same or other people; credentials come \
                   from a registrar"
                .into(),
        });
    }
    let lines: Vec<String> = checks.lines.iter().map(|(_, what)| format!("ok  {what}")).collect();
    let text = format!(
        "{}\nemergency access would work, if the people still have their keys: only they can say",
        lines.join("\n")
    );
    let rows: Vec<Value> = checks.lines.iter().map(|(_, what)| json!(what)).collect();
    let data = json!({
        "record": chart.record,
        "generation": setup.generation,
        "checks": rows,
    });
    Ok(Report::new(data, text))
}

/// Both halves together open the key of the summary's present epoch.
fn opens(
    holder: &Holder,
    chart: &Chart,
    setup: &EmergencySetup,
    halves: &Halves<'_>,
    checks: &mut Checks,
) {
    let Some(summary) = chart.sections.iter().find(|one| one.section.handle == setup.handle) else {
        return checks.fail("the summary is not there".to_owned());
    };
    let label = printable(&summary.label());
    if summary.is_due {
        checks.fail(format!("{label} needs new keys before anything is written to it"));
    }
    let emergency = Emergency { record: holder.place(chart.record), generation: setup.generation };
    let items = match halves.open(&emergency, &chart.history) {
        Ok((_, items)) => items,
        Err(error) => return checks.fail(format!("the halves do not open: {error}")),
    };
    let Some(here) = summary.epoch() else {
        return checks.fail(format!("{label} has no keys"));
    };
    let is_current = items.iter().any(|item| match item {
        Item::Full { section, epoch, seed } => {
            *section == setup.handle
                && *epoch == here.epoch
                && here.record.accept(&summary.section, seed).is_ok()
        }
        _ => false,
    });
    let epoch = here.epoch.number();
    checks.note(
        is_current,
        format!("both halves open {label}, epoch {epoch}"),
        format!("both halves do not open the newest key of {label}"),
    );
}

fn is_of_card(halves: &Halves<'_>, card: &EmergencyHalf2, checks: &mut Checks) {
    let is_same = halves.second().is_some_and(|half| half == card);
    checks.note(
        is_same,
        "the card is the second half of this generation".to_owned(),
        "the card is not of this generation: it opens nothing".to_owned(),
    );
}

/// Keys as they were delivered to, credentials and grants that still hold.
async fn people(
    session: &Session,
    holder: &Holder,
    chart: &Chart,
    setup: &EmergencySetup,
    has_card: bool,
    checks: &mut Checks,
) -> Result<(), Error> {
    let mut reachable = 0;
    let mut responders = 0;
    for account in &setup.people {
        let is_custodian = chart
            .holdings
            .of_account(*account)
            .is_some_and(|held| held.grant.permissions & permission::CUSTODIAN != 0);
        let role = if is_custodian { "custodian" } else { "responder" };
        let found = holder.contact(session, &chart.history, *account, None).await;
        let is_same = matches!(&found, Ok(contact) if contact.has_channel);
        let bad = match found {
            Ok(_) => format!("{role} {account} has registered another key since"),
            Err(error) => format!("{role} {account}: {error}"),
        };
        checks.note(is_same, format!("{role} {account} has the key that was delivered to"), bad);
        if is_custodian {
            let held = chart.holdings.of_account(*account);
            let holds = held.is_some_and(|held| chart.holdings.holds(held, chart.now));
            checks.note(
                holds,
                format!("custodian {account} may deliver to claimants"),
                format!("custodian {account} may not deliver any more: its grant ran out"),
            );
            reachable += usize::from(holds && is_same);
        } else {
            let may = may_claim(session, holder, *account, chart.now).await?;
            checks.note(
                may,
                format!("responder {account} has a credential for emergencies"),
                format!("responder {account} has no current credential for emergencies"),
            );
            responders += usize::from(may && is_same);
        }
    }
    if responders == 0 {
        checks.fail("nobody can claim".to_owned());
    }
    let share = Halves::of(&chart.keychain, setup.generation).share();
    let needed = share.map_or(1, |share| usize::from(share.threshold()));
    let bad = match reachable {
        0 => "no custodian is there, so the second half is on the card alone; test it with --card FILE"
            .to_owned(),
        _ => format!("{reachable} of the {needed} custodians needed can be reached"),
    };
    let is_reachable = reachable >= needed || has_card;
    checks.note(is_reachable, "the second half can be reached".to_owned(), bad);
    Ok(())
}

/// Whether an account has a credential with which it may claim.
pub(super) async fn may_claim(
    session: &Session,
    holder: &Holder,
    account: Address,
    now: u64,
) -> Result<bool, Error> {
    let slot = records_slot::of_account(records_slot::CREDENTIALS, account);
    let block = session.common_block().await?;
    let what = |_| format!("the credential of {account}");
    let words = session.words(holder.contract, &[slot], &block, what).await?;
    let word = words.first().copied().unwrap_or_default();
    let time = |at: usize| u64::from_be_bytes(word[at..at + 8].try_into().unwrap_or_default());
    let flags = word[16];
    Ok(time(0) <= now
        && now < time(8)
        && flags & credential_flag::EMERGENCY != 0
        && flags & credential_flag::SUSPENDED == 0)
}
