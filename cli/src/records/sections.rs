//! Creating a record, opening sections, giving sections new keys (crypto.md sections 6, 8.4 and 8.5).

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IRecords, permission};
use chartkey_crypto::{Epoch, EpochRecord, EpochSeed, Grant, Handle, Item, Scope, Section};

use super::chart::Chart;
use super::deliver::{Parcel, Routes};
use super::holder::Holder;
use super::section::SectionChart;
use super::volume::most_sections;
use super::{fresh, random};
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;

const PUBLIC_OPEN: &str = "that more sections are in use; not their names";
const PUBLIC_ROTATE: &str =
    "which sections got new keys now, and which accounts they were delivered to";

/// Who gets none of the new keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Nobody,
    /// Loses its grant in the same call.
    Revoked(Address),
    /// Has or gets its keys by a call of its own.
    Apart(Address),
}

/// A section that is to get a new epoch, and its new seed.
struct Renewal<'a> {
    section: Section,
    state: B256,
    epoch: Epoch,
    seed: EpochSeed,
    record: Vec<u8>,
    /// The section as it was, if it was in use.
    before: Option<&'a SectionChart>,
}

/// How a grant's holder may read, as its permissions say.
#[must_use]
pub const fn scope(grant: &Grant) -> Scope {
    if grant.permissions & permission::READ == 0 {
        Scope::WriteOnly
    } else if grant.permissions & permission::HISTORY != 0 {
        Scope::WithPast
    } else {
        Scope::ThisEpoch
    }
}

impl Holder {
    /// Opens sections with these names in as few transactions as fit; their keys are delivered to the
    /// owner in the same transaction. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// More than 64 sections; as sending.
    pub async fn open_sections(
        &self,
        session: &Session,
        chart: &Chart,
        names: &[&str],
    ) -> Result<Option<Vec<Receipt>>, Error> {
        if self.account.address != chart.owner {
            return Err(Error::Usage {
                message: format!(
                    "the record has no section {}, and only its owner opens one",
                    names.join(", ")
                ),
                hint: "ask the patient to open it; one whose name you have no key to goes by its number, #N"
                    .into(),
            });
        }
        let mut used: BTreeSet<u8> =
            chart.sections.iter().map(|section| section.section.handle.number()).collect();
        let mut renewals = Vec::new();
        for name in names {
            let handle = free_handle(&used)?;
            used.insert(handle.number());
            let section = self.place(chart.record).section(handle);
            let seed = EpochSeed::from_bytes(random()?);
            let keys = seed.keys(&section.at(Epoch::FIRST));
            let record = EpochRecord::create(&section, Epoch::FIRST, &keys, name, fresh()?)?;
            let (state, epoch, before) = (B256::ZERO, Epoch::FIRST, None);
            renewals.push(Renewal { section, state, epoch, seed, record, before });
        }
        let what = match names {
            [one] => format!("Open the section \"{one}\""),
            several => format!("Open {} sections: {}", several.len(), several.join(", ")),
        };
        self.renew(session, chart, renewals, Leaving::Nobody, &what, PUBLIC_OPEN).await
    }

    /// Gives sections new keys and delivers them to everybody who stays; `revoked` loses its grant
    /// first. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::KeyNotDelivered`] for a section whose seed is not here; the owner may
    /// renew such a section all the same, and cuts its history. As sending.
    pub async fn rotate(
        &self,
        session: &Session,
        chart: &Chart,
        handles: &[Handle],
        revoked: Option<Address>,
        what: &str,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        let leaving = revoked.map_or(Leaving::Nobody, Leaving::Revoked);
        self.rotate_with(session, chart, handles, leaving, what).await
    }

    /// The same before or after `apart` is granted something else: it gets none of these keys, and
    /// keeps its grant.
    ///
    /// # Errors
    ///
    /// As [`Self::rotate`].
    pub async fn rotate_apart_from(
        &self,
        session: &Session,
        chart: &Chart,
        handles: &[Handle],
        apart: Address,
        what: &str,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        self.rotate_with(session, chart, handles, Leaving::Apart(apart), what).await
    }

