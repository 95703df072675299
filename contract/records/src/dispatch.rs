//! From calldata to the program and back.
//!
//! The SDK's router has one decoder and one type name of 260 bytes for each list of argument types;
//! both would be paid for on every call. All our arguments are words, bytes, and lists of them.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords::*;
use chartkey_abi::{Terms, entry_kind};
use stylus_sdk::ArbResult;
use stylus_sdk::prelude::*;

use crate::Records;
use crate::guardians::Policy;
use crate::sections::{Epochs, Seen};

#[cfg(not(feature = "export-abi"))]
impl stylus_sdk::abi::Router<Self> for Records {
    type Storage = Self;

    fn route(storage: &mut Self, selector: u32, input: &[u8]) -> Option<ArbResult> {
        Some(route(storage, selector.to_be_bytes(), input))
    }

    fn receive(_storage: &mut Self) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_storage: &mut Self, _calldata: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(_storage: &mut Self, _calldata: &[u8]) -> Option<ArbResult> {
        None
    }
}

/// What a call answers: nothing, or one word.
type Answer = Result<Option<B256>, Vec<u8>>;

/// Runs one call. Value, an unknown selector and malformed arguments are refused without data.
pub(crate) fn route(records: &mut Records, selector: [u8; 4], input: &[u8]) -> ArbResult {
    if !records.vm().msg_value().is_zero() {
        return Err(Vec::new());
    }
    let arguments = Arguments(input);
    let answer = match sections(records, selector, arguments) {
        None => match access(records, selector, arguments) {
            None => posts(records, selector, arguments),
            answer => answer,
        },
        answer => answer,
    };
    let word = answer.unwrap_or_else(|| Err(Vec::new()))?;
    Ok(word.map_or_else(Vec::new, |word| word.to_vec()))
}

/// Records and their sections.
fn sections(records: &mut Records, selector: [u8; 4], a: Arguments<'_>) -> Option<Answer> {
    let answer = match selector {
        appendCall::SELECTOR => append(records, a),
        appendBatchCall::SELECTOR => append_batch(records, a),
        appendDetachedCall::SELECTOR => append_detached(records, a),
        appendEpochCall::SELECTOR => append_epoch(records, a),
        rotateCall::SELECTOR => rotate(records, a),
        createRecordCall::SELECTOR => create_record(records, a),
        ownerOfCall::SELECTOR => a.word(0).map(|record| Some(records.owner(record).into_word())),
        stateOfCall::SELECTOR => state_of(records, a),
        _ => return None,
    };
    Some(answer)
}

fn append(records: &mut Records, a: Arguments<'_>) -> Answer {
    Ok(Some(records.append_entries(a.seen()?, entry_kind::ENTRY, &[a.bytes(3)?])?))
}

fn append_batch(records: &mut Records, a: Arguments<'_>) -> Answer {
    Ok(Some(records.append_entries(a.seen()?, entry_kind::ENTRY, &a.blobs(3)?)?))
}

fn append_detached(records: &mut Records, a: Arguments<'_>) -> Answer {
    let leaf = a.word(3)?;
    Ok(Some(records.append_entries(a.seen()?, entry_kind::DETACHED, &[leaf.as_slice()])?))
}

fn append_epoch(records: &mut Records, a: Arguments<'_>) -> Answer {
    Ok(Some(records.append_epoch_record(a.seen()?, a.bytes(3)?)?))
}

fn create_record(records: &mut Records, a: Arguments<'_>) -> Answer {
    Ok(Some(records.open_record(a.word(0)?, a.u16(1)?, a.bytes(2)?)?))
}

fn state_of(records: &Records, a: Arguments<'_>) -> Answer {
    Ok(Some(records.state(a.word(0)?, a.u16(1)?)))
}

