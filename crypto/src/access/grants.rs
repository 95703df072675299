//! Who has access now, from the access chain (crypto.md sections 8.3 and 8.5).

use alloc::collections::BTreeMap;

use super::{Action, Grant, VerifiedAccess};
use crate::{Account, Error, Handle};

/// The grants that are in force after a number of access entries, expired ones included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    by_grantee: BTreeMap<Account, Grant>,
}

impl Grants {
    /// The grants after these entries, from the first one on. Malformed entries change nothing.
    #[must_use]
    pub fn of(entries: &[VerifiedAccess]) -> Self {
        let mut grants = Self::default();
        for action in entries.iter().filter_map(|entry| entry.action().ok()) {
            grants.apply(&action);
        }
        grants
    }

    /// What one more action changes.
    pub fn apply(&mut self, action: &Action) {
        match action {
            Action::Grant(grant) => drop(self.by_grantee.insert(grant.grantee, *grant)),
            Action::Revoke { grantee } => drop(self.by_grantee.remove(grantee)),
            _ => {}
        }
    }

    /// The grant to an account.
    #[must_use]
    pub fn of_account(&self, account: &Account) -> Option<&Grant> {
        self.by_grantee.get(account)
    }

    /// All grants, by account.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.by_grantee.values()
    }

    /// Grants that cover a section at a time: to whom its next keys are delivered.
    pub fn readers(&self, section: Handle, now: u64) -> impl Iterator<Item = &Grant> {
        self.iter().filter(move |grant| grant.covers(section) && now < grant.expiry)
    }

    /// Refuses to append to a section whose keys a revoked or expired reader still has: its dirty bit
    /// is set, or a grant ran out since its epoch began. Times are Unix seconds.
    ///
    /// # Errors
    ///
    /// [`Error::RotationDue`]
    pub fn require_current_keys(
        &self,
        section: Handle,
        dirty: u64,
        epoch_began: u64,
        now: u64,
    ) -> Result<(), Error> {
        let is_dirty = (dirty >> section.number()) & 1 == 1;
        let ran_out = |grant: &Grant| {
            grant.covers(section) && epoch_began < grant.expiry && grant.expiry <= now
        };
        if is_dirty || self.iter().any(ran_out) {
            return Err(Error::RotationDue(section.number()));
        }
        Ok(())
    }
}
