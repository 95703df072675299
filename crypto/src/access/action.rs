//! What an access entry says (crypto.md section 9.3).

use alloc::vec::Vec;

use crate::derive::keccak;
use crate::{Account, Error, Handle};

/// A right to read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The account that has it.
    pub grantee: Account,
    /// Permission bits, as the contract defines them.
    pub permissions: u16,
    /// The sections: bit n stands for handle n.
    pub sections: u64,
    /// Unix seconds at which it ends.
    pub expiry: u64,
    /// The purpose of use.
    pub purpose: u8,
}

/// The body of an access entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A grant was set; it replaces an earlier one to the same account.
    Grant(Grant),
    /// A grant was taken away.
    Revoke {
        /// The account that had it.
        grantee: Account,
    },
    /// Keys were delivered.
    Delivery {
        /// Keccak-256 of the list.
        list: [u8; 32],
    },
    /// Emergency access was claimed.
    EmergencyOpened {
        /// Who claims.
        claimant: Account,
        /// The reason's code.
        reason: u16,
        /// Keccak-256 of the sealed note.
        note: [u8; 32],
    },
    /// Emergency access was set up.
    EmergencySet {
        /// Generation of the halves.
        generation: u32,
        /// Keccak-256 of the list.
        list: [u8; 32],
    },
    /// Guardians were set.
    GuardiansSet {
        /// The key version that they recover.
        version: u32,
        /// Keccak-256 of the list and the recovery blob.
        digest: [u8; 32],
    },
    /// Another account is in charge.
    OwnerChanged {
        /// The new owner.
        account: Account,
    },
    /// A kind that this version does not know.
    Other(Vec<u8>),
}

impl Grant {
    /// Whether it covers a section.
    #[must_use]
    pub const fn covers(&self, section: Handle) -> bool {
        (self.sections >> section.number()) & 1 == 1
    }
}

impl Action {
    /// The delivery of a list.
    #[must_use]
    pub fn delivery(list: &[u8]) -> Self {
        Self::Delivery { list: keccak(&[list]) }
    }

    /// Emergency access with the deliveries of its halves.
    #[must_use]
    pub fn emergency_set(generation: u32, list: &[u8]) -> Self {
        Self::EmergencySet { generation, list: keccak(&[list]) }
    }

    /// Guardians with the deliveries of their shares and the recovery blob.
    #[must_use]
    pub fn guardians_set(version: u32, list: &[u8], recovery_blob: &[u8]) -> Self {
        Self::GuardiansSet { version, digest: keccak(&[list, recovery_blob]) }
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Grant(grant) => [
                &[1][..],
                &grant.grantee,
                &grant.permissions.to_be_bytes(),
                &grant.sections.to_be_bytes(),
                &grant.expiry.to_be_bytes(),
                &[grant.purpose],
            ]
            .concat(),
            Self::Revoke { grantee } => [&[2][..], grantee].concat(),
            Self::Delivery { list } => [&[3][..], list].concat(),
            Self::EmergencyOpened { claimant, reason, note } => {
                [&[4][..], claimant, &reason.to_be_bytes(), note].concat()
            }
            Self::EmergencySet { generation, list } => {
                [&[5][..], &generation.to_be_bytes(), list].concat()
            }
            Self::GuardiansSet { version, digest } => {
                [&[6][..], &version.to_be_bytes(), digest].concat()
            }
            Self::OwnerChanged { account } => [&[7][..], account].concat(),
            Self::Other(body) => body.clone(),
        }
    }

    /// Reads the bytes of a body.
    ///
    /// # Errors
    ///
    /// [`Error::BadAccess`] for a known kind of another length.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        let (&kind, rest) = body.split_first().ok_or(Error::BadAccess("no bytes"))?;
        let mut fields = Fields(rest);
        let action = match kind {
            1 => Self::Grant(Grant {
                grantee: fields.take()?,
                permissions: u16::from_be_bytes(fields.take()?),
                sections: u64::from_be_bytes(fields.take()?),
                expiry: u64::from_be_bytes(fields.take()?),
                purpose: u8::from_be_bytes(fields.take()?),
            }),
            2 => Self::Revoke { grantee: fields.take()? },
            3 => Self::Delivery { list: fields.take()? },
            4 => Self::EmergencyOpened {
                claimant: fields.take()?,
                reason: u16::from_be_bytes(fields.take()?),
                note: fields.take()?,
            },
            5 => Self::EmergencySet {
                generation: u32::from_be_bytes(fields.take()?),
                list: fields.take()?,
            },
            6 => Self::GuardiansSet {
                version: u32::from_be_bytes(fields.take()?),
                digest: fields.take()?,
            },
            7 => Self::OwnerChanged { account: fields.take()? },
            _ => return Ok(Self::Other(body.to_vec())),
        };
        if fields.0.is_empty() { Ok(action) } else { Err(Error::BadAccess("bytes after its end")) }
    }
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (field, rest) =
            self.0.split_first_chunk().ok_or(Error::BadAccess("it ends within a field"))?;
        self.0 = rest;
        Ok(*field)
    }
}
