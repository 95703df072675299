//! Events of the stays program, with their place in the chain.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEventInterface;
use chartkey_abi::IStays::IStaysEvents;

use crate::rpc::RpcLog;

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of its block.
    pub block: u64,
    /// Its number among the logs of the block.
    pub index: u64,
    /// Its transaction.
    pub tx: B256,
    /// Block time in Unix seconds.
    pub time: u64,
}

/// An event of the stays program.
#[derive(Debug, PartialEq, Eq)]
pub struct StayEvent {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub event: IStaysEvents,
}

impl StayEvent {
    /// The event in a log, without its time; `None` if it is no mined event of the interface.
    pub(super) fn of(log: &RpcLog) -> Option<Self> {
        let event = IStaysEvents::decode_raw_log(&log.topics, &log.data).ok()?;
        let number = |number: U256| u64::try_from(number).ok();
        let (block, index) = (number(log.block_number)?, number(log.log_index)?);
        let place = Place { block, index, tx: log.transaction_hash, time: 0 };
        Some(Self { place, event })
    }
}

/// Number of the stay that an event is about; `None` if it is about no stay.
#[must_use]
pub const fn number_of(event: &IStaysEvents) -> Option<u64> {
    use IStaysEvents as E;
    Some(match event {
        E::StayRequested(event) => event.stay,
        E::StayQuoted(event) => event.stay,
        E::AvailabilityOverridden(event) => event.stay,
        E::StayMoved(event) => event.stay,
        E::StayPaid(event) => event.stay,
        E::StayShortened(event) => event.stay,
        E::StaySettled(event) => event.stay,
        E::StayClosed(event) => event.stay,
        E::Refunded(event) => event.stay,
        E::StayClaimed(event) => event.stay,
        E::ClaimSettled(event) => event.stay,
        E::PolicyDefined(_)
        | E::StaffChanged(_)
        | E::TokenAccepted(_)
        | E::RoomOpened(_)
        | E::Withdrawn(_) => return None,
    })
}
