//! Emergency access to a record: what is set up, what opens it, who opened it (crypto.md section 11).

use alloy_primitives::{Address, B256};
use chartkey_abi::{CLAIM_SECONDS, access_kind, records_slot};
use chartkey_crypto::{
    Action, Delivery, Emergency, EmergencyHalf1, EmergencyHalf2, EmergencyKey, EmergencyShare,
    EpochSeed, Error as CryptoError, Handle, Item, Listed, Record, Scope, Section, SectionAt,
    Sender, combine, encode_list, parse_list,
};

use super::access::AccessHistory;
use super::chart::Chart;
use super::fresh;
use super::holder::Holder;
use super::keychain::Keychain;
use crate::error::Error;
use crate::session::Session;

/// The usual name of the section that emergency access opens.
pub const SUMMARY: &str = "emergency summary";

/// Shares that are tried at most; more custodians than this hold no shares.
const MOST_SHARES: usize = 16;

/// Emergency access as it is set up.
#[derive(Debug, Clone)]
pub struct EmergencySetup {
    /// Generation of the halves, from 1.
    pub generation: u32,
    /// The section that it opens.
    pub handle: Handle,
    /// The link that set it up.
    pub seq: u32,
    /// Who set it up.
    pub by: Address,
    /// Block time in Unix seconds.
    pub time: u64,
    /// Accounts that were delivered a half or a share, in the list's order; not who set it up.
    pub people: Vec<Address>,
}

/// A claim of emergency access.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The link that opened it.
    pub seq: u32,
    /// Who claimed.
    pub claimant: Address,
    /// Whom the claimant named as co-signer. The word of an open claim proves it; the event alone
    /// does not.
    pub cosigner: Address,
    /// The reason's code: a purpose of use.
    pub reason: u16,
    /// Generation of the halves at the time.
    pub generation: u32,
    /// Block time in Unix seconds.
    pub time: u64,
    /// When somebody closed it, in Unix seconds.
    pub closed: Option<u64>,
    /// Who was in charge, to whom the note is sealed.
    owner: Option<Address>,
    note: Vec<u8>,
}

impl Opening {
    /// First Unix second at which custodians may not deliver any more.
    #[must_use]
    pub const fn until(&self) -> u64 {
        self.time.saturating_add(CLAIM_SECONDS)
    }

    /// Whether custodians may deliver to the claimant.
    #[must_use]
    pub const fn is_open(&self, generation: u32, now: u64) -> bool {
        self.closed.is_none() && self.generation == generation && now < self.until()
    }

    /// What the claimant wrote, if it is sealed to a key that is at hand.
    #[must_use]
    pub fn note(&self, holder: &Holder, record: Record) -> Option<String> {
        let owner = self.owner?.into_array();
        holder.roots().filter(|(identity, ..)| identity.account == owner).find_map(
            |(_, key, root)| {
                let context = Holder::context(record, owner, *key, self.claimant);
                let note = root.kem_seed().open_note(&context, &self.note).ok()?;
                Some(note.as_str().to_owned())
            },
        )
    }
}

impl Chart {
    /// Emergency access as it is set up now: the words, and the link that they name.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EndpointDisagreement`] for a word that no link proves; transport errors.
    pub async fn emergency(
        &self,
        session: &Session,
        holder: &Holder,
    ) -> Result<Option<EmergencySetup>, Error> {
        if setups(&self.history).next().is_none() {
            return Ok(None);
        }
        let slot = records_slot::of_record(records_slot::EMERGENCIES, self.record);
        let word = session.word(holder.contract, slot, "the emergency set-up").await?;
        let number = u32::from_be_bytes([word[0], word[1], word[2], word[3]]);
        let handle = Handle::new(u16::from_be_bytes([word[4], word[5]]))?;
        let named = setups(&self.history).find(|(_, generation)| *generation == number);
        let (link, generation) = named.ok_or(CryptoError::EndpointDisagreement)?;
        let by = Address::from(link.proven.actor());
        let emergency = Emergency { record: holder.place(self.record), generation };
        let listed = link.list().map(parse_list).transpose()?.unwrap_or_default();
        let people = listed.iter().map(|one| Address::from(one.recipient));
        let recipient = Address::from(emergency.recipient());
        let people = people.filter(|account| *account != by && *account != recipient).collect();
        let (seq, time) = (link.proven.seq(), link.proven.time());
        Ok(Some(EmergencySetup { generation, handle, seq, by, time, people }))
    }

