//! `chartkey access approve`: what a request asks for, or less, by the way of every grant.

use alloy_primitives::hex;
use chartkey_abi::permission;
use chartkey_crypto::{Error as CryptoError, Grant as Terms, Handle};

use super::offer::{NO_END, Offer, make};
use super::request::Body;
use super::{bitmap, told};
use crate::args::{Approve, Read};
use crate::dates::{self, Instant};
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session, approve: &Approve) -> Result<Report, Error> {
    let bytes = files::read_input(&approve.file)?;
    let words = approve.words.read()?;
    let (chain_id, contract) = (session.chain_id().await?, session.records().await?);
    let request = Body::verified(&bytes, chain_id, contract, dates::now())?;
    let mut holder = Holder::open_to_write(session).await?;
    require_addressed(&request, &holder)?;
    holder.register(session).await?;
    let record = match request.record {
        Some(record) => record,
        None => holder.record(session).await?,
    };
    if session.global.record.is_some_and(|wanted| wanted != record) {
        return Err(Error::Usage {
            message: format!("the request is for record {record}"),
            hint: "leave --record out".into(),
        });
    }
    // The key that asked must be the one that is registered: what is sealed goes to that one.
    let registered = holder.registered_key(session, request.requester).await?;
    if hex::encode(registered.0) != request.key_id {
        return Err(CryptoError::ReaderKeyChanged.into());
    }
    let chart = Chart::read(session, &holder, record).await?;
    session.screen.note(&shown(&request));
    let handles = handles(&chart, &request, approve)?;
    let terms = terms(&request, approve, &handles)?;
    let offer = Offer { terms, words };
    let made = make(session, &holder, chart, &offer).await?;
    Ok(made.map_or_else(|| session.rehearsal(), |made| told::granted(&made, &offer.terms)))
}

/// A request that names a patient is for that one.
fn require_addressed(request: &Body, holder: &Holder) -> Result<(), Error> {
    match request.patient.filter(|patient| *patient != holder.account.address) {
        None => Ok(()),
        Some(patient) => Err(Error::Usage {
            message: format!("the request is for the account {patient}"),
            hint: "use that --account".into(),
        }),
    }
}

/// The request in words; the sections' names are its sender's text.
fn shown(request: &Body) -> String {
    let sections: Vec<String> = request.sections.iter().map(|name| printable(name)).collect();
    format!(
        "{} asked on {} for {}{}{} of {}, purpose {}, {}",
        request.requester,
        dates::format_instant(request.asked_at),
        match request.read {
            Read::Past => "reading with the past",
            Read::FromNow => "reading from now on",
            Read::Own => "reading what it writes itself",
            Read::None => "no reading",
        },
        if request.write { ", writing" } else { "" },
        if request.rotate { ", changing keys" } else { "" },
        sections.join(", "),
        crate::args::Purpose::code(request.purpose.number()).unwrap_or("unknown"),
        told::until(request.until.unwrap_or(NO_END)),
    )
}

fn handles(chart: &Chart, request: &Body, approve: &Approve) -> Result<Vec<Handle>, Error> {
    let asked: Vec<Handle> = request
        .sections
        .iter()
        .filter_map(|name| chart.require(name).ok())
        .map(|section| section.section.handle)
        .collect();
    if approve.section.is_empty() {
        // A section that is not there is not left out in silence.
        for name in &request.sections {
            chart.require(name)?;
        }
        return Ok(asked);
    }
    let mut chosen = Vec::new();
    for name in &approve.section {
        let handle = chart.require(name)?.section.handle;
        if !asked.contains(&handle) {
            return Err(wider(&format!("the section {}", printable(name))));
        }
        chosen.push(handle);
    }
    Ok(chosen)
}

/// The terms asked for, narrowed by the flags; flags cannot widen them.
fn terms(request: &Body, approve: &Approve, handles: &[Handle]) -> Result<Terms, Error> {
    let asked_end = request.until.unwrap_or(NO_END);
    let expiry = approve.until.map_or(asked_end, Instant::seconds);
    if expiry > asked_end {
        return Err(wider("so late an end"));
    }
    let read = approve.read.unwrap_or(request.read);
    if is_more(read, request.read) {
        return Err(wider("so much reading"));
    }
    let writes = (request.write || request.read == Read::Own) && !approve.no_write;
    let flags =
        [(writes, permission::WRITE), (request.rotate && !approve.no_rotate, permission::ROTATE)];
    let given = flags.iter().filter(|(is_given, _)| *is_given);
    let read = Read::bits(read) & (permission::READ | permission::HISTORY);
    Ok(Terms {
        grantee: request.requester.into_array(),
        permissions: given.fold(read, |bits, (_, bit)| bits | bit),
        sections: bitmap(handles),
        expiry,
        purpose: request.purpose.number(),
    })
}

fn is_more(read: Read, asked: Read) -> bool {
    let bits = |read: Read| read.bits() & (permission::READ | permission::HISTORY);
    bits(read) & !bits(asked) != 0
}

fn wider(what: &str) -> Error {
    Error::Usage {
        message: format!("the request does not ask for {what}"),
        hint: "to give more than was asked for: chartkey access grant".into(),
    }
}
