//! What the records program refuses about emergencies, guardians and changes of owner.

use alloy_primitives::Address;
use chartkey_abi::IRecords::IRecordsErrors;
use serde_json::{Value, json};

use super::{Refusal, number};
use crate::dates::format_instant;

/// The refusal, if it is about people.
pub(super) fn refusal(error: &IRecordsErrors) -> Option<Refusal> {
    emergency(error).or_else(|| guardians(error))
}

fn account(address: Address) -> Value {
    json!(address.to_checksum(None))
}

fn emergency(error: &IRecordsErrors) -> Option<Refusal> {
    use IRecordsErrors as E;
    Some(match error {
        E::NoEmergency(e) => Refusal::new(
            "NoEmergency",
            &[("record", json!(e.record))],
            format!("record {} has no emergency access", e.record),
            "its owner sets it up: chartkey emergency setup",
        ),
        E::EmergencyGeneration(e) => Refusal::new(
            "EmergencyGeneration",
            &[("generation", number(e.generation)), ("needed", number(e.needed))],
            format!("the next generation of the halves is {}, not {}", e.needed, e.generation),
            "somebody set it up meanwhile; run the command again",
        ),
        E::ClaimOpen(e) => Refusal::new(
            "ClaimOpen",
            &[
                ("record", json!(e.record)),
                ("claimant", account(e.claimant)),
                ("until", number(e.until)),
            ],
            format!("the claim of {} is open until {}", e.claimant, format_instant(e.until)),
            "only the owner and the claimant end it before: chartkey emergency close",
        ),
        E::NoClaim(e) => Refusal::new(
            "NoClaim",
            &[("record", json!(e.record)), ("claimant", account(e.claimant))],
            format!("{} has no claim on this record", e.claimant),
            "chartkey emergency list",
        ),
        E::CredentialNotCurrent(e) => Refusal::new(
            "CredentialNotCurrent",
            &[
                ("account", account(e.account)),
                ("validFrom", number(e.validFrom)),
                ("validUntil", number(e.validUntil)),
                ("flags", number(e.flags)),
            ],
            match e.validUntil {
                0 => format!("{} has no credential", e.account),
                until => format!(
                    "the credential of {} from {} until {} does not hold now, or not for this",
                    e.account,
                    format_instant(e.validFrom),
                    format_instant(until)
                ),
            },
            "ask the registrar for a credential; emergencies need one that says so",
        ),
        _ => return None,
    })
}

fn guardians(error: &IRecordsErrors) -> Option<Refusal> {
    use IRecordsErrors as E;
    Some(match error {
        E::GuardianPolicy(e) => Refusal::new(
            "GuardianPolicy",
            &[
                ("threshold", number(e.threshold)),
                ("count", number(e.count)),
                ("delayHours", number(e.delayHours)),
            ],
            format!(
                "{} of {} guardians after {} hours; allowed are 2 to all of them, after 24 to 8,760 hours",
                e.threshold, e.count, e.delayHours
            ),
            "chartkey guardian set --help",
        ),
        E::NotGuardian(e) => Refusal::new(
            "NotGuardian",
            &[("record", json!(e.record)), ("caller", account(e.caller))],
            format!("{} is no guardian of this record, or its guardians have changed", e.caller),
            "chartkey recover status RECORD",
        ),
        E::RecoveryNotReady(e) => Refusal::new(
            "RecoveryNotReady",
            &[
                ("record", json!(e.record)),
                ("candidate", account(e.candidate)),
                ("approvals", number(e.approvals)),
                ("readyAt", number(e.readyAt)),
            ],
            match e.readyAt {
                0 => format!("{} has {} approvals, and needs more", e.candidate, e.approvals),
                at => format!(
                    "{} has {} approvals and may take the record over from {} on",
                    e.candidate,
                    e.approvals,
                    format_instant(at)
                ),
            },
            "chartkey recover status RECORD",
        ),
        E::NotOffered(e) => Refusal::new(
            "NotOffered",
            &[("caller", account(e.caller))],
            format!("nothing is offered to {}", e.caller),
            "its owner runs: chartkey transfer offer ADDR",
        ),
        E::AccountUnfit(e) => Refusal::new(
            "AccountUnfit",
            &[("account", account(e.account))],
            format!("{} cannot be the other side of this", e.account),
            "name another account: not the zero address, the owner or the caller",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolError;
    use chartkey_abi::IRecords;

    use super::*;

    #[test]
    fn a_recovery_that_must_wait_says_until_when() {
        let (record, candidate) = (Default::default(), Address::repeat_byte(7));
        let waits =
            IRecords::RecoveryNotReady { record, candidate, approvals: 2, readyAt: 1_800_000_000 };

        let refusal = Refusal::decode(&waits.abi_encode().into(), None);

        assert!(refusal.to_string().contains("2027-01-15T08:00:00Z"), "{refusal}");
        assert_eq!(refusal.arguments["approvals"], "2");
    }
}