fn rotate(records: &mut Records, a: Arguments<'_>) -> Answer {
    let handles: Result<Vec<u16>, _> =
        a.words(2)?.into_iter().map(|word| Arguments(word.as_slice()).u16(0)).collect();
    let (handles, states, blobs) = (handles?, a.words(3)?, a.blobs(4)?);
    let epochs = Epochs { handles: &handles, states: &states, records: &blobs };
    records.rotate_sections(a.word(0)?, a.address(1)?, &epochs, a.word(5)?, a.bytes(6)?)?;
    Ok(None)
}

/// Grants, deliveries, emergencies.
fn access(records: &mut Records, selector: [u8; 4], a: Arguments<'_>) -> Option<Answer> {
    let answer = match selector {
        grantCall::SELECTOR => grant(records, a),
        revokeCall::SELECTOR => a.of_member(records, Records::revoke_grant),
        expireCall::SELECTOR => a.of_member(records, Records::expire_grant),
        deliverCall::SELECTOR => deliver(records, a),
        setEmergencyCall::SELECTOR => set_emergency(records, a),
        claimEmergencyCall::SELECTOR => claim_emergency(records, a),
        closeEmergencyCall::SELECTOR => a.of_member(records, Records::close_claim),
        setGuardiansCall::SELECTOR => set_guardians(records, a),
        approveRecoveryCall::SELECTOR => approve_recovery(records, a),
        vetoRecoveryCall::SELECTOR => a.of_record(records, Records::veto),
        finishRecoveryCall::SELECTOR => a.of_record(records, Records::take_over),
        offerRecordCall::SELECTOR => a.of_member(records, Records::offer),
        acceptRecordCall::SELECTOR => a.of_record(records, Records::accept),
        _ => return None,
    };
    Some(answer)
}

fn grant(records: &mut Records, a: Arguments<'_>) -> Answer {
    let terms = Terms {
        permissions: a.u16(2)?,
        handles: a.number(3)?,
        expiry: a.number(4)?,
        purpose: a.u8(5)?,
    };
    records.make_grant(a.word(0)?, a.address(1)?, terms, a.word(6)?, a.bytes(7)?)?;
    Ok(None)
}

fn deliver(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.deliver_list(a.word(0)?, a.word(1)?, a.bytes(2)?)?;
    Ok(None)
}

fn set_emergency(records: &mut Records, a: Arguments<'_>) -> Answer {
    let (handle, generation) = (a.u16(1)?, a.u32(2)?);
    records.set_up_emergency(a.word(0)?, handle, generation, a.word(3)?, a.bytes(4)?)?;
    Ok(None)
}

fn claim_emergency(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.open_claim(a.word(0)?, a.address(1)?, a.u16(2)?, a.bytes(3)?)?;
    Ok(None)
}

fn set_guardians(records: &mut Records, a: Arguments<'_>) -> Answer {
    let policy = Policy { threshold: a.u8(2)?, delay_hours: a.u16(3)? };
    records.name_guardians(a.word(0)?, a.u32(1)?, &policy, a.word(4)?, a.bytes(5)?)?;
    Ok(None)
}

fn approve_recovery(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.approve(a.word(0)?, a.address(1)?, a.bytes(2)?, a.word(3)?, a.bytes(4)?)?;
    Ok(None)
}

/// Keys and the registrar.
fn posts(records: &mut Records, selector: [u8; 4], a: Arguments<'_>) -> Option<Answer> {
    let answer = match selector {
        registerKeyCall::SELECTOR => register_key(records, a),
        addKeySlotCall::SELECTOR => add_key_slot(records, a),
        setCredentialCall::SELECTOR => set_credential(records, a),
        credentialOfCall::SELECTOR => a.address(0).map(|of| Some(records.credentials.get(of))),
        offerRegistrarCall::SELECTOR => offer_registrar(records, a),
        acceptRegistrarCall::SELECTOR => accept_registrar(records),
        _ => return None,
    };
    Some(answer)
}

fn register_key(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.register(a.u32(0)?, a.bytes(1)?)?;
    Ok(None)
}

fn add_key_slot(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.log_key_slot(a.u8(0)?, a.bytes(1)?)?;
    Ok(None)
}

