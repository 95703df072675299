//! `chartkey emergency release`: a custodian hands the second half to a claimant.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;
use chartkey_crypto::{EmergencyHalf2, EmergencyShare, Item};
use serde_json::json;

use super::{open_claim, reason, require_setup};
use crate::commands::sent::with_receipts;
use crate::dates;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Halves, Holder, Parcel, Routes};
use crate::session::Session;

pub(super) async fn run(
    session: &Session,
    record: B256,
    claimant: Address,
    words: Option<&str>,
) -> Result<Report, Error> {
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let setup = require_setup(session, &holder, &chart).await?;
    let opening = open_claim(&chart, &setup, claimant)?;
    let generation = setup.generation;
    let halves = Halves::of(&chart.keychain, generation);
    let (item, is_share) = match (halves.second(), halves.share()) {
        (Some(half), _) => {
            let half = EmergencyHalf2::from_bytes(*half.expose());
            (Item::Emergency2 { generation, half }, false)
        }
        (None, Some(share)) => {
            let share = EmergencyShare::from_parts(share.number(), share.expose())?;
            (Item::Emergency2Share { generation, share }, true)
        }
        (None, None) => {
            return Err(Error::NotFound {
                message: format!(
                    "{} holds no second half of this generation of the emergency keys",
                    holder.account.address
                ),
                hint: "ask the owner who the custodians are".into(),
            });
        }
    };
    // The event only says the co-signer; the word of the claim proves it.
    let word = holder.claim_word(session, record, claimant).await?;
    let (cosigner, _) = word.unwrap_or((opening.cosigner, 0));
    session.screen.note(&format!(
        "{claimant} claims emergency access to a record of {}\n  reason     {}\n  claimed    {}\n  \
         co-signer  {cosigner}{}\n  open until {}\nAsk both by voice or in person before you answer.",
        chart.owner,
        reason(opening.reason),
        dates::format_instant(opening.time),
        if cosigner == holder.account.address { " (this account)" } else { "" },
        dates::format_instant(opening.until()),
    ));
    let owner = chart.owner;
    let routes = Routes::check(session, &holder, &chart.history, owner, [claimant], words).await?;
    let parcel = Parcel { to: claimant, items: vec![item] };
    let sealed = routes.seal(&holder, record, vec![parcel])?;
    let call = IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() };
    let part = if is_share { "a share of the second half" } else { "the second half" };
    let what = format!(
        "Hand {part} of the emergency key to {claimant}; with the first it reads the summary, and that \
         cannot be taken back"
    );
    let public = "that this account delivered to the claimant";
    let sent = holder.send(session, call.abi_encode(), what, public).await?;
    let Some(receipt) = sent else { return Ok(session.rehearsal()) };
    let text = format!("{claimant} has {part}");
    let data = json!({
        "record": record,
        "claimant": claimant.to_checksum(None),
        "cosigner": cosigner.to_checksum(None),
        "reason": reason(opening.reason),
        "until": dates::format_instant(opening.until()),
        "isShare": is_share,
    });
    Ok(Report::new(with_receipts(data, &[receipt]), text))
}
