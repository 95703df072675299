//! The refusals of the *records* program in words.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use chartkey_abi::IRecords::IRecordsErrors as E;
use chartkey_abi::{credential_flag, permission};
use serde_json::{Value, json};

use super::{Refusal, number};
use crate::dates;
use crate::error::Error;

/// What the contract would refuse with, known without asking it: nothing is sent.
pub(crate) fn foreseen(error: &impl SolError) -> Error {
    let refusal = Refusal::decode(&error.abi_encode().into(), None);
    Error::Reverted { refusal: Box::new(refusal), hash: None }
}

/// A refusal with its arguments, its sentence and what to do.
pub(super) fn refusal(error: &E) -> Refusal {
    of_records(error)
        .or_else(|| of_grants(error))
        .or_else(|| of_deliveries(error))
        .or_else(|| of_identities(error))
        .unwrap_or_else(|| of_emergencies(error))
}

/// Records, their sections and what is appended.
fn of_records(error: &E) -> Option<Refusal> {
    Some(match error {
        E::NoRecord(e) => Refusal::new(
            "NoRecord",
            &[("record", json!(e.record))],
            format!("there is no record {}", e.record),
            "chartkey record create",
        ),
        E::RecordExists(e) => Refusal::new(
            "RecordExists",
            &[("record", json!(e.record))],
            format!("record {} exists already", e.record),
            "chartkey record show",
        ),
        E::NotOwner(e) => Refusal::new(
            "NotOwner",
            &of(e.record, "caller", e.caller),
            format!("{} is not the owner of this record", e.caller),
            "use the owner's --account",
        ),
        E::StateMoved(e) => Refusal::new(
            "StateMoved",
            &[
                ("record", json!(e.record)),
                ("handle", number(e.handle)),
                ("expected", json!(e.expected)),
                ("actual", json!(e.actual)),
            ],
            format!("section {} moved on while this was prepared", e.handle),
            "run the command again",
        ),
        E::HandleOutOfRange(e) => Refusal::new(
            "HandleOutOfRange",
            &[("handle", number(e.handle))],
            format!("handle {} is above 63", e.handle),
            "write to a section that exists: chartkey record show",
        ),
        E::SectionNotOpen(e) => Refusal::new(
            "SectionNotOpen",
            &[("record", json!(e.record)), ("handle", number(e.handle))],
            format!("section {} has no key generation yet", e.handle),
            "write to a section that exists: chartkey record show",
        ),
        E::BlobLength(e) => Refusal::new(
            "BlobLength",
            &[("length", number(e.length)), ("least", number(e.least)), ("most", number(e.most))],
            format!("{} bytes, allowed are {} to {}", e.length, e.least, e.most),
            "split the content",
        ),
        E::EmptyBatch(_) => {
            Refusal::new("EmptyBatch", &[], "a batch without entries".into(), "give an entry")
        }
        E::RotationShape(e) => Refusal::new(
            "RotationShape",
            &[
                ("handles", number(e.handles)),
                ("states", number(e.states)),
                ("epochRecords", number(e.epochRecords)),
            ],
            format!(
                "{} sections are rotated with {} state words and {} epoch records",
                e.handles, e.states, e.epochRecords
            ),
            "give one state word and one epoch record for each section",
        ),
        E::RotationDue(e) => Refusal::new(
            "RotationDue",
            &[("record", json!(e.record)), ("handle", number(e.handle))],
            format!("somebody lost access to section {} since its key was made", e.handle),
            "the owner rotates it first: chartkey record rotate",
        ),
        _ => return None,
    })
}

