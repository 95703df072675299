//! What the chain proves about a record, as FHIR: grants as Consents, what was done as AuditEvents.

use alloy_primitives::{Address, B256};
use chartkey_abi::permission;
use chartkey_crypto::{Action, Operation};
use chartkey_fhir::export::{
    self, Account, Actor, AuditEvent, Exported, Happening, Instant, Outcome, Permission, RecordRef,
    Subject, Transaction, audit_event, consent, consent_id, of_resources,
};

use crate::args::Purpose;
use crate::commands::audit::{self, Access, Event, What};
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

/// An AuditEvent for everything that the chain proves: who wrote, who was given access, who lost it, who
/// broke the glass. Reading leaves no trace on a chain, and none is invented.
pub(super) fn events(holder: &Holder, chart: &Chart) -> Exported {
    let history = audit::events(chart);
    let happened =
        history.iter().filter_map(|event| Some((happening(holder, &event.what)?, event)));
    let resources: Vec<_> = (1..)
        .zip(happened)
        .map(|(number, (happening, event))| {
            let (id, text) = one_event(holder, chart, number, happening, event);
            (url("AuditEvent", &id), text)
        })
        .collect();
    of_resources(&resources, Instant(now()))
}

/// What an event is to BALP; `None` for the upkeep of keys and of a record's owner, which it has no
/// pattern for.
fn happening(holder: &Holder, what: &What) -> Option<Happening<'static>> {
    Some(match what {
        What::Epoch { .. } => return None,
        What::Entry { operation, .. } => match operation {
            Some(Operation::Amend(_)) => Happening::Update,
            Some(Operation::EnteredInError(_)) => Happening::Delete,
            // What cannot be opened was added all the same.
            Some(Operation::Create | Operation::Annotate(_)) | None => Happening::Create,
        },
        What::Access { access, .. } => match access {
            Access::Granted(grant) => {
                Happening::ConsentGiven(account(holder, grant.grantee.into()))
            }
            Access::Revoked(grantee) => Happening::ConsentWithdrawn(account(holder, *grantee)),
            Access::EmergencyOpened(..) => Happening::EmergencyStarted,
            Access::EmergencyClosed(_) => Happening::EmergencyStopped,
            _ => return None,
        },
    })
}

fn one_event(
    holder: &Holder,
    chart: &Chart,
    number: u32,
    happening: Happening<'_>,
    event: &Event,
) -> (String, String) {
    let mut actor = event.actor;
    let mut purpose = event.under.and_then(|under| Purpose::code(under.purpose));
    let mut consent = event.under.map(|under| under.entry);
    let (sections, written) = match &event.what {
        What::Epoch { section, entry, .. } | What::Entry { section, entry, .. } => {
            (names(chart, 1 << section), Some(*entry))
        }
        What::Access { entry, access } => {
            let sections = match access {
                Access::Granted(grant) => {
                    (purpose, consent) = (Purpose::code(grant.purpose), Some(*entry));
                    names(chart, grant.sections)
                }
                Access::EmergencyOpened(claimant, _) => {
                    (actor, purpose) = (*claimant, Some("BTG"));
                    Vec::new()
                }
                _ => Vec::new(),
            };
            (sections, None)
        }
    };
    let subject = Subject { record: record(holder, chart), patient: None };
    let names: Vec<&str> = sections.iter().map(String::as_str).collect();
    audit_event(&AuditEvent {
        number,
        subject,
        happening,
        recorded: Instant(event.time),
        actor: Actor {
            account: account(holder, actor),
            display: None,
            credential: None,
            on_behalf_of: None,
        },
        sections: &names,
        entry: written.and_then(|entry| Some((*names.first()?, entry))),
        purpose,
        consent: consent.map(|entry| consent_id(&subject.record, entry)).as_deref(),
        outcome: Outcome::Success,
        transaction: Some(transaction(holder, event.transaction)),
    })
}