    /// All claims, oldest first.
    #[must_use]
    pub fn openings(&self) -> Vec<Opening> {
        let mut openings: Vec<Opening> = Vec::new();
        let mut generation = 0;
        for link in &self.history.links {
            let (seq, time) = (link.proven.seq(), link.proven.time());
            match link.proven.action() {
                Ok(Action::EmergencySet { generation: set, .. }) => generation = set,
                Ok(Action::EmergencyOpened { claimant, reason, .. }) => openings.push(Opening {
                    seq,
                    claimant: Address::from(claimant),
                    cosigner: Address::from_slice(&link.event.terms[2..22]),
                    reason,
                    generation,
                    time,
                    closed: None,
                    owner: self.history.owner_at(seq),
                    note: link.event.payload.clone(),
                }),
                Ok(Action::Other(_)) if link.event.kind == access_kind::EMERGENCY_CLOSED => {
                    let claimant = link.event.subject;
                    let open = openings.iter_mut().rev().find(|one| one.claimant == claimant);
                    if let Some(open) = open {
                        open.closed.get_or_insert(time);
                    }
                }
                _ => {}
            }
        }
        openings
    }
}

/// The links that set emergency access up, newest first, with their generation.
fn setups(history: &AccessHistory) -> impl Iterator<Item = (&super::access::AccessLink, u32)> + '_ {
    history.links.iter().rev().filter_map(|link| match link.proven.action() {
        Ok(Action::EmergencySet { generation, .. }) => Some((link, generation)),
        _ => None,
    })
}

/// Halves of one generation, as they were delivered or are printed on a card.
#[expect(missing_debug_implementations, reason = "holds halves (crypto.md section 18)")]
#[derive(Default)]
pub struct Halves<'a> {
    first: Vec<&'a EmergencyHalf1>,
    second: Vec<&'a EmergencyHalf2>,
    shares: Vec<&'a EmergencyShare>,
}

impl<'a> Halves<'a> {
    /// What was delivered of a generation, newest first.
    #[must_use]
    pub fn of(keychain: &'a Keychain, generation: u32) -> Self {
        let mut halves = Self::default();
        for (_, item) in keychain.special.iter().rev() {
            match item {
                Item::Emergency1 { generation: of, half } if *of == generation => {
                    halves.first.push(half);
                }
                Item::Emergency2 { generation: of, half } if *of == generation => {
                    halves.second.push(half);
                }
                Item::Emergency2Share { generation: of, share }
                    if *of == generation
                        && halves.shares.len() < MOST_SHARES
                        && halves.shares.iter().all(|one| one.number() != share.number()) =>
                {
                    halves.shares.push(share);
                }
                _ => {}
            }
        }
        halves
    }

    /// The second half of a card as well.
    #[must_use]
    pub fn with_card(mut self, card: Option<&'a EmergencyHalf2>) -> Self {
        self.second.extend(card);
        self
    }

    /// Whether a first half is here.
    #[must_use]
    pub const fn has_first(&self) -> bool {
        !self.first.is_empty()
    }