/// Who may do what, and until when.
fn of_grants(error: &E) -> Option<Refusal> {
    Some(match error {
        E::NotGranted(e) => Refusal::new(
            "NotGranted",
            &[
                ("record", json!(e.record)),
                ("grantee", account(e.grantee)),
                ("handles", number(e.handles)),
                ("permission", number(e.permission)),
            ],
            format!(
                "the grant of {} does not give {} on all of these sections",
                e.grantee,
                permissions(e.permission)
            ),
            "ask the patient for it: chartkey access request",
        ),
        E::GrantExpired(e) => Refusal::new(
            "GrantExpired",
            &ending(e.record, "grantee", e.grantee, "expiry", e.expiry),
            format!("the grant of {} held until {}", e.grantee, dates::format_instant(e.expiry)),
            "ask the patient for a new one: chartkey access request",
        ),
        E::GrantHolds(e) => Refusal::new(
            "GrantHolds",
            &ending(e.record, "grantee", e.grantee, "expiry", e.expiry),
            format!("the grant of {} holds until {}", e.grantee, dates::format_instant(e.expiry)),
            "the owner can end it before: chartkey access revoke",
        ),
        E::NoGrant(e) => Refusal::new(
            "NoGrant",
            &of(e.record, "grantee", e.grantee),
            format!("{} has no grant here, or lost it with the one who gave it", e.grantee),
            "ask the patient for one: chartkey access request",
        ),
        E::GrantTerms(e) => Refusal::new(
            "GrantTerms",
            &[
                ("permissions", number(e.permissions)),
                ("handles", number(e.handles)),
                ("expiry", number(e.expiry)),
                ("purpose", number(e.purpose)),
            ],
            "a grant needs known permissions, a section, a purpose, and an end to come".into(),
            "name at least one section, a purpose, and an end in the future",
        ),
        E::GrantTooWide(e) => Refusal::new(
            "GrantTooWide",
            &of(e.record, "grantor", e.grantor),
            format!("{} cannot give more than it has, nor longer, nor further", e.grantor),
            "grant fewer sections or permissions, or a shorter time",
        ),
        E::AccountUnfit(e) => Refusal::new(
            "AccountUnfit",
            &[("account", account(e.account))],
            format!("{} is the zero address or the owner, and cannot be the other side", e.account),
            "give another account",
        ),
        E::CredentialNotCurrent(e) => Refusal::new(
            "CredentialNotCurrent",
            &[
                ("account", account(e.account)),
                ("validFrom", number(e.validFrom)),
                ("validUntil", number(e.validUntil)),
                ("flags", number(e.flags)),
            ],
            credential(e.account, e.validFrom, e.validUntil, e.flags),
            "ask the registrar: chartkey provider credential show",
        ),
        _ => return None,
    })
}

/// Keys on their way to readers.
fn of_deliveries(error: &E) -> Option<Refusal> {
    Some(match error {
        E::ListMalformed(e) => Refusal::new(
            "ListMalformed",
            &[("offset", number(e.offset))],
            format!("the delivery list breaks the format at byte {}", e.offset),
            "this is a bug; please report it with the command and this text",
        ),
        E::DirectOnly(e) => Refusal::new(
            "DirectOnly",
            &of(e.record, "caller", e.caller),
            format!("{} is not the owner, and only the owner delivers through a channel", e.caller),
            "deliver directly to the registered key",
        ),
        E::RecipientNotAllowed(e) => Refusal::new(
            "RecipientNotAllowed",
            &of(e.record, "recipient", e.recipient),
            format!("the caller may deliver, but not to {}", e.recipient),
            "the owner grants access first: chartkey access grant",
        ),
        E::KeysMoved(e) => Refusal::new(
            "KeysMoved",
            &[("expected", json!(e.expected)), ("actual", json!(e.actual))],
            "a recipient's registered key is not the one that this was sealed to".into(),
            "compare fingerprints with the recipient, then run the command again",
        ),
        _ => return None,
    })
}

