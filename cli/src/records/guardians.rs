//! Guardians: who holds shares of an owner's keys, who they approve, what their shares give back
//! (crypto.md section 12).

use std::collections::BTreeSet;

use alloy_primitives::{Address, keccak256};
use chartkey_abi::{access_kind, records_slot};
use chartkey_crypto::{
    Action, Identity, Item, RecoveryShare, RegisteredKey, Root, parse_list, recover,
};

use super::access::{AccessHistory, AccessLink, RECOVERY_BLOB};
use super::chart::Chart;
use super::holder::Holder;
use crate::error::Error;
use crate::session::Session;

/// Bytes of a guardian word that stand for the set.
const DIGEST: usize = 24;

/// The guardians that were named last.
#[derive(Debug, Clone)]
pub struct Guardians {
    /// The link that named them.
    pub seq: u32,
    /// Block time in Unix seconds.
    pub time: u64,
    /// Whose keys their shares give back.
    pub owner: Address,
    /// Version of those keys.
    pub version: u32,
    /// Their accounts, in the list's order.
    pub accounts: Vec<Address>,
    /// Whether they decide about the record now; the shares of former guardians still give keys back.
    pub is_in_force: bool,
    /// Whether those are still the registered keys: shares give back nothing that came to newer ones.
    pub is_current: bool,
    /// How many decide, and how many shares give the keys back.
    pub threshold: u8,
    /// Hours between the last approval and the end of a recovery.
    pub delay_hours: u16,
    round: u32,
    blob: Vec<u8>,
}

/// How far the recovery for an account has come.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The account that guardians approved.
    pub candidate: Address,
    /// Those whose approval counts.
    pub approved_by: Vec<Address>,
    /// Unix second from which on it may take the record over; `None` while approvals are missing.
    pub ready_at: Option<u64>,
}

/// What guardians gave a candidate.
#[expect(missing_debug_implementations, reason = "holds a root (crypto.md section 18)")]
pub struct Given {
    /// Whose keys.
    pub identity: Identity,
    /// The root of them.
    pub root: Root,
    /// Whose shares fit together.
    pub good: Vec<Address>,
    /// Whose shares do not.
    pub wrong: Vec<Address>,
    /// Whether the keys are still the registered ones of that account.
    pub is_registered: bool,
}

impl Guardians {
    /// All accounts, 20 bytes each, as the contract wants to see them.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        self.accounts.iter().flat_map(|account| account.into_array()).collect()
    }

    fn of(history: &AccessHistory, link: &AccessLink) -> Option<Self> {
        let Ok(Action::GuardiansSet { version, .. }) = link.proven.action() else { return None };
        let list = link.list()?;
        let listed = parse_list(list).ok()?;
        let accounts = listed.iter().map(|one| Address::from(one.recipient)).collect();
        let seq = link.proven.seq();
        Some(Self {
            seq,
            time: link.proven.time(),
            owner: history.owner_at(seq)?,
            version,
            accounts,
            is_in_force: false,
            is_current: false,
            threshold: 0,
            delay_hours: 0,
            round: 0,
            blob: link.event.payload[link.event.payload.len() - RECOVERY_BLOB..].to_vec(),
        })
    }
}

