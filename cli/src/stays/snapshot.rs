//! The stays program at one block: everything read from it hangs together.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Currency, Ledger, StayEvent, token};
use crate::dates;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::rpc::{Call, LogFilter, RpcError};
use crate::session::Session;

/// Calls in one round trip.
const BATCH: usize = 100;

/// The program at one block, as all endpoints agree on it.
#[derive(Debug)]
pub struct Snapshot<'a> {
    session: &'a Session,
    /// The stays program.
    pub contract: Address,
    /// Number of the block.
    pub block: u64,
}

/// One stay with everything the program stores of it.
#[derive(Debug)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// Parties, days, room, price.
    pub stay: IStays::stayOfReturn,
    /// Currency, policy, what is due.
    pub terms: IStays::termsOfReturn,
}

#[derive(Deserialize)]
struct Header {
    timestamp: U256,
}

impl<'a> Snapshot<'a> {
    /// The newest block that all endpoints have.
    ///
    /// # Errors
    ///
    /// No program, or transport errors.
    pub async fn newest(session: &'a Session) -> Result<Self, Error> {
        let contract = session.stays().await?;
        let block = session.newest_common_block().await?;
        Ok(Self { session, contract, block })
    }

    /// A program that may not be the one that is set up.
    #[must_use]
    pub const fn of(session: &'a Session, contract: Address, block: u64) -> Self {
        Self { session, contract, block }
    }

    /// The same program at a later block.
    #[must_use]
    pub const fn at(&self, block: u64) -> Self {
        Self { session: self.session, contract: self.contract, block }
    }

    fn block_parameter(&self) -> Value {
        json!(format!("{:#x}", self.block))
    }

    /// Asks any contract the same question several times; `None` where it reverts.
    pub(super) async fn try_all<C: SolCall>(
        &self,
        contract: Address,
        calls: &[C],
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<Result<Bytes, Bytes>>, Error> {
        let mut answers = Vec::with_capacity(calls.len());
        for (page, calls) in calls.chunks(BATCH).enumerate() {
            let requests: Vec<_> = calls
                .iter()
                .map(|call| {
                    let data: Bytes = call.abi_encode().into();
                    let request = json!([{"to": contract, "data": data}, self.block_parameter()]);
                    Call::new("eth_call", request)
                })
                .collect();
            let what = |index| what(page * BATCH + index);
            for answer in self.session.agreed(&requests, what).await? {
                answers.push(match self.session.rpc.typed::<Bytes>("eth_call", answer) {
                    Ok(output) => Ok(output),
                    Err(RpcError::Node { method, error }) => match error.revert_data() {
                        Some(data) => Err(data),
                        None => return Err(RpcError::Node { method, error }.into()),
                    },
                    Err(error) => return Err(error.into()),
                });
            }
        }
        Ok(answers)
    }

    /// Asks the program several times.
    async fn all<C: SolCall>(
        &self,
        calls: &[C],
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<C::Return>, Error> {
        let answers = self.try_all(self.contract, calls, what).await?;
        answers
            .into_iter()
            .map(|answer| {
                let output = answer.map_err(|data| Error::Reverted {
                    refusal: Box::new(Refusal::decode(&data, Some(self.contract))),
                    hash: None,
                })?;
                C::abi_decode_returns(&output)
                    .map_err(|_| self.session.rpc.unexpected("eth_call", C::SIGNATURE).into())
            })
            .collect()
    }

    /// Asks the program once.
    ///
    /// # Errors
    ///
    /// [`Error::Reverted`], a disagreement, transport errors.
    pub async fn ask<C: SolCall>(&self, call: C, what: &str) -> Result<C::Return, Error> {
        let mut answers = self.all(&[call], |_| what.to_owned()).await?;
        answers.pop().ok_or_else(|| Error::Internal("one answer to one call".into()))
    }

    /// These stays, in the order of `numbers`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such stay; as [`Self::ask`].
    pub async fn entries(&self, numbers: &[u64]) -> Result<Vec<Entry>, Error> {
        let what = |index: usize| format!("stay {}", numbers[index]);
        let missing = |error| match error {
            Error::Reverted { refusal, .. } if refusal.name == "NoStay" => Error::NotFound {
                message: format!("there is no stay {}", refusal.argument("stay")),
                hint: "chartkey appointment list".into(),
            },
            other => other,
        };
        let calls: Vec<_> = numbers.iter().map(|stay| IStays::stayOfCall { stay: *stay }).collect();
        let stays = self.all(&calls, what).await.map_err(missing)?;
        let calls: Vec<_> =
            numbers.iter().map(|stay| IStays::termsOfCall { stay: *stay }).collect();
        let terms = self.all(&calls, what).await?;
        let both = numbers.iter().zip(stays).zip(terms);
        Ok(both.map(|((number, stay), terms)| Entry { number: *number, stay, terms }).collect())
    }

    /// One stay.
    ///
    /// # Errors
    ///
    /// As [`Self::entries`].
    pub async fn entry(&self, number: u64) -> Result<Entry, Error> {
        let mut entries = self.entries(&[number]).await?;
        entries.pop().ok_or_else(|| Error::Internal("one stay for one number".into()))
    }

    /// Currency, policy and what is due of a stay; `None` if the contract knows none of this number.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn terms(&self, number: u64) -> Result<Option<IStays::termsOfReturn>, Error> {
        let call = IStays::termsOfCall { stay: number };
        let mut answers =
            self.try_all(self.contract, &[call], |_| format!("stay {number}")).await?;
        let output = answers.pop().and_then(Result::ok);
        Ok(output.and_then(|output| IStays::termsOfCall::abi_decode_returns(&output).ok()))
    }

    /// All stays that `wanted` chooses.
    ///
    /// # Errors
    ///
    /// As [`Self::entries`].
    pub async fn entries_where(
        &self,
        wanted: impl Fn(&IStays::stayOfReturn) -> bool,
    ) -> Result<Vec<Entry>, Error> {
        let count = self.ask(IStays::stayCountCall {}, "the number of stays").await?;
        let numbers: Vec<u64> = (1..=count).collect();
        let mut found = Vec::new();
        for page in numbers.chunks(BATCH) {
            let entries = self.entries(page).await?;
            found.extend(entries.into_iter().filter(|entry| wanted(&entry.stay)));
        }
        Ok(found)
    }

    /// Events of the program up to this block; each place of `topics` lists what may stand there.
    ///
    /// # Errors
    ///
    /// A disagreement, or a log that is no event of the program.
    pub async fn events(
        &self,
        topics: Vec<Vec<B256>>,
        from_block: u64,
    ) -> Result<Vec<StayEvent>, Error> {
        let filter = LogFilter { address: self.contract, topics, from_block, to_block: self.block };
        let logs = self.session.agreed_logs(&filter, "the events of stays").await?;
        let events: Option<Vec<_>> = logs.iter().map(StayEvent::of).collect();
        let mut events = events.ok_or_else(|| {
            self.session.rpc.unexpected("eth_getLogs", "a log that is no event of the program")
        })?;
        events.sort_by_key(|event| (event.place.block, event.place.index));
        let times = self.times(events.iter().map(|event| event.place.block)).await?;
        for event in &mut events {
            event.place.time = times.get(&event.place.block).copied().unwrap_or_default();
        }
        Ok(events)
    }

    /// The first block with events of the program.
    #[must_use]
    pub fn first_block(&self) -> u64 {
        let settings = &self.session.settings;
        let is_saved = settings.stays.as_ref().is_some_and(|saved| saved.code_hash.is_some());
        settings.from_block.filter(|from| is_saved && *from <= self.block).unwrap_or(0)
    }

    /// Adds up the events of a stay, and holds them against what the program stores.
    ///
    /// # Errors
    ///
    /// [`Error::LedgerMismatch`] if they do not hang together; as [`Self::events`].
    pub async fn ledger(&self, entry: &Entry) -> Result<Ledger, Error> {
        let stay = entry.number;
        let topics = vec![Vec::new(), vec![number_topic(stay)]];
        let events = self.events(topics, self.first_block()).await?;
        self.checked_ledger(
            entry,
            events.iter().filter(|one| super::number_of(&one.event) == Some(stay)),
        )
        .await
    }

    /// The same with events that are there already.
    ///
    /// # Errors
    ///
    /// As [`Self::ledger`].
    pub async fn checked_ledger<'b>(
        &self,
        entry: &Entry,
        events: impl IntoIterator<Item = &'b StayEvent>,
    ) -> Result<Ledger, Error> {
        let stay = entry.number;
        let claim = self.ask(IStays::claimOfCall { stay }, "the claim").await?;
        let mismatch = |fault| Error::LedgerMismatch { stay, fault };
        let ledger = Ledger::of(events).map_err(mismatch)?.with_clinic(entry.stay.clinic);
        ledger.check(&entry.stay, &entry.terms, claim.openWei).map_err(mismatch)?;
        Ok(ledger)
    }

