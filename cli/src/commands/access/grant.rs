//! `chartkey access grant`.

use chartkey_abi::permission;
use chartkey_crypto::{Grant as Terms, Handle};

use super::offer::{NO_END, Offer, all_ordinary, make};
use super::{bitmap, told, unlisted};
use crate::args::{Grant, Read};
use crate::dates::Instant;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;

pub(super) async fn run(session: &Session, wanted: &Grant) -> Result<Report, Error> {
    let words = wanted.words.read()?;
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let handles = handles(&chart, wanted)?;
    let offer = Offer { terms: terms(wanted, &handles), words };
    if wanted.unlisted {
        return unlisted::grant(session, &holder, chart, &offer).await;
    }
    let made = make(session, &holder, chart, &offer).await?;
    Ok(made.map_or_else(|| session.rehearsal(), |made| told::granted(&made, &offer.terms)))
}

fn handles(chart: &Chart, wanted: &Grant) -> Result<Vec<Handle>, Error> {
    if wanted.all_sections {
        return Ok(all_ordinary(chart));
    }
    wanted.section.iter().map(|name| Ok(chart.require(name)?.section.handle)).collect()
}

fn terms(wanted: &Grant, handles: &[Handle]) -> Terms {
    let flags = [
        (wanted.write, permission::WRITE),
        (wanted.rotate, permission::ROTATE),
        (wanted.delegate, permission::GRANT),
        (wanted.custodian, permission::CUSTODIAN),
        (wanted.device, permission::DEVICE),
    ];
    let given = flags.iter().filter(|(is_given, _)| *is_given);
    Terms {
        grantee: wanted.grantee.into_array(),
        permissions: given.fold(Read::bits(wanted.read), |bits, (_, bit)| bits | bit),
        sections: bitmap(handles),
        expiry: wanted.until.map_or(NO_END, Instant::seconds),
        purpose: wanted.purpose.number(),
    }
}
