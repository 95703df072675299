//! The access chain of a record, proven: who was given what, by whom, when (crypto.md section 9.3).

use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::Address;
use chartkey_abi::access_kind;
use chartkey_crypto::{
    AccessLog, AccessState, Action, Error as CryptoError, Record, Sender, VerifiedAccess,
    verify_access,
};

use super::holdings::{Holding, Holdings};
use super::ledger::Ledger;
use super::logs::AccessEvent;

/// Bytes of the recovery blob behind the shares of guardians (crypto.md section 12).
pub const RECOVERY_BLOB: usize = 104;

/// A link that the chain proves, and the event that told it.
#[derive(Debug, Clone)]
pub struct AccessLink {
    /// What is proven: number, actor, time, body.
    pub proven: VerifiedAccess,
    /// The event; what its `terms` hold beyond the body is not proven.
    pub event: Rc<AccessEvent>,
}

/// A verified access chain.
#[derive(Debug)]
pub struct AccessHistory {
    /// Its links in order.
    pub links: Vec<AccessLink>,
    /// From which link on who was in charge.
    owners: Vec<(u32, Address)>,
}

impl AccessLink {
    /// The delivery list that this link proves.
    #[must_use]
    pub fn list(&self) -> Option<&[u8]> {
        let payload = self.event.payload.as_slice();
        if self.proven.is_about(payload) {
            return Some(payload);
        }
        let (list, blob) = payload.split_at_checked(payload.len().checked_sub(RECOVERY_BLOB)?)?;
        let Ok(Action::GuardiansSet { version, digest }) = self.proven.action() else {
            return None;
        };
        let is_same =
            Action::guardians_set(version, list, blob) == Action::GuardiansSet { version, digest };
        is_same.then_some(list)
    }
}

impl AccessHistory {
    /// Verifies the events against the access word, and against a word that was verified before.
    /// `creator` is who opened the record's first section.
    ///
    /// # Errors
    ///
    /// Those of [`verify_access`], by the link's number.
    pub(super) fn verify(
        ledger: &Ledger,
        seen: Option<AccessState>,
        creator: Option<Address>,
    ) -> Result<Self, CryptoError> {
        let events: Vec<_> = ledger.logs.access.iter().cloned().map(Rc::new).collect();
        let logs = links_of(&ledger.place, &events);
        let plain: Vec<AccessLog> = logs.iter().map(|(log, _)| log.clone()).collect();
        let proven = verify_access(&ledger.place, ledger.access, &plain, seen)?;
        let events: BTreeMap<u32, Rc<AccessEvent>> =
            logs.into_iter().map(|(log, event)| (log.state.seq(), event)).collect();
        let links = proven.into_iter().filter_map(|proven| {
            let event = Rc::clone(events.get(&proven.seq())?);
            Some(AccessLink { proven, event })
        });
        let links: Vec<_> = links.collect();
        let owners = owners(ledger.owner, creator, &links);
        Ok(Self { links, owners })
    }

    /// Who was in charge when link `seq` was made, where it is known.
    #[must_use]
    pub fn owner_at(&self, seq: u32) -> Option<Address> {
        let before = self.owners.iter().rev().find(|(from, _)| *from < seq);
        before.map(|(_, owner)| *owner).filter(|owner| !owner.is_zero())
    }

    /// The link from which on the present owner has been in charge; 0 for the creator.
    #[must_use]
    pub fn in_charge_since(&self) -> u32 {
        self.owners.last().map_or(0, |(from, _)| *from)
    }

    /// The grants after the last link.
    #[must_use]
    pub fn holdings(&self) -> Holdings {
        Holdings::of(self.links.iter().map(|link| (link, self.owner_at(link.proven.seq()))))
    }

    /// The grants after the first `count` links.
    #[must_use]
    pub fn holdings_after(&self, count: usize) -> Holdings {
        let links = self.links.iter().take(count);
        Holdings::of(links.map(|link| (link, self.owner_at(link.proven.seq()))))
    }

    /// The grants as they were at a time, in Unix seconds.
    #[must_use]
    pub fn holdings_at(&self, time: u64) -> Holdings {
        let until = self.links.iter().take_while(|link| link.proven.time() <= time);
        Holdings::of(until.map(|link| (link, self.owner_at(link.proven.seq()))))
    }

    /// The grant of an account after link `seq`, if it held at that link's time.
    #[must_use]
    pub fn holding_at(&self, seq: u32, account: Address) -> Option<Holding> {
        let until = self.links.iter().take_while(|link| link.proven.seq() <= seq);
        let time = self.links.iter().find(|link| link.proven.seq() == seq)?.proven.time();
        let held = Holdings::of(until.map(|link| (link, self.owner_at(link.proven.seq()))));
        held.of_account(account).copied().filter(|holding| held.holds(holding, time))
    }

    /// In what role the actor of a link delivered (crypto.md section 7.2). The contract lets nobody
    /// else deliver.
    #[must_use]
    pub fn sender(&self, link: &AccessLink) -> Sender {
        let actor = Address::from(link.proven.actor());
        let seq = link.proven.seq();
        if self.owner_at(seq) == Some(actor) {
            return Sender::Owner;
        }
        if link.event.kind == access_kind::RECOVERY_APPROVED {
            return Sender::Trustee;
        }
        let before = self.links.iter().take_while(|link| link.proven.seq() < seq);
        let held = Holdings::of(before.map(|link| (link, self.owner_at(link.proven.seq()))));
        let is_custodian = held
            .of_account(actor)
            .is_some_and(|held| held.grant.permissions & chartkey_abi::permission::CUSTODIAN != 0);
        if is_custodian { Sender::Custodian } else { Sender::Delegate }
    }
}

/// The links of the events, in the chain's order. An event says the word after its last link only;
/// the word before a second one is computed from what the event before it says.
pub(super) fn links_of(
    place: &Record,
    events: &[Rc<AccessEvent>],
) -> Vec<(AccessLog, Rc<AccessEvent>)> {
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_key(|event| event.said(place).seq());
    let mut before = AccessState::genesis(place);
    let mut logs = Vec::new();
    for event in sorted {
        let actor = event.actor.into_array();
        let bodies = event.bodies();
        let after = event.said(place);
        let mut log = |state: AccessState, body: Vec<u8>| {
            let log = AccessLog { state, actor, time: event.time, body };
            logs.push((log, Rc::clone(event)));
        };
        let mut bodies = bodies.into_iter();
        match (bodies.next(), bodies.next()) {
            (Some(first), Some(second)) => {
                let between = before.append(&actor, event.time, &first);
                // Behind a gap the word between is not known; the gap is what verification names.
                if between.seq().checked_add(1) == Some(after.seq()) {
                    log(between, first);
                }
                log(after, second);
            }
            (Some(only), None) => log(after, only),
            (None, _) => {}
        }
        before = after;
    }
    logs
}

/// Who was in charge from which link on. The word says who is now; of a record that changed hands the
/// first owner is its creator.
fn owners(owner: Address, creator: Option<Address>, links: &[AccessLink]) -> Vec<(u32, Address)> {
    let changes: Vec<_> = links
        .iter()
        .filter_map(|link| match link.proven.action() {
            Ok(Action::OwnerChanged { account }) => {
                Some((link.proven.seq(), Address::from(account)))
            }
            _ => None,
        })
        .collect();
    let first = if changes.is_empty() { Some(owner) } else { creator };
    let mut owners = vec![(0, first.unwrap_or_default())];
    owners.extend(changes);
    owners
}