    async fn rotate_with(
        &self,
        session: &Session,
        chart: &Chart,
        handles: &[Handle],
        leaving: Leaving,
        what: &str,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        let mut renewals = Vec::new();
        for section in &chart.sections {
            if handles.contains(&section.section.handle) {
                renewals.push(self.renewal(chart, section, None)?);
            }
        }
        self.renew(session, chart, renewals, leaving, what, PUBLIC_ROTATE).await
    }

    /// Whether this account may give all these sections new keys (crypto.md section 8.5).
    #[must_use]
    pub fn may_rotate(&self, chart: &Chart, handles: &[Handle]) -> bool {
        let me = self.account.address;
        let has_keys = |handle: &Handle| {
            let section = chart.sections.iter().find(|one| one.section.handle == *handle);
            section.and_then(SectionChart::epoch).is_some_and(|epoch| epoch.seed.is_some())
        };
        let held = chart.holdings.of_account(me).filter(|held| {
            held.grant.permissions & permission::ROTATE != 0
                && chart.holdings.holds(held, chart.now)
        });
        let is_granted = |handle: &Handle| held.is_some_and(|held| held.grant.covers(*handle));
        chart.owner == me || handles.iter().all(|handle| is_granted(handle) && has_keys(handle))
    }

    /// A new epoch for a section whose key never came: that of an interrupted creation, which has no
    /// entries. Only the owner may. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As [`Self::rotate`].
    pub async fn start_anew(
        &self,
        session: &Session,
        chart: &Chart,
        section: &SectionChart,
        name: &str,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        let renewals = vec![self.renewal(chart, section, Some(name))?];
        let what = format!("Give the section \"{name}\" keys");
        self.renew(session, chart, renewals, Leaving::Nobody, &what, PUBLIC_ROTATE).await
    }

