//! What an account was given of a record, and so can read: by section and number range
//! (crypto.md sections 8.4 and 8.5).
//!
//! Derived from the proven grants and the rule that every change of keys reaches those who stay. It says
//! what an account could read at most: nothing proves that somebody did, or that the keys fitted.

use alloy_primitives::{Address, B256};
use chartkey_abi::permission;
use chartkey_crypto::{Action, Grant, Handle};

use super::chart::Chart;
use super::logs::Position;
use super::section::{EpochKeysHere, SectionChart};
use super::unlisted::UnlistedReader;

/// What decides which keys a grant gives.
const READ_BITS: u16 = permission::READ | permission::HISTORY;

/// What an account can read of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The section.
    pub handle: Handle,
    /// Numbers of entries, first and last, in order and apart from each other.
    pub ranges: Vec<(u32, u32)>,
    /// Indices of the epochs whose keys it was given.
    pub epochs: Vec<usize>,
    /// Whether the newest keys are among them: it can read what is written until the next change.
    pub is_current: bool,
    /// Whether it can read what it wrote itself, if nothing else.
    pub writes: bool,
}

/// A grant as it stood between two moments.
struct Tenure {
    grant: Grant,
    from: Moment,
    /// When it was replaced or taken back.
    to: Option<Moment>,
    /// Unix second at which it ran out.
    end: u64,
}

/// When something happened: proven block time, then the place that the log says.
#[derive(Clone, Copy)]
struct Moment {
    time: u64,
    position: Position,
    transaction: B256,
}

impl Moment {
    const fn of(epoch: &EpochKeysHere) -> Self {
        Self { time: epoch.began, position: epoch.at.0, transaction: epoch.at.1 }
    }

    /// What one transaction does to access comes before its new keys, whatever the order of its logs.
    fn is_before(&self, epoch: &EpochKeysHere) -> bool {
        let epoch = Self::of(epoch);
        self.transaction == epoch.transaction
            || (self.time, self.position) < (epoch.time, epoch.position)
    }
}

impl Chart {
    /// What an account can read, by section; sections of which it was given nothing are left out. Of the
    /// owner it says nothing: the owner has all keys.
    #[must_use]
    pub fn reach(&self, account: Address) -> Vec<Reach> {
        let tenures = self.tenures(account);
        let of = |section| reach_of(section, &tenures);
        self.sections.iter().filter_map(of).collect()
    }

    /// The same for an unlisted reader, as the owner's list says. Where it was added in the second of a
    /// change of keys, one epoch more than it has.
    #[must_use]
    pub fn reach_of_unlisted(&self, reader: &UnlistedReader) -> Vec<Reach> {
        let (grant, until) = (reader.grant(), reader.until.unwrap_or(u64::MAX));
        let of = |section: &SectionChart| {
            let is_given = |(index, epoch): (usize, &EpochKeysHere)| {
                let next = section.epochs.get(index + 1);
                let is_since = next.is_none_or(|next| reader.since <= next.began);
                epoch.began < until && (is_since || reader.past)
            };
            let given: Vec<bool> = section.epochs.iter().enumerate().map(is_given).collect();
            built(section, &given, false)
        };
        let covered = self.sections.iter().filter(|one| grant.covers(one.section.handle));
        covered.filter_map(of).collect()
    }

    /// Indices of the epochs of a section whose keys the present grant of an account gives, grants that it
    /// replaced without a gap included: what a repair delivers again. Whether it gives the past too, the
    /// grant says.
    #[must_use]
    pub fn granted_epochs(&self, account: Address, section: &SectionChart) -> Vec<usize> {
        let handle = section.section.handle;
        let tenures = self.tenures(account);
        let mut given = vec![false; section.epochs.len()];
        let mut next: Option<&Tenure> = None;
        for tenure in tenures.iter().rev() {
            let is_joined = match next {
                None => tenure.to.is_none(),
                Some(next) => {
                    tenure.to.is_some_and(|to| to.transaction == next.from.transaction)
                        && tenure.grant.permissions & READ_BITS
                            == next.grant.permissions & READ_BITS
                }
            };
            if !is_joined || !tenure.grant.covers(handle) {
                break;
            }
            for (index, epoch) in section.epochs.iter().enumerate() {
                given[index] |= tenure.gives(epoch, section.epochs.get(index + 1));
            }
            next = Some(tenure);
        }
        (0..given.len()).filter(|index| given[*index]).collect()
    }

    fn tenures(&self, account: Address) -> Vec<Tenure> {
        let mut tenures: Vec<Tenure> = Vec::new();
        for link in &self.history.links {
            let (time, event) = (link.proven.time(), &link.event);
            let now = Moment { time, position: event.position, transaction: event.transaction };
            let open = |tenures: &mut Vec<Tenure>| {
                if let Some(last) = tenures.last_mut().filter(|last| last.to.is_none()) {
                    last.to = Some(now);
                }
            };
            match link.proven.action() {
                Ok(Action::Grant(grant)) if grant.grantee == account.into_array() => {
                    open(&mut tenures);
                    tenures.push(Tenure { grant, from: now, to: None, end: grant.expiry });
                }
                Ok(Action::Revoke { grantee }) if grantee == account.into_array() => {
                    open(&mut tenures);
                }
                _ => {}
            }
        }
        // The present one may end with the grant out of which it was made.
        if let (Some(last), Some(holding)) = (tenures.last_mut(), self.holdings.of_account(account))
        {
            last.end = self.holdings.end(holding);
        }
        tenures
    }
}

impl Tenure {
    /// Whether an epoch's keys went to its holder: the one current when it was made, and those that
    /// began while it held.
    fn gives(&self, epoch: &EpochKeysHere, next: Option<&EpochKeysHere>) -> bool {
        let is_current_at_first =
            !self.from.is_before(epoch) && next.is_none_or(|next| self.from.is_before(next));
        let is_within = self.from.is_before(epoch)
            && epoch.began < self.end
            && !self.to.is_some_and(|to| to.is_before(epoch));
        is_current_at_first || is_within
    }
}

fn reach_of(section: &SectionChart, tenures: &[Tenure]) -> Option<Reach> {
    let handle = section.section.handle;
    let mut given = vec![false; section.epochs.len()];
    let mut writes = false;
    for tenure in tenures.iter().filter(|tenure| tenure.grant.covers(handle)) {
        let bits = tenure.grant.permissions;
        writes |= bits & permission::WRITE != 0;
        if bits & permission::READ == 0 {
            continue;
        }
        for (index, epoch) in section.epochs.iter().enumerate() {
            if tenure.gives(epoch, section.epochs.get(index + 1)) {
                let first = if bits & permission::HISTORY != 0 { 0 } else { index };
                given[first..=index].fill(true);
            }
        }
    }
    built(section, &given, writes)
}

/// What the keys of these epochs open; `None` for no keys at all.
fn built(section: &SectionChart, given: &[bool], writes: bool) -> Option<Reach> {
    let handle = section.section.handle;
    let epochs: Vec<usize> = (0..given.len()).filter(|index| given[*index]).collect();
    if epochs.is_empty() && !writes {
        return None;
    }
    let is_current = given.last().copied().unwrap_or_default();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for (first, last) in epochs.iter().filter_map(|index| section.entries_of(*index)) {
        match ranges.last_mut() {
            // Between two epochs there is the record of the later one, which is no entry.
            Some(before) if before.1 + 2 >= first => before.1 = last,
            _ => ranges.push((first, last)),
        }
    }
    Some(Reach { handle, ranges, epochs, is_current, writes })
}
