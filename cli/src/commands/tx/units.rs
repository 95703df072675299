//! What the amounts of a transaction are counted in: the event of a payment names the stay, not its token.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::Address;
use alloy_sol_types::SolInterface;
use chartkey_abi::IStays::{IStaysCalls, IStaysEvents};

use super::Transaction;
use super::decoded::event_of_stays;
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;
use crate::stays::{Currency, Snapshot, number_of};

/// A stay of a contract.
type Place = (Address, u64);

/// The currencies of the stays and tokens that a transaction names.
#[derive(Debug, Default)]
pub(super) struct Units {
    of_stays: BTreeMap<Place, Address>,
    currencies: BTreeMap<Address, Currency>,
}

impl Units {
    /// Asks the contracts that the transaction called and that wrote its logs.
    ///
    /// # Errors
    ///
    /// A disagreement of endpoints, transport errors.
    pub(super) async fn of(
        session: &Session,
        sent: Option<&Transaction>,
        receipt: Option<&Receipt>,
    ) -> Result<Self, Error> {
        let mut named = Named::default();
        if let Some(Transaction { to: Some(to), input, .. }) = sent
            && let Ok(call) = IStaysCalls::abi_decode(input)
        {
            named.add_call(*to, &call);
        }
        for log in receipt.into_iter().flat_map(|receipt| &receipt.logs) {
            if let Some(event) = event_of_stays(log) {
                named.add_event(log.address, &event);
            }
        }
        named.look_up(session).await
    }

    /// The currency of a stay; `None` if the contract knows no such stay.
    pub(super) fn of_stay(&self, contract: Address, stay: u64) -> Option<&Currency> {
        self.of_token(*self.of_stays.get(&(contract, stay))?)
    }

    /// The currency with this address; zero is the chain's coin.
    pub(super) fn of_token(&self, token: Address) -> Option<&Currency> {
        match token.is_zero() {
            true => Some(&Currency::Coin),
            false => self.currencies.get(&token),
        }
    }
}

/// What a transaction names.
#[derive(Default)]
struct Named {
    stays: BTreeSet<Place>,
    tokens: BTreeSet<Address>,
}

impl Named {
    fn add_call(&mut self, contract: Address, call: &IStaysCalls) {
        if let IStaysCalls::payToken(call) = call {
            self.stays.insert((contract, call.stay));
        }
    }

    fn add_event(&mut self, contract: Address, event: &IStaysEvents) {
        self.stays.extend(number_of(event).map(|stay| (contract, stay)));
        match event {
            IStaysEvents::StayQuoted(event) => self.tokens.insert(event.token),
            IStaysEvents::Withdrawn(event) => self.tokens.insert(event.token),
            _ => false,
        };
    }

    async fn look_up(mut self, session: &Session) -> Result<Units, Error> {
        let mut units = Units::default();
        if self.stays.is_empty() && self.tokens.is_empty() {
            return Ok(units);
        }
        let newest = session.newest_common_block().await?;
        for (contract, stay) in self.stays {
            let snapshot = Snapshot::of(session, contract, newest);
            if let Some(terms) = snapshot.terms(stay).await? {
                units.of_stays.insert((contract, stay), terms.token);
                self.tokens.insert(terms.token);
            }
        }
        let snapshot = Snapshot::of(session, Address::ZERO, newest);
        units.currencies = snapshot.currencies(self.tokens.into_iter()).await?;
        Ok(units)
    }
}
