//! Names of things on the chain as FHIR identifiers (domain guide, rule 10).

use std::fmt;

use serde_json::{Value, json};

use crate::identity::fingerprint;

/// Accounts, as CAIP-10 writes them: `eip155:CHAIN:0xADDRESS`.
const ACCOUNT: &str = "urn:chartkey:account";
/// Records: `eip155:CHAIN:0xCONTRACT:0xRECORD`.
const RECORD: &str = "urn:chartkey:record";
/// Transactions: `eip155:CHAIN:0xHASH`.
const TRANSACTION: &str = "urn:chartkey:transaction";
/// Entries: the record's identifier, section and number.
const ENTRY: &str = "urn:chartkey:entry";
/// Sections, as codes.
pub(super) const SECTION: &str = "urn:chartkey:section";
/// Extension that names the transaction of a statement.
pub(super) const TRANSACTION_EXTENSION: &str = "urn:chartkey:extension:transaction";
/// Purposes and reasons.
pub(super) const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
/// Actions and policies.
pub(super) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// Parts that people play.
pub(super) const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
/// DICOM's vocabulary, of which audit takes its events.
pub(super) const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
/// Laboratory, document and section codes.
pub(super) const LOINC: &str = "http://loinc.org";

/// An account on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account {
    /// The chain.
    pub chain_id: u64,
    /// The address.
    pub address: [u8; 20],
}

/// A record on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordRef {
    /// The chain.
    pub chain_id: u64,
    /// The contract.
    pub contract: [u8; 20],
    /// The record.
    pub id: [u8; 32],
}

/// A transaction on a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// The chain.
    pub chain_id: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// The person a record is about: by the record, which is a pseudonym, and by a Patient where one is at hand.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The record.
    pub record: RecordRef,
    /// `fullUrl` or relative reference of the Patient resource.
    pub patient: Option<&'a str>,
}

struct Hex<'b>(&'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "eip155:{}:0x{}", self.chain_id, Hex(&self.address))
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "eip155:{}:0x{}:0x{}", self.chain_id, Hex(&self.contract), Hex(&self.id))
    }
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "eip155:{}:0x{}", self.chain_id, Hex(&self.hash))
    }
}

impl Account {
    pub(super) fn identifier(&self) -> Value {
        json!({"system": ACCOUNT, "value": self.to_string()})
    }

    /// A reference by identifier only: which resource it is, nobody here knows.
    pub(super) fn reference(&self, display: Option<&str>) -> Value {
        json!({"identifier": self.identifier(), "display": display})
    }
}

impl RecordRef {
    pub(super) fn identifier(&self) -> Value {
        json!({"system": RECORD, "value": self.to_string()})
    }

    /// The program that keeps it, as the server of an event.
    pub(super) const fn program(&self) -> Account {
        Account { chain_id: self.chain_id, address: self.contract }
    }

    /// The first half of the record's id, for ids of resources made here: at most 64 characters, hex
    /// digits without `0x`.
    pub(super) fn short(&self) -> String {
        Hex(&self.id[..16]).to_string()
    }

    /// Identifier of an entry.
    pub(super) fn entry(&self, section: &str, seq: u32) -> Value {
        json!({"system": ENTRY, "value": format!("{self}:{}:{seq}", section.replace(' ', "-"))})
    }

    /// A UUID that is the same whenever it is made of the same parts (RFC 9562, version 8).
    pub(super) fn uuid(&self, parts: &str) -> String {
        let bits = fingerprint(&format!("{self}/{parts}"));
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl Transaction {
    pub(super) fn identifier(&self) -> Value {
        json!({"system": TRANSACTION, "value": self.to_string()})
    }

    pub(super) fn extension(&self) -> Value {
        json!([{"url": TRANSACTION_EXTENSION, "valueIdentifier": self.identifier()}])
    }
}

impl Subject<'_> {
    pub(super) fn reference(&self) -> Value {
        json!({
            "reference": self.patient,
            "type": "Patient",
            "identifier": self.record.identifier(),
        })
    }
}

/// A coding.
pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

/// A concept with one coding.
pub(super) fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [coding(system, code, display)]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_stable_and_well_formed() {
        let record = RecordRef { chain_id: 1, contract: [2; 20], id: [3; 32] };

        let uuid = record.uuid("a");

        assert_eq!(uuid, record.uuid("a"));
        assert_ne!(uuid, record.uuid("b"));
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "8");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
    }
}
