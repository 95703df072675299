//! Who holds a grant: the contract's rules, applied to the proven access chain.

use std::collections::BTreeMap;

use alloy_primitives::Address;
use chartkey_abi::permission;
use chartkey_crypto::{Action, Grant, Handle};

use super::access::AccessLink;

/// A grant, who made it, and since when.
#[derive(Debug, Clone, Copy)]
pub struct Holding {
    /// What it gives.
    pub grant: Grant,
    /// Who made it: the owner, or a holder of GRANT.
    pub grantor: Address,
    /// The grant of the grantor out of which it was made: its number. `None` if the owner made it.
    source: Option<u32>,
    /// The link that began it; a grant that is widened keeps its number.
    number: u32,
    /// The link that set it as it is.
    pub set_by: u32,
    /// Block time at which it was set, in Unix seconds.
    pub since: u64,
}

/// The grants after a number of links, run-out ones included.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    by_grantee: BTreeMap<Address, Holding>,
    /// When a grant was replaced by a narrower one or taken back: its number and the time.
    ended: BTreeMap<u32, u64>,
}

impl Holding {
    /// Whether the owner did not make it, but a holder of GRANT.
    #[must_use]
    pub const fn is_delegated(&self) -> bool {
        self.source.is_some()
    }
}

impl Holdings {
    /// The grants after these links; with each who was in charge at the time.
    pub(super) fn of<'a>(links: impl Iterator<Item = (&'a AccessLink, Option<Address>)>) -> Self {
        let mut holdings = Self::default();
        for (link, owner) in links {
            match link.proven.action() {
                Ok(Action::Grant(grant)) => holdings.set(link, owner, grant),
                Ok(Action::Revoke { grantee }) => {
                    if let Some(old) = holdings.by_grantee.remove(&Address::from(grantee)) {
                        holdings.ended.insert(old.number, link.proven.time());
                    }
                }
                _ => {}
            }
        }
        holdings
    }

    fn set(&mut self, link: &AccessLink, owner: Option<Address>, grant: Grant) {
        let (seq, since) = (link.proven.seq(), link.proven.time());
        let grantor = Address::from(link.proven.actor());
        let source = match owner {
            Some(owner) if owner == grantor => None,
            _ => self.by_grantee.get(&grantor).map(|above| above.number),
        };
        let grantee = Address::from(grant.grantee);
        let old = self.by_grantee.get(&grantee);
        let number = match old {
            Some(old) if keeps(&old.grant, &grant) => old.number,
            Some(old) => {
                self.ended.insert(old.number, since);
                seq
            }
            None => seq,
        };
        let holding = Holding { grant, grantor, source, number, set_by: seq, since };
        self.by_grantee.insert(grantee, holding);
    }

    /// All of them, by grantee.
    pub fn iter(&self) -> impl Iterator<Item = &Holding> {
        self.by_grantee.values()
    }

    /// The one of an account.
    #[must_use]
    pub fn of_account(&self, account: Address) -> Option<&Holding> {
        self.by_grantee.get(&account)
    }

    /// The grant out of which one was made, while it is the same; `None` too if the owner made it.
    #[must_use]
    pub fn above(&self, holding: &Holding) -> Option<&Holding> {
        let source = holding.source?;
        self.by_grantee.get(&holding.grantor).filter(|above| above.number == source)
    }

    /// The grants that end with this account's, because they were made out of it, and hold until then.
    pub fn below(&self, account: Address, now: u64) -> impl Iterator<Item = &Holding> {
        let number = self.by_grantee.get(&account).map(|holding| holding.number);
        self.iter().filter(move |holding| {
            let is_of = holding.grantor == account && holding.source.is_some();
            is_of && holding.source == number && self.holds(holding, now)
        })
    }

    /// The grants as they are once this account's is taken back at `now`: what was made out of it has
    /// ended with it.
    #[must_use]
    pub fn without(&self, account: Address, now: u64) -> Self {
        let mut rest = self.clone();
        if let Some(gone) = rest.by_grantee.remove(&account) {
            rest.ended.insert(gone.number, now);
        }
        rest
    }

    /// Unix second at which a grant no longer holds: its own end, or that of the one it was made of.
    #[must_use]
    pub fn end(&self, holding: &Holding) -> u64 {
        let own = holding.grant.expiry;
        let Some(source) = holding.source else { return own };
        let above = self.above(holding);
        let lost = self.ended.get(&source).copied();
        let end = above.map(|above| above.grant.expiry).or(lost).unwrap_or(holding.since);
        own.min(end)
    }

    /// Whether a grant holds at a time.
    #[must_use]
    pub fn holds(&self, holding: &Holding, now: u64) -> bool {
        now < self.end(holding)
    }

    /// To whom the next keys of a section go: grants that hold and give keys.
    pub fn readers(&self, section: Handle, now: u64) -> impl Iterator<Item = &Holding> {
        const KEYS: u16 = permission::READ | permission::WRITE | permission::ROTATE;
        self.iter().filter(move |holding| {
            let gives_keys = holding.grant.permissions & KEYS != 0;
            gives_keys && holding.grant.covers(section) && self.holds(holding, now)
        })
    }

    /// Whether a section has keys that somebody still has who should not: a grant ran out since its
    /// epoch began (crypto.md sections 8.3 and 8.5).
    #[must_use]
    pub fn has_run_out(&self, section: Handle, epoch_began: u64, now: u64) -> bool {
        self.iter().any(|holding| {
            let end = self.end(holding);
            holding.grant.covers(section) && epoch_began < end && end <= now
        })
    }
}

/// Whether a new grant gives at least what the old one gave; otherwise what was made out of the old
/// one ends.
const fn keeps(old: &Grant, new: &Grant) -> bool {
    old.permissions & !new.permissions == 0
        && old.sections & !new.sections == 0
        && old.expiry <= new.expiry
        && old.purpose == new.purpose
}
