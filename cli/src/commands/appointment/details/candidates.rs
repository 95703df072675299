//! Which records can hold details of a stay: those of its parties, and nobody else's.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use chartkey_abi::IStays;

use super::parties::Parties;
use crate::commands::record::refused;
use crate::error::Error;
use crate::records::Holder;
use crate::rpc::RpcError;
use crate::session::Session;
use crate::stays::{Snapshot, number_topic};

/// The records to read: the one that the flags name, else all of both parties.
///
/// # Errors
///
/// Transport errors, endpoints that disagree.
pub(super) async fn to_read(
    session: &Session,
    holder: &Holder,
    parties: &Parties,
) -> Result<Vec<B256>, Error> {
    if let Some(record) = session.global.record {
        return Ok(vec![record]);
    }
    let owned = holder.owned_by(session, &[parties.clinic, parties.patient]).await?;
    let owned: Vec<B256> = owned.into_iter().map(|(record, _)| record).collect();
    // One of each is read in any case; of more only those that can say something about the stay, so that a
    // clinic with a record per year has its patients read one year.
    if owned.len() <= 2 {
        return Ok(owned);
    }
    match began(session, parties).await? {
        Some(block) => holder.written_since(session, owned, block).await,
        None => Ok(owned),
    }
}

/// The block with the request or quote of the stay; `None` where no log says it.
async fn began(session: &Session, parties: &Parties) -> Result<Option<u64>, Error> {
    let snapshot = Snapshot::newest(session).await?;
    let kinds = vec![IStays::StayRequested::SIGNATURE_HASH, IStays::StayQuoted::SIGNATURE_HASH];
    let topics = vec![kinds, vec![number_topic(parties.tie.stay)]];
    match snapshot.events(topics, snapshot.first_block()).await {
        Ok(events) => Ok(events.iter().map(|event| event.place.block).min()),
        // A node that has pruned its logs: everything is read.
        Err(Error::Rpc(RpcError::Node { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The record to write to: the one that the flags name, else the caller's only own one.
///
/// # Errors
///
/// None, or several; staff of the clinic without `--record`.
pub(super) async fn to_write(
    session: &Session,
    holder: &Holder,
    parties: &Parties,
) -> Result<B256, Error> {
    if let Some(record) = session.global.record {
        return Ok(record);
    }
    if !parties.is_party() {
        return Err(refused(
            format!(
                "{} is the clinic's staff, whose own record is no place for details",
                parties.me
            ),
            "name a record of the patient in which you may write: --record ID",
        ));
    }
    let own = holder.owned_by(session, &[parties.me]).await?;
    match own.as_slice() {
        [(only, _)] => Ok(*only),
        [] => Err(Error::NotFound {
            message: format!("account {} has no record of its own to write details to", parties.me),
            hint: "chartkey record create".into(),
        }),
        several => Err(refused(
            format!("account {} has {} records", parties.me, several.len()),
            &format!("choose one with --record, e.g. --record {}", several[0].0),
        )),
    }
}

/// Refuses a record that is neither party's.
///
/// # Errors
///
/// [`Error::Usage`]
pub(super) fn require_of_party(
    record: B256,
    owner: Address,
    parties: &Parties,
) -> Result<(), Error> {
    if parties.role(owner).is_some() {
        return Ok(());
    }
    Err(refused(
        format!("record {record} is {owner}'s, who is no party of stay {}", parties.tie.stay),
        "name a record of the clinic or of the patient, or leave --record out",
    ))
}
