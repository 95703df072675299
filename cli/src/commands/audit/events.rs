//! The history of a record as events: every access link and the authorship of every entry, each proven
//! by the chain. Lists, and whatever else tells of them, are made from these.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256};
use chartkey_abi::access_kind;
use chartkey_crypto::{Action, Grant, Operation, parse_list};

use crate::records::{AccessLink, Chart, Holdings, Opened, Position, SectionChart};

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Block time in Unix seconds; proven.
    pub(crate) time: u64,
    /// Who did it; proven.
    pub(crate) actor: Address,
    /// What was done.
    pub(crate) what: What,
    /// The transaction and its place, as the endpoint says; no chain proves them.
    pub(crate) transaction: B256,
    /// See `transaction`.
    pub(crate) position: Position,
    /// The grant that the actor acted under; `None` for who was in charge.
    pub(crate) under: Option<Under>,
}

/// The grant of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Under {
    /// Number of the access entry that set it.
    pub(crate) entry: u32,
    /// Its purpose.
    pub(crate) purpose: u8,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A section was opened, or got new keys.
    Epoch {
        /// The section.
        section: u8,
        /// The link.
        entry: u32,
        /// The key generation.
        epoch: u32,
    },
    /// An entry was written.
    Entry {
        /// The section.
        section: u8,
        /// Its number.
        entry: u32,
        /// What it does, where it can be read: the chain does not show it.
        operation: Option<Operation>,
    },
    /// Something of the access chain.
    Access {
        /// Number of the access entry.
        entry: u32,
        /// What it says.
        access: Access,
    },
}

/// What an access entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// A grant was set.
    Granted(Grant),
    /// A grant was taken back, or had run out and was cleared.
    Revoked(Address),
    /// Keys were delivered to these; the zero address stands for readers that are not listed.
    Delivered(Vec<Address>),
    /// Emergency access was claimed, with a reason's code.
    EmergencyOpened(Address, u16),
    /// Emergency access was closed.
    EmergencyClosed(Address),
    /// Emergency access was set up, and its halves delivered to these.
    EmergencySet(u32, Vec<Address>),
    /// Guardians were set, and their shares delivered.
    GuardiansSet(u32, Vec<Address>),
    /// A guardian approved a new owner.
    RecoveryApproved(Address),
    /// The owner refused every recovery under way.
    RecoveryVetoed,
    /// The owner offered the record.
    Offered(Address),
    /// Another account is in charge.
    OwnerChanged(Address),
    /// A kind that this version does not know.
    Unknown(Option<u8>),
}

impl Access {
    /// What a proven link says.
    pub(crate) fn of(link: &AccessLink) -> Self {
        let account = Address::from;
        let to = || recipients(link.list());
        match link.proven.action() {
            Ok(Action::Grant(grant)) => Self::Granted(grant),
            Ok(Action::Revoke { grantee }) => Self::Revoked(account(grantee)),
            Ok(Action::Delivery { .. }) => Self::Delivered(to()),
            Ok(Action::EmergencyOpened { claimant, reason, .. }) => {
                Self::EmergencyOpened(account(claimant), reason)
            }
            Ok(Action::EmergencySet { generation, .. }) => Self::EmergencySet(generation, to()),
            Ok(Action::GuardiansSet { version, .. }) => Self::GuardiansSet(version, to()),
            Ok(Action::OwnerChanged { account: owner }) => Self::OwnerChanged(account(owner)),
            Ok(Action::Other(body)) => Self::other(&body),
            Err(_) => Self::Unknown(None),
        }
    }

    /// Kinds that the contract added to those of crypto.md section 9.3.
    fn other(body: &[u8]) -> Self {
        let subject = body.get(1..).and_then(|rest| <[u8; 20]>::try_from(rest).ok());
        match (body.first().copied(), subject.map(Address::from)) {
            (Some(access_kind::RECOVERY_APPROVED), Some(account)) => {
                Self::RecoveryApproved(account)
            }
            (Some(access_kind::RECOVERY_VETOED), None) if body.len() == 1 => Self::RecoveryVetoed,
            (Some(access_kind::EMERGENCY_CLOSED), Some(account)) => Self::EmergencyClosed(account),
            (Some(access_kind::OWNER_OFFERED), Some(account)) => Self::Offered(account),
            (kind, _) => Self::Unknown(kind),
        }
    }
}

/// Who is named in a list, in its order: once, though a channel may be opened and used in it. Each that
/// it does not name counts.
pub(super) fn recipients(list: Option<&[u8]>) -> Vec<Address> {
    let listed = list.and_then(|list| parse_list(list).ok()).unwrap_or_default();
    let mut named: Vec<Address> = listed.iter().map(|one| one.recipient.into()).collect();
    named.dedup_by(|later, before| later == before && !later.is_zero());
    named
}

/// The grants after each number of links, each made once.
struct Timeline<'a> {
    chart: &'a Chart,
    made: BTreeMap<usize, Holdings>,
}

impl Timeline<'_> {
    /// The grant of an account at a time; `None` for who is in charge, and for who has none. Times are
    /// proven; within one second the order is what the endpoint says.
    fn under(&mut self, account: Address, time: u64, block: u64) -> Option<Under> {
        if account == self.chart.owner {
            return None;
        }
        let history = &self.chart.history;
        let count = history.links.partition_point(|link| {
            (link.proven.time(), link.event.position.block) <= (time, block)
        });
        let holdings = self.made.entry(count).or_insert_with(|| history.holdings_after(count));
        let held = holdings.of_account(account)?;
        Some(Under { entry: held.set_by, purpose: held.grant.purpose })
    }
}

/// All events of a record, in order of time; within one second in the order that the endpoint says.
pub(crate) fn events(chart: &Chart) -> Vec<Event> {
    let mut timeline = Timeline { chart, made: BTreeMap::new() };
    let mut events = Vec::new();
    for section in &chart.sections {
        section_events(chart, section, &mut timeline, &mut events);
    }
    for link in &chart.history.links {
        let (time, entry) = (link.proven.time(), link.proven.seq());
        let actor = Address::from(link.proven.actor());
        events.push(Event {
            time,
            actor,
            what: What::Access { entry, access: Access::of(link) },
            transaction: link.event.transaction,
            position: link.event.position,
            under: timeline.under(actor, time, link.event.position.block),
        });
    }
    events.sort_by_key(|event| (event.time, event.position));
    events
}

fn section_events(
    chart: &Chart,
    section: &SectionChart,
    timeline: &mut Timeline<'_>,
    events: &mut Vec<Event>,
) {
    let handle = section.section.handle.number();
    let places: BTreeMap<u32, (B256, Position)> = chart
        .section_logs(section.section.handle)
        .map(|log| (log.log.state.seq(), (log.transaction, log.position)))
        .collect();
    let place = |entry: u32| places.get(&entry).copied().unwrap_or_default();
    for epoch in &section.epochs {
        let (transaction, position) = place(epoch.seq);
        let what = What::Epoch { section: handle, entry: epoch.seq, epoch: epoch.epoch.number() };
        let under = timeline.under(epoch.by, epoch.began, position.block);
        events.push(Event {
            time: epoch.began,
            actor: epoch.by,
            what,
            transaction,
            position,
            under,
        });
    }
    for opened in &section.entries {
        let Opened { seq, author, time, .. } = *opened;
        let (transaction, position) = place(seq);
        let operation = opened.frame.as_ref().ok().map(|frame| frame.operation);
        let what = What::Entry { section: handle, entry: seq, operation };
        let under = timeline.under(author, time, position.block);
        events.push(Event { time, actor: author, what, transaction, position, under });
    }
}