/// Registered keys, credentials, the registrar.
fn of_identities(error: &E) -> Option<Refusal> {
    Some(match error {
        E::KeyNotRegistered(e) => Refusal::new(
            "KeyNotRegistered",
            &[("account", account(e.account))],
            format!("{} has registered no key, so nothing can be sealed to it", e.account),
            "its owner registers one first: chartkey identity register",
        ),
        E::KeyVersion(e) => Refusal::new(
            "KeyVersion",
            &[("version", number(e.version)), ("needed", number(e.needed))],
            format!(
                "this account has registered version {} of its key already, and this is version {}",
                e.needed.saturating_sub(1),
                e.version
            ),
            "replace the key with: chartkey identity rotate",
        ),
        E::KeySlotKind(e) => Refusal::new(
            "KeySlotKind",
            &[("kind", number(e.kind))],
            format!("a key slot of kind {} does not go on chain: it could be guessed at", e.kind),
            "keep a passphrase slot in a backup file; wallets are kind 1, passkeys kind 3",
        ),
        E::NotRegistrar(e) => Refusal::new(
            "NotRegistrar",
            &[("caller", account(e.caller))],
            format!("{} is not the registrar", e.caller),
            "chartkey provider registrar show names the registrar; use its --account",
        ),
        E::NotOffered(e) => Refusal::new(
            "NotOffered",
            &[("caller", account(e.caller))],
            format!("nothing was offered to {}", e.caller),
            "have it offered to this account first",
        ),
        E::CredentialTerms(e) => Refusal::new(
            "CredentialTerms",
            &[
                ("validFrom", number(e.validFrom)),
                ("validUntil", number(e.validUntil)),
                ("flags", number(e.flags)),
            ],
            format!(
                "a credential from {} until {} with flags {} does not end after it begins, or has \
                 unknown flags",
                dates::format_instant(e.validFrom),
                dates::format_instant(e.validUntil),
                e.flags
            ),
            "give an --until after --valid-from",
        ),
        _ => return None,
    })
}

/// Emergency access, guardians, recovery.
fn of_emergencies(error: &E) -> Refusal {
    match error {
        E::NoEmergency(e) => Refusal::new(
            "NoEmergency",
            &[("record", json!(e.record))],
            "this record has no emergency access set up".into(),
            "its owner sets it up: chartkey emergency setup",
        ),
        E::EmergencyGeneration(e) => Refusal::new(
            "EmergencyGeneration",
            &[("generation", number(e.generation)), ("needed", number(e.needed))],
            format!("emergency generation {} is not the next one, {}", e.generation, e.needed),
            "run the command again",
        ),
        E::ClaimOpen(e) => Refusal::new(
            "ClaimOpen",
            &ending(e.record, "claimant", e.claimant, "until", e.until),
            format!("the claim of {} is open until {}", e.claimant, dates::format_instant(e.until)),
            "go on with it: chartkey emergency open",
        ),
        E::NoClaim(e) => Refusal::new(
            "NoClaim",
            &of(e.record, "claimant", e.claimant),
            format!("{} has claimed nothing here", e.claimant),
            "claim first: chartkey emergency claim",
        ),
        E::GuardianPolicy(e) => Refusal::new(
            "GuardianPolicy",
            &[
                ("threshold", number(e.threshold)),
                ("count", number(e.count)),
                ("delayHours", number(e.delayHours)),
            ],
            format!(
                "{} of {} guardians after {} hours; allowed are 2 to all of them after 24 to 8,760 \
                 hours",
                e.threshold, e.count, e.delayHours
            ),
            "choose another number of guardians or another delay",
        ),
        E::NotGuardian(e) => Refusal::new(
            "NotGuardian",
            &of(e.record, "caller", e.caller),
            format!("{} is no guardian of this record, or the set has changed", e.caller),
            "use a guardian's --account",
        ),
        E::RecoveryNotReady(e) => Refusal::new(
            "RecoveryNotReady",
            &[
                ("record", json!(e.record)),
                ("candidate", account(e.candidate)),
                ("approvals", number(e.approvals)),
                ("readyAt", number(e.readyAt)),
            ],
            not_ready(e.candidate, e.approvals, e.readyAt),
            "wait for the guardians and the delay, then run the command again",
        ),
        // The other groups have named theirs; this one is for the compiler.
        other => Refusal::new("unknown", &[], format!("{other:?}"), ""),
    }
}

