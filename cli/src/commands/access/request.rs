//! `chartkey access request`: a signed text by which a clinician asks; nothing of it goes on chain.

use alloy_primitives::{Address, hex};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::offer::NO_END;
use crate::args::{Ask, Purpose, Read};
use crate::dates::{self, Instant};
use crate::error::Error;
use crate::output::Report;
use crate::records::{Holder, random};
use crate::session::Session;
use crate::signer::signer_of;
use crate::{files, identity};

/// First line of the signed text: no other text that an account signs begins so.
const HEADING: &str = "Chartkey access request\n\nThe account below asks to be granted access to a health \
                       record.\n\n";
/// The document's kind.
const KIND: &str = "chartkey-access-request";
/// The longest document that is read, in bytes.
const MOST_BYTES: usize = 16_384;
const SECONDS_A_DAY: u64 = 86_400;

/// What is asked for, as it is signed: compact JSON with the fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    kind: String,
    version: u8,
    chain_id: u64,
    #[serde(serialize_with = "eip55")]
    contract: Address,
    /// Who asks, and signs.
    #[serde(serialize_with = "eip55")]
    pub(super) requester: Address,
    /// Id of the requester's registered key, in hex.
    pub(super) key_id: String,
    /// Of whom it is asked: the record, or the patient's account.
    pub(super) record: Option<alloy_primitives::B256>,
    #[serde(serialize_with = "eip55_or_null")]
    pub(super) patient: Option<Address>,
    pub(super) sections: Vec<String>,
    pub(super) read: Read,
    pub(super) write: bool,
    pub(super) rotate: bool,
    pub(super) purpose: Purpose,
    /// End of the grant in Unix seconds; none without an end.
    pub(super) until: Option<u64>,
    /// When it was asked, and until when it can be approved, in Unix seconds.
    pub(super) asked_at: u64,
    pub(super) valid_until: u64,
    nonce: String,
}

/// The document: the body and the signature over it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    request: Body,
    signature: String,
}

fn eip55<S: Serializer>(account: &Address, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&account.to_checksum(None))
}

fn eip55_or_null<S: Serializer>(account: &Option<Address>, to: S) -> Result<S::Ok, S::Error> {
    account.map(|account| account.to_checksum(None)).serialize(to)
}

impl Body {
    /// The EIP-191 text.
    fn text(&self) -> Result<String, Error> {
        let json =
            serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(format!("{HEADING}{json}"))
    }

    /// Reads a document and checks who signed it, for which program, and whether it is still valid.
    ///
    /// # Errors
    ///
    /// One that is malformed, altered, meant for another program, or too old.
    pub(super) fn verified(
        bytes: &[u8],
        chain_id: u64,
        contract: Address,
        now: u64,
    ) -> Result<Self, Error> {
        let refused = |message: String, hint: &str| Error::Usage { message, hint: hint.to_owned() };
        let again = "ask for the file again; it is what `chartkey access request` prints";
        if bytes.len() > MOST_BYTES {
            return Err(refused("this is too long for an access request".into(), again));
        }
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| refused(format!("this is no access request: {error}"), again))?;
        let Document { request, signature } = document;
        if request.kind != KIND || request.version != 1 {
            return Err(refused("this is no access request of version 1".into(), again));
        }
        let mut signed = [0; 65];
        let is_hex = hex::decode_to_slice(&signature, &mut signed).is_ok();
        let signer = signer_of(&request.text()?, &signed).filter(|_| is_hex);
        if signer != Some(request.requester) {
            return Err(refused(
                format!("the request was altered: it is not what {} signed", request.requester),
                "ask its sender for it again, by another way",
            ));
        }
        if (request.chain_id, request.contract) != (chain_id, contract) {
            return Err(refused(
                format!(
                    "the request is for contract {} on chain {}",
                    request.contract, request.chain_id
                ),
                "choose the --profile that it is meant for",
            ));
        }
        if request.valid_until <= now {
            let end = dates::format_instant(request.valid_until);
            return Err(refused(format!("the request was valid until {end}"), "ask for a new one"));
        }
        Ok(request)
    }
}