    fn renewal<'a>(
        &self,
        chart: &Chart,
        section: &'a SectionChart,
        name: Option<&str>,
    ) -> Result<Renewal<'a>, Error> {
        let place = section.section;
        let seed = EpochSeed::from_bytes(random()?);
        let here = section.epoch();
        let epoch = here.map_or(Some(Epoch::FIRST), |here| here.epoch.next());
        let epoch = epoch.ok_or(chartkey_crypto::Error::BadEpochRecord("the last epoch"))?;
        let record = match here.and_then(|here| Some((here, here.seed.as_ref()?))) {
            Some((here, old)) => here.record.rotate(&place, old, &seed, [fresh()?, fresh()?])?,
            // Nobody gave this account the seed: a bad rotation by somebody else, or an interrupted
            // creation. The owner starts anew without a back link.
            None if self.account.address == chart.owner => {
                let keys = seed.keys(&place.at(epoch));
                let label = section.name.clone().unwrap_or_else(|| section.label());
                let name = name.unwrap_or(&label);
                EpochRecord::create(&place, epoch, &keys, name, fresh()?)?
            }
            None => {
                let (handle, epoch) =
                    (place.handle.number(), here.map_or(1, |here| here.epoch.number()));
                return Err(chartkey_crypto::Error::KeyNotDelivered { handle, epoch }.into());
            }
        };
        let state = section.state.to_word().into();
        Ok(Renewal { section: place, state, epoch, seed, record, before: Some(section) })
    }

    /// Sends renewals, split by section where they do not fit into one call, never by reader.
    async fn renew(
        &self,
        session: &Session,
        chart: &Chart,
        renewals: Vec<Renewal<'_>>,
        leaving: Leaving,
        what: &str,
        public: &str,
    ) -> Result<Option<Vec<Receipt>>, Error> {
        let stay = staying(chart, leaving);
        let is_reader = |grant: &&Grant| {
            let is_concerned =
                renewals.iter().any(|one| one.before.is_some() && grant.covers(one.section.handle));
            is_concerned && grant.permissions & KEYS != 0
        };
        let mut readers: Vec<Grant> = stay.iter().filter(is_reader).copied().collect();
        let (history, own) = (&chart.history, [chart.owner, self.account.address]);
        let mut routes = Routes::check(session, self, history, chart.owner, own, None).await?;
        let accounts: Vec<Address> = readers.iter().map(|grant| grant.grantee.into()).collect();
        let others = accounts.into_iter().filter(|account| !own.contains(account));
        let left_out = routes.add_staying(session, self, history, others).await?;
        let unlisted = chart.unlisted();
        let mut routes = routes.unlisted(unlisted.iter().map(|reader| reader.account));
        readers.retain(|grant| !left_out.contains(&grant.grantee.into()));
        let mut revoked = match leaving {
            Leaving::Revoked(account) => Some(account),
            Leaving::Nobody | Leaving::Apart(_) => None,
        };
        let renewed: Vec<Handle> = renewals.iter().map(|one| one.section.handle).collect();
        let emergency = self.emergency_route(session, chart, &renewed).await?;
        let mut receipts = Vec::new();
        let apart = usize::from(own[0] != own[1]) + usize::from(emergency.is_some());
        let recipients = readers.len() + 1 + apart;
        let most = |routes: &Routes| {
            let direct = routes.direct().len();
            most_sections(direct, recipients - direct.min(recipients))
        };
        if most(&routes) == 0 && self.account.address == chart.owner {
            receipts.extend(self.open_channels(session, chart.record, &mut routes).await?);
        }
        let most = most(&routes).max(1);
        let count = renewals.len().div_ceil(most).max(1);
        for (number, part) in renewals.chunks(most).enumerate() {
            let parcels = parcels(self, chart, &readers, part);
            let reached: Vec<Address> = parcels.iter().map(|parcel| parcel.to).collect();
            let mut sealed = routes.seal(self, chart.record, parcels)?;
            for one in part {
                if let Some(route) = emergency.as_ref().filter(|route| route.is_to(&one.section)) {
                    sealed.list.extend(route.deliver(self, one.at(), &one.seed)?);
                }
            }
            let call = IRecords::rotateCall {
                record: chart.record,
                revoked: revoked.take().unwrap_or_default(),
                handles: part.iter().map(|one| one.section.handle.number().into()).collect(),
                expectedStates: part.iter().map(|one| one.state).collect(),
                epochRecords: part.iter().map(|one| one.record.clone().into()).collect(),
                keys: sealed.keys,
                list: sealed.list.into(),
            };
            let what = match count {
                1 => what.to_owned(),
                _ => format!("{what} ({} of {count})", number + 1),
            };
            let sent = self.send(session, call.abi_encode(), what, public).await?;
            receipts.extend(sent);
            // The next call comes after this one, which delivered the channels' keys.
            routes.open(&reached);
        }
        Ok((!session.global.dry_run).then_some(receipts))
    }

    /// A record that an interrupted run has created and not told about.
    #[must_use]
    pub fn recovered_record(&self) -> Option<(B256, Receipt)> {
        self.recovered.iter().find_map(|one| {
            let created =
                crate::transact::logged::<IRecords::RecordCreated>(&one.receipt, self.contract);
            Some((created.ok()?.record, one.receipt.clone()))
        })
    }

    /// Creates a record whose first section has this name; its keys are delivered in a second
    /// transaction. `None` after `--dry-run`.
    ///
    /// # Errors
    ///
    /// As sending.
    pub async fn create(
        &mut self,
        session: &Session,
        name: &str,
    ) -> Result<Option<(B256, Receipt)>, Error> {
        let nonce = random()?;
        let (creator, contract) = (self.id(), self.contract.into_array());
        let id = chartkey_crypto::record_id(self.chain_id, &contract, &creator, &nonce);
        let record = B256::from(id);
        let handle = free_handle(&BTreeSet::new())?;
        let section = self.place(record).section(handle);
        let seed = EpochSeed::from_bytes(random()?);
        let keys = seed.keys(&section.at(Epoch::FIRST));
        let epoch_record = EpochRecord::create(&section, Epoch::FIRST, &keys, name, fresh()?)?;
        let call = IRecords::createRecordCall {
            nonce: nonce.into(),
            handle: handle.number().into(),
            epochRecord: epoch_record.into(),
        };
        let what = format!("Create a health record with the section \"{name}\"");
        let public = "that this account has a record and opened one section";
        let sent = self.send(session, call.abi_encode(), what, public).await?;
        let Some(receipt) = sent else { return Ok(None) };
        let created = crate::transact::logged::<IRecords::RecordCreated>(&receipt, self.contract)?;
        if created.record != record {
            use alloy_sol_types::SolEvent;
            let expected = IRecords::RecordCreated::SIGNATURE;
            return Err(Error::ReceiptMismatch { hash: receipt.transaction_hash, expected });
        }
        let item = Item::Full { section: handle, epoch: Epoch::FIRST, seed };
        let parcel = Parcel { to: self.account.address, items: vec![item] };
        let sealed = Routes::default().seal(self, record, vec![parcel])?;
        let call = IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() };
        let what = "Deliver the key of the section to the own account".to_owned();
        self.send(session, call.abi_encode(), what, "that keys were delivered").await?;
        Ok(Some((record, receipt)))
    }
}