fn not_ready(candidate: Address, approvals: u8, ready_at: u64) -> String {
    match ready_at {
        0 => format!("{candidate} has {approvals} approvals, which are too few"),
        _ => format!(
            "{candidate} has {approvals} approvals and may take over from {} on",
            dates::format_instant(ready_at)
        ),
    }
}

/// Why a credential does not hold.
fn credential(account: Address, from: u64, until: u64, flags: u8) -> String {
    if until == 0 {
        return format!("{account} has no provider's credential");
    }
    let until = dates::format_instant(until);
    if flags & credential_flag::SUSPENDED != 0 {
        return format!("the credential of {account} (until {until}) is suspended");
    }
    let from = dates::format_instant(from);
    let emergency = match flags & credential_flag::EMERGENCY {
        0 => " and not for emergency claims",
        _ => "",
    };
    format!("the credential of {account} holds from {from} until {until}{emergency}")
}

/// Permission bits in words.
fn permissions(bits: u16) -> String {
    let names = [
        (permission::READ, "reading"),
        (permission::WRITE, "writing"),
        (permission::ROTATE, "rotating"),
        (permission::GRANT, "granting"),
        (permission::HISTORY, "the past"),
        (permission::CUSTODIAN, "custody"),
        (permission::DEVICE, "an own device"),
    ];
    let held: Vec<_> =
        names.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| name).collect();
    if held.is_empty() { format!("permission {bits}") } else { held.join(" and ") }
}

fn account(address: Address) -> Value {
    json!(address.to_checksum(None))
}

fn of(record: B256, role: &'static str, address: Address) -> [(&'static str, Value); 2] {
    [("record", json!(record)), (role, account(address))]
}

fn ending(
    record: B256,
    role: &'static str,
    address: Address,
    end: &'static str,
    time: impl TryInto<U256>,
) -> [(&'static str, Value); 3] {
    [("record", json!(record)), (role, account(address)), (end, number(time))]
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolInterface;

    use super::*;

    /// Every error of the interface, all arguments zero.
    fn all() -> Vec<E> {
        E::SELECTORS
            .iter()
            .map(|selector| {
                // More words than any error has; the decoder takes what it needs.
                E::abi_decode(&[&selector[..], &[0; 4 * 32]].concat()).expect("a known selector")
            })
            .collect()
    }

    #[test]
    fn every_error_says_what_happened_and_what_to_do() {
        for error in all() {
            let name = E::name_by_selector(error.selector()).expect("a name");

            let told = refusal(&error);

            assert_eq!(told.name, name);
            let hint = told.hint().unwrap_or_default();
            assert!(hint.len() > 10, "{name} has no hint");
            assert!(!told.text.contains('{'), "{name} shows its Debug form: {}", told.text);
        }
    }

    #[test]
    fn every_argument_of_the_interface_is_in_the_data() {
        for error in chartkey_abi::records_json_abi().errors() {
            let selector = error.selector();
            let bytes = [&selector[..], &[0; 4 * 32]].concat();
            let told = refusal(&E::abi_decode(&bytes).expect("a known selector"));
            let found: Vec<_> =
                told.arguments.as_object().expect("an object").keys().cloned().collect();
            let mut expected: Vec<_> =
                error.inputs.iter().map(|input| input.name.clone()).collect();
            expected.sort();
            assert_eq!(found, expected, "{}", error.name);
        }
    }

    #[test]
    fn a_credential_that_does_not_hold_says_why() {
        let told = |from, until, flags| credential(Address::ZERO, from, until, flags);

        assert!(told(0, 0, 0).ends_with("has no provider's credential"));
        assert!(told(0, 86_400, credential_flag::SUSPENDED).contains("is suspended"));
        assert!(told(0, 86_400, 0).contains("until 1970-01-02T00:00:00Z and not for emergency"));
        assert!(
            told(0, 86_400, credential_flag::EMERGENCY).ends_with("until 1970-01-02T00:00:00Z")
        );
    }

    #[test]
    fn permissions_are_told_in_words() {
        assert_eq!(permissions(permission::WRITE | permission::ROTATE), "writing and rotating");
        assert_eq!(permissions(0), "permission 0");
    }
}