pub(super) async fn run(session: &Session, ask: &Ask) -> Result<Report, Error> {
    let record = session.global.record;
    if record.is_none() && ask.patient.is_none() {
        return Err(Error::Usage {
            message: "the request names nobody".into(),
            hint: "give the patient's account with --patient, or the record with --record".into(),
        });
    }
    let now = dates::now();
    let until = ask.until.map(Instant::seconds);
    if until.unwrap_or(NO_END) <= now {
        return Err(Error::Usage {
            message: "the end that you ask for is past".into(),
            hint: "give an --until that is not past".into(),
        });
    }
    let mut holder = Holder::open_to_write(session).await?;
    holder.register(session).await?;
    let key_id = holder.own().1;
    let body = Body {
        kind: KIND.to_owned(),
        version: 1,
        chain_id: holder.chain_id,
        contract: holder.contract,
        requester: holder.account.address,
        key_id: hex::encode(key_id.0),
        record,
        patient: ask.patient,
        sections: ask.section.clone(),
        read: ask.read,
        write: ask.write,
        rotate: ask.rotate,
        purpose: ask.purpose,
        until,
        asked_at: now,
        valid_until: now + u64::from(ask.valid_days) * SECONDS_A_DAY,
        nonce: hex::encode(&random()?[..16]),
    };
    if session.global.dry_run {
        session.screen.note(&format!("would sign and print: {}", body.text()?));
        return Ok(session.rehearsal());
    }
    let signature = hex::encode(session.signer()?.sign_text(&body.text()?)?);
    let document = Document { request: body, signature };
    let text =
        serde_json::to_string(&document).map_err(|error| Error::Internal(error.to_string()))?;
    session.screen.note(&format!(
        "Tell the patient the words of your key by voice or in person:\n{}",
        identity::shown(&key_id)
    ));
    let data = json!({
        "request": document.request,
        "signature": document.signature,
        "fingerprint": key_id.fingerprint(),
        "file": ask.out,
    });
    match &ask.out {
        None => Ok(Report::new(data, text)),
        Some(file) => {
            files::create(file, format!("{text}\n").as_bytes())?;
            let told = format!("wrote the request to {}", file.display());
            Ok(Report::new(data, crate::text::printable(&told)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::{Signer, parse_secret};

    const ASKED: u64 = 1_800_000_000;
    const CHAIN: u64 = 412_346;

    /// A request that can be approved for a day, as its file.
    fn document() -> Vec<u8> {
        let secret = parse_secret(&"11".repeat(32)).expect("a key");
        let signer = Signer::from_secret(&secret).expect("a key");
        let request = Body {
            kind: KIND.to_owned(),
            version: 1,
            chain_id: CHAIN,
            contract: Address::repeat_byte(1),
            requester: signer.address(),
            key_id: "00".repeat(28),
            record: None,
            patient: Some(Address::repeat_byte(2)),
            sections: vec!["medications".to_owned()],
            read: Read::Past,
            write: false,
            rotate: false,
            purpose: Purpose::Treat,
            until: None,
            asked_at: ASKED,
            valid_until: ASKED + SECONDS_A_DAY,
            nonce: "00".repeat(16),
        };
        let text = request.text().expect("text");
        let signature = hex::encode(signer.sign_text(&text).expect("signed"));
        serde_json::to_vec(&Document { request, signature }).expect("JSON")
    }

    fn refusal(chain_id: u64, contract: Address, now: u64) -> Option<String> {
        let verified = Body::verified(&document(), chain_id, contract, now);
        verified.err().map(|error| error.to_string())
    }

    #[test]
    fn a_request_holds_for_its_time_its_program_and_its_chain() {
        let contract = Address::repeat_byte(1);
        let end = ASKED + SECONDS_A_DAY;

        assert_eq!(refusal(CHAIN, contract, end - 1), None);

        let late = refusal(CHAIN, contract, end).expect("refused");
        assert!(late.contains("was valid until 2027-01-16"), "{late}");
        for (chain, contract) in [(1, contract), (CHAIN, Address::repeat_byte(3))] {
            let elsewhere = refusal(chain, contract, ASKED).expect("refused");
            assert!(elsewhere.contains("the request is for contract"), "{elsewhere}");
        }
    }

    #[test]
    fn what_is_longer_than_any_request_is_not_read() {
        let long = vec![b' '; MOST_BYTES + 1];
        let refused = Body::verified(&long, CHAIN, Address::ZERO, ASKED).expect_err("refused");
        assert!(refused.to_string().contains("too long"));
    }
}