fn set_credential(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.state_credential(a.address(0)?, a.number(1)?, a.number(2)?, a.u8(3)?)?;
    Ok(None)
}

fn offer_registrar(records: &mut Records, a: Arguments<'_>) -> Answer {
    records.offer_post(a.address(0)?)?;
    Ok(None)
}

fn accept_registrar(records: &mut Records) -> Answer {
    records.accept_post()?;
    Ok(None)
}

/// ABI-encoded arguments; padding that is not zero, and anything cut off, is malformed.
#[derive(Clone, Copy)]
struct Arguments<'a>(&'a [u8]);

impl<'a> Arguments<'a> {
    #[inline(never)]
    fn word(self, index: usize) -> Result<B256, Vec<u8>> {
        let start = 32 * index;
        self.0.get(start..start + 32).map(B256::from_slice).ok_or_else(Vec::new)
    }

    #[inline(never)]
    fn number(self, index: usize) -> Result<u64, Vec<u8>> {
        let word = self.word(index)?;
        if word[..24] != [0; 24] {
            return Err(Vec::new());
        }
        Ok(crate::word::u64_at(word, 24))
    }

    fn u8(self, index: usize) -> Result<u8, Vec<u8>> {
        self.number(index)?.try_into().map_err(|_| Vec::new())
    }

    fn u16(self, index: usize) -> Result<u16, Vec<u8>> {
        self.number(index)?.try_into().map_err(|_| Vec::new())
    }

    fn u32(self, index: usize) -> Result<u32, Vec<u8>> {
        self.number(index)?.try_into().map_err(|_| Vec::new())
    }

    fn address(self, index: usize) -> Result<Address, Vec<u8>> {
        let word = self.word(index)?;
        if word[..12] != [0; 12] {
            return Err(Vec::new());
        }
        Ok(Address::from_word(word))
    }

    /// Record, handle and state word, with which all appends begin.
    #[inline(never)]
    fn seen(self) -> Result<Seen, Vec<u8>> {
        Ok(Seen { record: self.word(0)?, handle: self.u16(1)?, state: self.word(2)? })
    }

    /// Calls a function of a record.
    #[inline(never)]
    fn of_record(
        self,
        records: &mut Records,
        function: fn(&mut Records, B256) -> Result<(), crate::Error>,
    ) -> Answer {
        function(records, self.word(0)?)?;
        Ok(None)
    }

    /// Calls a function of a record and an account.
    #[inline(never)]
    fn of_member(
        self,
        records: &mut Records,
        function: fn(&mut Records, B256, Address) -> Result<(), crate::Error>,
    ) -> Answer {
        function(records, self.word(0)?, self.address(1)?)?;
        Ok(None)
    }

    /// Length of a dynamic argument, and what follows the length.
    #[inline(never)]
    fn tail(self, index: usize) -> Result<(usize, Self), Vec<u8>> {
        let offset = self.number(index)?;
        let offset = usize::try_from(offset).map_err(|_| Vec::new())?;
        let rest = Self(self.0.get(offset..).ok_or_else(Vec::new)?);
        let length = usize::try_from(rest.number(0)?).map_err(|_| Vec::new())?;
        Ok((length, Self(&rest.0[32..])))
    }

    #[inline(never)]
    fn bytes(self, index: usize) -> Result<&'a [u8], Vec<u8>> {
        let (length, rest) = self.tail(index)?;
        rest.0.get(..length).ok_or_else(Vec::new)
    }

    fn words(self, index: usize) -> Result<Vec<B256>, Vec<u8>> {
        let (length, rest) = self.tail(index)?;
        if length > rest.0.len() / 32 {
            return Err(Vec::new());
        }
        (0..length).map(|index| rest.word(index)).collect()
    }

    fn blobs(self, index: usize) -> Result<Vec<&'a [u8]>, Vec<u8>> {
        let (length, rest) = self.tail(index)?;
        if length > rest.0.len() / 32 {
            return Err(Vec::new());
        }
        (0..length).map(|index| rest.bytes(index)).collect()
    }
}