impl Chart {
    /// The guardians that were named last, and whether they still decide.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn guardians(
        &self,
        session: &Session,
        holder: &Holder,
    ) -> Result<Option<Guardians>, Error> {
        let links = self.history.links.iter().rev();
        let newest = links.filter_map(|link| Guardians::of(&self.history, link)).next();
        let Some(mut guardians) = newest else { return Ok(None) };
        let slot = records_slot::of_record(records_slot::GUARDIANS, self.record);
        let word = session.word(holder.contract, slot, "the guardians").await?;
        guardians.is_in_force =
            word[..DIGEST] == keccak256(guardians.packed())[..DIGEST] && word[28] != 0;
        let slot = records_slot::of_account(records_slot::KEYS, guardians.owner);
        let key = session.word(holder.contract, slot, "the key of the guardians' ward").await?;
        guardians.is_current = key[28..] == guardians.version.to_be_bytes();
        guardians.round = u32::from_be_bytes([word[24], word[25], word[26], word[27]]);
        guardians.threshold = word[28];
        guardians.delay_hours = u16::from_be_bytes([word[30], word[31]]);
        Ok(Some(guardians))
    }

    /// Recoveries under way: accounts that guardians in force approve.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn recoveries(
        &self,
        session: &Session,
        holder: &Holder,
        guardians: &Guardians,
    ) -> Result<Vec<Standing>, Error> {
        if !guardians.is_in_force {
            return Ok(Vec::new());
        }
        let approved = self.history.links.iter().filter(|link| {
            link.proven.seq() > guardians.seq && link.event.kind == access_kind::RECOVERY_APPROVED
        });
        let candidates: BTreeSet<Address> = approved.map(|link| link.event.subject).collect();
        let mut votes = Vec::new();
        for guardian in &guardians.accounts {
            let slot = records_slot::of_member(records_slot::APPROVALS, self.record, *guardian);
            let word = session.word(holder.contract, slot, "an approval").await?;
            if word[20..24] == guardians.round.to_be_bytes() {
                votes.push((Address::from_slice(&word[..20]), *guardian));
            }
        }
        let mut standings = Vec::new();
        for candidate in candidates {
            let slot = records_slot::of_member(records_slot::RECOVERIES, self.record, candidate);
            let word = session.word(holder.contract, slot, "a recovery").await?;
            let of_candidate = votes.iter().filter(|(of, _)| *of == candidate);
            let approved_by: Vec<Address> = of_candidate.map(|(_, by)| *by).collect();
            let is_ready =
                word[8..12] == guardians.round.to_be_bytes() && word[12] >= guardians.threshold;
            let ready_at = u64::from_be_bytes(word[..8].try_into().unwrap_or_default());
            if !approved_by.is_empty() {
                let ready_at = is_ready.then_some(ready_at);
                standings.push(Standing { candidate, approved_by, ready_at });
            }
        }
        Ok(standings)
    }

    /// The share that this account holds as one of the guardians.
    #[must_use]
    pub fn own_share(&self, guardians: &Guardians) -> Option<&RecoveryShare> {
        self.keychain.special.iter().find_map(|(seq, item)| match item {
            Item::RecoveryShare { version, share }
                if *seq == guardians.seq && *version == guardians.version =>
            {
                Some(share)
            }
            _ => None,
        })
    }

    /// Shares that guardians delivered to this account, each with who gave it; the newest of each.
    #[must_use]
    pub fn shares_given(&self, guardians: &Guardians) -> Vec<(Address, &RecoveryShare)> {
        let mut given: Vec<(Address, &RecoveryShare)> = Vec::new();
        for (seq, item) in self.keychain.special.iter().rev() {
            let Item::RecoveryShare { version, share } = item else { continue };
            let link = self.history.links.iter().find(|link| link.proven.seq() == *seq);
            let Some(link) = link else { continue };
            let by = Address::from(link.proven.actor());
            let is_given = link.event.kind == access_kind::RECOVERY_APPROVED
                && *seq > guardians.seq
                && *version == guardians.version;
            if is_given && given.iter().all(|(other, _)| *other != by) {
                given.push((by, share));
            }
        }
        given
    }

    /// The root that the shares of guardians give back. It is kept nowhere: the shares on chain give it
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] while shares are missing, [`chartkey_crypto::Error::CommitmentMismatch`] if no
    /// choice of them opens the recovery blob.
    pub async fn recovered(
        &self,
        session: &Session,
        holder: &Holder,
        guardians: &Guardians,
    ) -> Result<Given, Error> {
        let given = self.shares_given(guardians);
        let needed = given.iter().map(|(_, share)| share.threshold()).min();
        if needed.is_none_or(|needed| given.len() < usize::from(needed)) {
            let needed = match needed {
                Some(needed) => needed.to_string(),
                None if guardians.is_in_force => guardians.threshold.to_string(),
                None => "the needed".to_owned(),
            };
            return Err(Error::NotFound {
                message: format!(
                    "{} of {needed} guardians have given their share to {}: fewer open nothing",
                    given.len(),
                    holder.account.address
                ),
                hint: format!(
                    "ask guardians to run: chartkey recover approve {} {}",
                    self.record, holder.account.address
                ),
            });
        }
        let identity = Identity {
            chain_id: holder.chain_id,
            contract: holder.contract.into_array(),
            account: guardians.owner.into_array(),
            version: guardians.version,
        };
        let shares: Vec<&RecoveryShare> = given.iter().map(|(_, share)| *share).collect();
        let found = recover(&identity, &guardians.blob, &shares)?;
        let who = |positions: &[usize]| positions.iter().map(|at| given[*at].0).collect();
        let slot = records_slot::of_account(records_slot::KEYS, guardians.owner);
        let word = session.word(holder.contract, slot, "the former owner's key").await?;
        let id = found.root.key_id(&identity);
        let is_registered =
            RegisteredKey::proven(word.0).is_ok_and(|registered| registered.id == id);
        let (good, wrong) = (who(&found.good), who(&found.wrong));
        Ok(Given { identity, root: found.root, good, wrong, is_registered })
    }
}
