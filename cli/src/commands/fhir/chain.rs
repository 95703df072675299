//! What the chain proves about a record, as FHIR: grants as Consents, what was done as AuditEvents.

use alloy_primitives::{Address, B256};
use chartkey_abi::permission;
use chartkey_crypto::{Action, Operation};
use chartkey_fhir::export::{
    self, Account, Actor, AuditEvent, Exported, Happening, Instant, Outcome, Permission, RecordRef,
    Subject, Transaction, audit_event, consent, of_resources,
};

use crate::args::Purpose;
use crate::dates::now;
use crate::records::{AccessLink, Chart, Holder};

/// The record as an export names it.
pub(super) const fn record(holder: &Holder, chart: &Chart) -> RecordRef {
    RecordRef {
        chain_id: holder.chain_id,
        contract: holder.contract.into_array(),
        id: chart.record.0,
    }
}

pub(super) const fn account(holder: &Holder, address: Address) -> Account {
    Account { chain_id: holder.chain_id, address: address.into_array() }
}

pub(super) const fn transaction(holder: &Holder, hash: B256) -> Transaction {
    Transaction { chain_id: holder.chain_id, hash: hash.0 }
}

/// Base of the `fullUrl`s of resources that are made here, and nowhere else.
fn url(kind: &str, id: &str) -> String {
    format!("https://chartkey.invalid/fhir/{kind}/{id}")
}

/// A Consent for each grant that was ever set.
pub(super) fn consents(holder: &Holder, chart: &Chart) -> Exported {
    let mut resources = Vec::new();
    for link in &chart.history.links {
        if let Ok(Action::Grant(grant)) = link.proven.action() {
            let (id, text) = one_consent(holder, chart, link, &grant);
            resources.push((url("Consent", &id), text));
        }
    }
    of_resources(&resources, Instant(now()))
}

fn one_consent(
    holder: &Holder,
    chart: &Chart,
    link: &AccessLink,
    grant: &chartkey_crypto::Grant,
) -> (String, String) {
    const GIVEN: [(u16, Permission); 4] = [
        (permission::READ, Permission::Read),
        (permission::WRITE, Permission::Write),
        (permission::ROTATE, Permission::Rotate),
        (permission::GRANT, Permission::Grant),
    ];
    let grantee = Address::from(grant.grantee);
    let number = link.proven.seq();
    let holding = chart.holdings.of_account(grantee).filter(|held| held.set_by == number);
    let end = holding.map_or(grant.expiry, |held| chart.holdings.end(held));
    let permissions: Vec<_> = GIVEN
        .iter()
        .filter(|(bit, _)| grant.permissions & bit != 0)
        .map(|(_, permission)| *permission)
        .collect();
    let sections = names(chart, grant.sections);
    consent(&export::Grant {
        subject: Subject { record: record(holder, chart), patient: None },
        number,
        grantor: account(holder, Address::from(link.proven.actor())),
        grantee: account(holder, grantee),
        display: None,
        sections: &sections.iter().map(String::as_str).collect::<Vec<_>>(),
        permissions: &permissions,
        purpose: Purpose::code(grant.purpose).unwrap_or_default(),
        start: Instant(link.proven.time()),
        end: (end != u64::MAX).then_some(Instant(end)),
        is_over: !holding.is_some_and(|held| chart.holdings.holds(held, chart.now)),
        transaction: Some(transaction(holder, link.event.transaction)),
    })
}

/// Names of the sections of a bitmap; `#N` where the name is not known here.
fn names(chart: &Chart, bitmap: u64) -> Vec<String> {
    (0..64_u8)
        .filter(|handle| (bitmap >> handle) & 1 == 1)
        .map(|handle| {
            let section = chart.sections.iter().find(|one| one.section.handle.number() == handle);
            section.and_then(|one| one.name.clone()).unwrap_or_else(|| format!("#{handle}"))
        })
        .collect()
}

/// One event before it has its number.
struct Happened {
    time: u64,
    actor: Address,
    happening: Happening<'static>,
    sections: Vec<String>,
    entry: Option<(String, u32)>,
    purpose: Option<&'static str>,
    consent: Option<String>,
    transaction: B256,
}

/// An AuditEvent for everything that the chain proves: who wrote, who was given access, who lost it, who
/// broke the glass. Reading leaves no trace on a chain, and none is invented.
pub(super) fn events(holder: &Holder, chart: &Chart) -> Exported {
    let mut happened: Vec<Happened> =
        chart.history.links.iter().filter_map(|link| of_access(holder, chart, link)).collect();
    for section in &chart.sections {
        let name = section.name.clone().unwrap_or_else(|| section.label());
        happened.extend(section.entries.iter().map(|entry| Happened {
            time: entry.time,
            actor: entry.author,
            happening: match entry.frame.as_ref().map(|frame| frame.operation) {
                Ok(Operation::Amend(_)) => Happening::Update,
                Ok(Operation::EnteredInError(_)) => Happening::Delete,
                // What cannot be opened was added all the same.
                _ => Happening::Create,
            },
            sections: vec![name.clone()],
            entry: Some((name.clone(), entry.seq)),
            purpose: None,
            consent: None,
            transaction: entry.transaction,
        }));
    }
    happened.sort_by_key(|one| one.time);
    let resources: Vec<_> = (1..)
        .zip(&happened)
        .map(|(number, one)| {
            let (id, text) = one.audit_event(holder, chart, number);
            (url("AuditEvent", &id), text)
        })
        .collect();
    of_resources(&resources, Instant(now()))
}

fn of_access(holder: &Holder, chart: &Chart, link: &AccessLink) -> Option<Happened> {
    let mut happened = Happened {
        time: link.proven.time(),
        actor: Address::from(link.proven.actor()),
        happening: Happening::EmergencyStarted,
        sections: Vec::new(),
        entry: None,
        purpose: None,
        consent: None,
        transaction: link.event.transaction,
    };
    match link.proven.action().ok()? {
        Action::Grant(grant) => {
            let grantee = account(holder, Address::from(grant.grantee));
            happened.happening = Happening::ConsentGiven(grantee);
            happened.sections = names(chart, grant.sections);
            happened.purpose = Purpose::code(grant.purpose);
            happened.consent = Some(one_consent(holder, chart, link, &grant).0);
        }
        Action::Revoke { grantee } => {
            let grantee = account(holder, Address::from(grantee));
            happened.happening = Happening::ConsentWithdrawn(grantee);
        }
        Action::EmergencyOpened { claimant, .. } => {
            happened.actor = Address::from(claimant);
            happened.purpose = Some("BTG");
        }
        _ => return None,
    }
    Some(happened)
}

impl Happened {
    fn audit_event(&self, holder: &Holder, chart: &Chart, number: u32) -> (String, String) {
        let actor = Actor {
            account: account(holder, self.actor),
            display: None,
            credential: None,
            on_behalf_of: None,
        };
        audit_event(&AuditEvent {
            number,
            subject: Subject { record: record(holder, chart), patient: None },
            happening: self.happening,
            recorded: Instant(self.time),
            actor,
            sections: &self.sections.iter().map(String::as_str).collect::<Vec<_>>(),
            entry: self.entry.as_ref().map(|(section, seq)| (section.as_str(), *seq)),
            purpose: self.purpose,
            consent: self.consent.as_deref(),
            outcome: Outcome::Success,
            transaction: Some(transaction(holder, self.transaction)),
        })
    }
}