    /// The time of this block, in Unix seconds.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn time(&self) -> Result<u64, Error> {
        let times = self.times([self.block].into_iter()).await?;
        Ok(times.get(&self.block).copied().unwrap_or_default())
    }

    /// The time that periods count from, in Unix seconds: this machine's, or the chain's where that is
    /// ahead, so that a day lasts a day there.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn time_from_now(&self) -> Result<u64, Error> {
        Ok(self.time().await?.max(dates::now()))
    }

    /// Block times, in Unix seconds.
    async fn times(&self, blocks: impl Iterator<Item = u64>) -> Result<BTreeMap<u64, u64>, Error> {
        let blocks: Vec<u64> = blocks.collect::<BTreeSet<_>>().into_iter().collect();
        let mut times = BTreeMap::new();
        for page in blocks.chunks(BATCH) {
            let calls: Vec<_> = page
                .iter()
                .map(|block| {
                    Call::new("eth_getBlockByNumber", json!([format!("{block:#x}"), false]))
                })
                .collect();
            let what = |index: usize| format!("block {}", page[index]);
            for (block, answer) in page.iter().zip(self.session.agreed(&calls, what).await?) {
                let header: Header = self.session.rpc.typed("eth_getBlockByNumber", answer)?;
                times.insert(*block, header.timestamp.saturating_to());
            }
        }
        Ok(times)
    }

    /// The currency with this address, as it describes itself; zero is the chain's coin.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn currency(&self, address: Address) -> Result<Currency, Error> {
        if address.is_zero() {
            return Ok(Currency::Coin);
        }
        token::described(self, address).await.map(Currency::Token)
    }

    /// Currencies by address, each asked once.
    ///
    /// # Errors
    ///
    /// As [`Self::currency`].
    pub async fn currencies(
        &self,
        addresses: impl Iterator<Item = Address>,
    ) -> Result<BTreeMap<Address, Currency>, Error> {
        let mut currencies = BTreeMap::new();
        for address in addresses.collect::<BTreeSet<_>>() {
            currencies.insert(address, self.currency(address).await?);
        }
        Ok(currencies)
    }
}

/// A stay's number as it stands in a topic.
pub(crate) fn number_topic(stay: u64) -> B256 {
    B256::from(U256::from(stay))
}