    /// The second half, whole, as it was delivered.
    #[must_use]
    pub fn second(&self) -> Option<&'a EmergencyHalf2> {
        self.second.first().copied()
    }

    /// A share of the second half.
    #[must_use]
    pub fn share(&self) -> Option<&'a EmergencyShare> {
        self.shares.first().copied()
    }

    /// How many shares are here, and how many give the second half.
    #[must_use]
    pub fn shares(&self) -> (usize, usize) {
        (self.shares.len(), self.shares.first().map_or(0, |share| share.threshold().into()))
    }

    /// What the two halves open of a generation. Halves prove themselves: each is tried with each.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if a half is missing, [`CryptoError::CommitmentMismatch`] if none opens.
    pub fn open(
        &self,
        emergency: &Emergency,
        history: &AccessHistory,
    ) -> Result<(EmergencyKey, Vec<Item>), Error> {
        let deliveries = deliveries(emergency, history)?;
        let combined: Vec<EmergencyHalf2> = combinations(&self.shares);
        let second: Vec<&EmergencyHalf2> = self.second.iter().copied().chain(&combined).collect();
        if self.first.is_empty() || second.is_empty() {
            return Err(self.missing());
        }
        for first in &self.first {
            for second in &second {
                let key = emergency.key(first, second);
                let mut items = Vec::new();
                for (actor, sender, delivery) in &deliveries {
                    if let Ok(opened) = key.open(*actor, *sender, delivery) {
                        items.extend(opened.items);
                    }
                }
                if !items.is_empty() {
                    return Ok((key, items));
                }
            }
        }
        Err(CryptoError::CommitmentMismatch.into())
    }

    fn missing(&self) -> Error {
        let message = match (self.first.is_empty(), self.shares()) {
            (true, _) => {
                "this account was not delivered the first half of the emergency key: it is no \
                          responder of this generation"
                    .to_owned()
            }
            (false, (0, _)) => "the second half of the emergency key has not come: one half opens \
                                nothing"
                .to_owned(),
            (false, (have, need)) => {
                format!("{have} of {need} shares of the second half have come: they open nothing")
            }
        };
        let hint = "ask a custodian to run: chartkey emergency release RECORD CLAIMANT; or give --card \
                    FILE";
        Error::NotFound { message, hint: hint.to_owned() }
    }
}

/// One way in which a delivery stands in the chain: who made it, in which role, and its bytes.
type Found<'a> = (chartkey_crypto::Account, Sender, Delivery<'a>);

/// What was delivered to whoever has both halves of a generation, newest first.
fn deliveries<'a>(
    emergency: &Emergency,
    history: &'a AccessHistory,
) -> Result<Vec<Found<'a>>, Error> {
    let recipient = emergency.recipient();
    let mut found = Vec::new();
    for link in history.links.iter().rev() {
        let Some(Ok(listed)) = link.list().map(parse_list) else { continue };
        for one in listed.iter().filter(|one| one.recipient == recipient) {
            if let Ok(delivery) = Delivery::parse(one.delivery) {
                found.push((link.proven.actor(), history.sender(link), delivery));
            }
        }
    }
    if found.is_empty() {
        return Err(CryptoError::BadDelivery("no keys for this generation of the halves").into());
    }
    Ok(found)
}

/// What every choice of as many shares as they need gives: a wrong share gives a wrong half.
fn combinations(shares: &[&EmergencyShare]) -> Vec<EmergencyHalf2> {
    let mut halves = Vec::new();
    for chosen in 1_u32..1 << shares.len().min(MOST_SHARES) {
        let picked: Vec<&EmergencyShare> = (0..)
            .zip(shares)
            .filter(|(at, _)| (chosen >> at) & 1 == 1)
            .map(|(_, share)| *share)
            .collect();
        halves.extend(combine(&picked).ok());
    }
    halves
}

/// How new keys of the summary reach whoever has both halves.
pub(super) struct EmergencyRoute {
    emergency: Emergency,
    handle: Handle,
    key: EmergencyKey,
}

impl EmergencyRoute {
    /// Whether the section is the one that emergency access opens.
    pub(super) fn is_to(&self, section: &Section) -> bool {
        section.handle == self.handle
    }

    /// The list with the delivery of a new epoch's seed.
    ///
    /// # Errors
    ///
    /// No randomness.
    pub(super) fn deliver(
        &self,
        holder: &Holder,
        at: SectionAt,
        seed: &EpochSeed,
    ) -> Result<Vec<u8>, Error> {
        emergency_list(&self.emergency, &self.key, holder, at, seed)
    }
}