/// The grants that hold once somebody has left: not its own, and none that was made out of it.
fn staying(chart: &Chart, leaving: Leaving) -> Vec<Grant> {
    let now = chart.now;
    let holdings = match leaving {
        Leaving::Revoked(account) => &chart.holdings.without(account, now),
        Leaving::Nobody | Leaving::Apart(_) => &chart.holdings,
    };
    let holding = holdings.iter().filter(|held| holdings.holds(held, now));
    let unlisted = chart.unlisted().into_iter().filter(|reader| reader.holds(now));
    let grants = holding.map(|held| held.grant).chain(unlisted.map(|reader| reader.grant()));
    grants.filter(|grant| leaving != Leaving::Apart(grant.grantee.into())).collect()
}

/// Permissions that need keys.
const KEYS: u16 = permission::READ | permission::WRITE | permission::ROTATE;

/// One delivery per reader, with the keys of all its sections among the renewed ones.
fn parcels(
    holder: &Holder,
    chart: &Chart,
    readers: &[Grant],
    renewals: &[Renewal<'_>],
) -> Vec<Parcel> {
    let own = [chart.owner, holder.account.address];
    let own = if own[0] == own[1] { &own[..1] } else { &own[..] };
    let full = |to: Address| Parcel {
        to,
        items: renewals
            .iter()
            .map(|one| Scope::WithPast.item(&one.at(), &one.seed, &to.into_array()))
            .collect(),
    };
    let mut parcels: Vec<Parcel> = own.iter().map(|to| full(*to)).collect();
    for grant in readers.iter().filter(|grant| !own.contains(&Address::from(grant.grantee))) {
        let covered =
            renewals.iter().filter(|one| one.before.is_some() && grant.covers(one.section.handle));
        let items: Vec<Item> =
            covered.map(|one| scope(grant).item(&one.at(), &one.seed, &grant.grantee)).collect();
        if !items.is_empty() {
            parcels.push(Parcel { to: grant.grantee.into(), items });
        }
    }
    parcels
}

impl Renewal<'_> {
    const fn at(&self) -> chartkey_crypto::SectionAt {
        self.section.at(self.epoch)
    }
}

/// A random unused handle: its number says nothing.
fn free_handle(used: &BTreeSet<u8>) -> Result<Handle, Error> {
    let free: Vec<u8> = (0..64).filter(|handle| !used.contains(handle)).collect();
    let pick = U256::from_be_bytes(random()?) % U256::from(free.len().max(1));
    let Some(&number) = free.get(pick.to::<usize>()) else {
        return Err(Error::Usage {
            message: "all 64 sections of this record are in use".into(),
            hint: "write to a section that exists".into(),
        });
    };
    Ok(Handle::new(number.into())?)
}
