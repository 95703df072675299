//! Every refusal of the program, as the interface names it; what each means is said there.

use chartkey_abi::IRecords::*;
use stylus_sdk::prelude::*;

/// Why a call was refused.
#[derive(SolidityError, Debug, PartialEq, Eq)]
pub enum Error {
    /// No record has this identity.
    NoRecord(NoRecord),
    /// The identity is taken: this creator used this nonce before.
    RecordExists(RecordExists),
    /// Only the owner of the record may do this, and the caller has no grant.
    NotOwner(NotOwner),
    /// The section moved on: `expected` is no longer its state word.
    StateMoved(StateMoved),
    /// Handles run from 0 to 63.
    HandleOutOfRange(HandleOutOfRange),
    /// The section has no epoch yet; open it with `appendEpoch` first.
    SectionNotOpen(SectionNotOpen),
    /// The blob is shorter or longer than format `ehr1` allows.
    BlobLength(BlobLength),
    /// A batch holds at least one envelope.
    EmptyBatch(EmptyBatch),
    /// Each section of a rotation has one state word and one epoch record.
    RotationShape(RotationShape),
    /// Somebody lost access since the section's epoch began: rotate before the next entry.
    RotationDue(RotationDue),
    /// The grant does not give this permission on all of these sections.
    NotGranted(NotGranted),
    /// The grant held until `expiry`.
    GrantExpired(GrantExpired),
    /// The grant still holds; nobody but the owner can end it.
    GrantHolds(GrantHolds),
    /// The account has no grant, or its grantor has lost the one it came from.
    NoGrant(NoGrant),
    /// Unknown permission bits, no section, an end that is past, or no purpose.
    GrantTerms(GrantTerms),
    /// A grant cannot give more than its grantor has, nor longer, nor further.
    GrantTooWide(GrantTooWide),
    /// The zero address, or the owner, cannot be the other side.
    AccountUnfit(AccountUnfit),
    /// No current credential: none, not yet, no more, suspended, or not for this.
    CredentialNotCurrent(CredentialNotCurrent),
    /// The delivery list breaks the format at byte `offset`.
    ListMalformed(ListMalformed),
    /// Nobody but the owner delivers through a channel.
    DirectOnly(DirectOnly),
    /// The caller may deliver, but not to this account.
    RecipientNotAllowed(RecipientNotAllowed),
    /// A recipient's registered key is not the one that the caller sealed to.
    KeysMoved(KeysMoved),
    /// The account has registered no key.
    KeyNotRegistered(KeyNotRegistered),
    /// Versions go up by one.
    KeyVersion(KeyVersion),
    /// Slots of kind 1 and 3 go on chain, no others.
    KeySlotKind(KeySlotKind),
    /// Only the registrar may do this.
    NotRegistrar(NotRegistrar),
    /// Nothing was offered to the caller.
    NotOffered(NotOffered),
    /// A credential ends after it begins and has known flags.
    CredentialTerms(CredentialTerms),
    /// The record has no emergency access set up.
    NoEmergency(NoEmergency),
    /// Generations go up by one.
    EmergencyGeneration(EmergencyGeneration),
    /// The claimant's claim is open until `until`.
    ClaimOpen(ClaimOpen),
    /// The account has claimed nothing here.
    NoClaim(NoClaim),
    /// Between 2 and all guardians decide, after 24 to 8,760 hours.
    GuardianPolicy(GuardianPolicy),
    /// The caller is not in this set of guardians, or this is not the record's set.
    NotGuardian(NotGuardian),
    /// Too few approvals, or the delay runs until `readyAt`.
    RecoveryNotReady(RecoveryNotReady),
}