/// A list with one delivery: the seed of an epoch of the summary, for whoever has both halves.
///
/// # Errors
///
/// No randomness.
pub(crate) fn emergency_list(
    emergency: &Emergency,
    key: &EmergencyKey,
    holder: &Holder,
    at: SectionAt,
    seed: &EpochSeed,
) -> Result<Vec<u8>, Error> {
    let recipient = emergency.recipient();
    let item = Scope::WithPast.item(&at, seed, &recipient);
    let delivery = key.seal(holder.id(), &[item], fresh()?)?;
    Ok(encode_list(&[Listed { recipient, delivery: &delivery }])?)
}

impl Holder {
    /// How the summary's new keys reach whoever has both halves: a rotation repeats the delivery, or
    /// emergency access would end with it. Halves that an earlier owner made are not used: that owner
    /// knows them.
    ///
    /// # Errors
    ///
    /// As [`Chart::emergency`].
    pub(super) async fn emergency_route(
        &self,
        session: &Session,
        chart: &Chart,
        renewed: &[Handle],
    ) -> Result<Option<EmergencyRoute>, Error> {
        let setup = chart.emergency(session, self).await?;
        let Some(setup) = setup.filter(|setup| renewed.contains(&setup.handle)) else {
            return Ok(None);
        };
        let not_repeated = "the emergency summary's new keys do not go to the emergency recipient; its \
                            owner has to set emergency access up again: chartkey emergency setup";
        if setup.by != chart.owner || setup.seq <= chart.history.in_charge_since() {
            session.screen.warn(not_repeated);
            return Ok(None);
        }
        if chart.owner != self.account.address {
            // Nobody but the owner delivers to the emergency recipient (contract rule 2).
            session.screen.warn(not_repeated);
            return Ok(None);
        }
        let emergency =
            Emergency { record: self.place(chart.record), generation: setup.generation };
        let halves = Halves::of(&chart.keychain, setup.generation);
        let Ok((key, _)) = halves.open(&emergency, &chart.history) else {
            session.screen.warn(not_repeated);
            return Ok(None);
        };
        Ok(Some(EmergencyRoute { emergency, handle: setup.handle, key }))
    }

    /// Who a claim names as co-signer, and until when it is open, as the word says it; `None` if there is
    /// none.
    ///
    /// # Errors
    ///
    /// Transport errors, endpoints that disagree.
    pub async fn claim_word(
        &self,
        session: &Session,
        record: B256,
        claimant: Address,
    ) -> Result<Option<(Address, u64)>, Error> {
        let slot = records_slot::of_member(records_slot::CLAIMS, record, claimant);
        let what = format!("the claim of {claimant}");
        let word = session.word(self.contract, slot, &what).await?;
        let until = u64::from_be_bytes(word[..8].try_into().unwrap_or_default());
        Ok((!word.is_zero()).then(|| (Address::from_slice(&word[12..]), until)))
    }
}

#[cfg(test)]
mod tests {
    use chartkey_crypto::split;

    use super::*;
    use crate::records::random;

    fn shares(secret: &EmergencyHalf2) -> Vec<EmergencyShare> {
        split(secret, vec![fresh().unwrap()], 3).unwrap()
    }

    #[test]
    fn a_wrong_share_does_not_keep_the_others_from_giving_the_half() {
        let (half, other) = (random().unwrap(), random().unwrap());
        let (good, wrong) =
            (shares(&EmergencyHalf2::from_bytes(half)), shares(&EmergencyHalf2::from_bytes(other)));

        let found = combinations(&[&wrong[0], &good[1], &good[2]]);

        assert!(found.iter().any(|found| *found.expose() == half));
        assert!(found.iter().all(|found| *found.expose() != other));
    }

    #[test]
    fn one_share_of_two_gives_nothing() {
        let half = EmergencyHalf2::from_bytes(random().unwrap());

        assert!(combinations(&[&shares(&half)[0]]).is_empty());
    }
}
