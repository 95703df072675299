//! What the access chain of a record hashes, and how words of the *records* program are packed.
//!
//! One event, `AccessChanged`, carries every link of the chain (crypto.md section 9.3). The contract
//! and its readers build the hashed bodies with the same function, [`access_bodies`].

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, b256, keccak256};

/// Kinds of access links: the first byte of a body (crypto.md section 9.3; 8 to 11 are ours).
pub mod access_kind {
    /// `01 || grantee(20) || u16 permissions || u64 handles || u64 expiry || u8 purpose`.
    pub const GRANT: u8 = 1;
    /// `02 || grantee(20)`: revoked, or expired by `expire`.
    pub const REVOKE: u8 = 2;
    /// `03 || keccak256(list)`.
    pub const DELIVERY: u8 = 3;
    /// `04 || claimant(20) || u16 reason || keccak256(sealed note)`.
    pub const EMERGENCY_OPENED: u8 = 4;
    /// `05 || u32 generation || keccak256(list)`.
    pub const EMERGENCY_SET: u8 = 5;
    /// `06 || u32 version || keccak256(list || recovery blob)`.
    pub const GUARDIANS_SET: u8 = 6;
    /// `07 || account(20)`.
    pub const OWNER_CHANGED: u8 = 7;
    /// `08 || candidate(20)`; the actor is the guardian.
    pub const RECOVERY_APPROVED: u8 = 8;
    /// `09`: the owner refused every recovery under way.
    pub const RECOVERY_VETOED: u8 = 9;
    /// `0a || claimant(20)`.
    pub const EMERGENCY_CLOSED: u8 = 10;
    /// `0b || account(20)`: the owner offered the record.
    pub const OWNER_OFFERED: u8 = 11;
}

/// Permission bits of a grant. Reading is a matter of keys: `READ` only says what was agreed.
pub mod permission {
    /// The grantee was or will be delivered keys.
    pub const READ: u16 = 1;
    /// May append entries; needs a current credential.
    pub const WRITE: u16 = 1 << 1;
    /// May rotate a section that is open, and deliver; needs a current credential to rotate.
    pub const ROTATE: u16 = 1 << 2;
    /// May deliver keys and grant a part of what it has, not longer, and not further.
    pub const GRANT: u16 = 1 << 3;
    /// Rotations deliver seeds, which open the past, rather than content keys.
    pub const HISTORY: u16 = 1 << 4;
    /// May deliver to a claimant while an emergency claim is open.
    pub const CUSTODIAN: u16 = 1 << 5;
    /// The patient's own second account, or family: writes without a credential.
    pub const DEVICE: u16 = 1 << 6;
    /// Every bit that has a meaning.
    pub const ALL: u16 = (1 << 7) - 1;
}

/// Purposes of use (HL7 v3 ActReason) as the number in a grant.
pub mod purpose {
    /// Treatment.
    pub const TREAT: u8 = 1;
    /// Emergency treatment.
    pub const ETREAT: u8 = 2;
    /// Break-glass.
    pub const BTG: u8 = 3;
    /// Payment.
    pub const HPAYMT: u8 = 4;
    /// Operations.
    pub const HOPERAT: u8 = 5;
    /// Research.
    pub const HRESCH: u8 = 6;
    /// At the patient's own request.
    pub const PATRQT: u8 = 7;
    /// Public health.
    pub const PUBHLTH: u8 = 8;
    /// Family.
    pub const FAMRQT: u8 = 9;
    /// Power of attorney.
    pub const PWATRNY: u8 = 10;
    /// Marketing.
    pub const HMARKT: u8 = 11;
}

/// Bits of a provider's credential.
pub mod credential_flag {
    /// Not valid until the registrar lifts it.
    pub const SUSPENDED: u8 = 1;
    /// May claim emergency access.
    pub const EMERGENCY: u8 = 2;
    /// Every bit that has a meaning.
    pub const ALL: u8 = 3;
}

/// How long an emergency claim lets custodians deliver, in seconds: hours, not days.
pub const CLAIM_SECONDS: u64 = 24 * 3_600;

/// `keccak256("ehr1/acl-genesis")`.
pub const T_ACL_GENESIS: B256 =
    b256!("1e04d24b6afa91323f9a5096614cc30090650fd20581b5701e045f3e89021f4e");
/// `keccak256("ehr1/acl-link")`.
pub const T_ACL_LINK: B256 =
    b256!("0861d4858673ad75d2794e2515544777e069835043a598a1265b43c65a3cd353");

/// What a grant says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Bits of [`permission`].
    pub permissions: u16,
    /// Bit `h` stands for section `h`.
    pub handles: u64,
    /// First Unix second at which the grant no longer holds.
    pub expiry: u64,
    /// A code of [`purpose`]; never zero.
    pub purpose: u8,
}

impl Terms {
    /// Bytes of terms in a body and at the start of a grant word.
    pub const LENGTH: usize = 19;

    /// Reads the first 19 bytes of a grant word, or of the `terms` of an event.
    #[must_use]
    pub fn from_word(word: B256) -> Self {
        Self {
            permissions: u16::from_be_bytes([word[0], word[1]]),
            handles: number(word, 2),
            expiry: number(word, 10),
            purpose: word[18],
        }
    }

    /// The terms left-aligned in a word.
    #[must_use]
    pub fn word(&self) -> B256 {
        let mut word = B256::ZERO;
        word[..2].copy_from_slice(&self.permissions.to_be_bytes());
        word[2..10].copy_from_slice(&self.handles.to_be_bytes());
        word[10..18].copy_from_slice(&self.expiry.to_be_bytes());
        word[18] = self.purpose;
        word
    }
}

/// A big-endian `u64` at `offset` of a word.
fn number(word: B256, offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&word[offset..offset + 8]);
    u64::from_be_bytes(bytes)
}

/// The `link` word of an event: `u8 kind || actor(20) || u64 time`, right-aligned.
#[must_use]
pub fn access_link(kind: u8, actor: Address, time: u64) -> B256 {
    let mut word = B256::ZERO;
    word[3] = kind;
    word[4..24].copy_from_slice(actor.as_slice());
    word[24..].copy_from_slice(&time.to_be_bytes());
    word
}

/// The bodies that one `AccessChanged` event adds to the chain: one or two.
///
/// A grant, a revocation or an approval whose event carries a delivery list is followed by the
/// link of that delivery; the event's `state` is the word after both.
#[must_use]
pub fn access_bodies(kind: u8, subject: Address, terms: B256, payload: &[u8]) -> Vec<Vec<u8>> {
    use access_kind as k;
    let mut bodies = Vec::with_capacity(2);
    let mut body = Vec::with_capacity(64);
    body.push(kind);
    if !matches!(kind, k::DELIVERY | k::EMERGENCY_SET | k::GUARDIANS_SET | k::RECOVERY_VETOED) {
        body.extend_from_slice(subject.as_slice());
    }
    let terms_bytes = match kind {
        k::GRANT => Terms::LENGTH,
        k::EMERGENCY_OPENED => 2,
        k::EMERGENCY_SET | k::GUARDIANS_SET => 4,
        _ => 0,
    };
    body.extend_from_slice(&terms[..terms_bytes]);
    let has_digest = (k::DELIVERY..=k::GUARDIANS_SET).contains(&kind);
    if has_digest {
        body.extend_from_slice(keccak256(payload).as_slice());
    }
    bodies.push(body);
    if !has_digest && !payload.is_empty() {
        bodies.extend(access_bodies(k::DELIVERY, Address::ZERO, B256::ZERO, payload));
    }
    bodies
}
