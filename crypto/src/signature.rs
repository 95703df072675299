//! The inner signature of an entry: who is the author when another account sends it
//! (crypto.md section 8.7).

use zeroize::Zeroizing;

use crate::derive::keccak;
use crate::typed::{digest, number};
use crate::{Account, Error, Extension, Frame, Section};

/// Type of the signed struct.
const RECORD_ENTRY: &[u8] = b"RecordEntry(bytes32 record,uint16 section,uint8 op,uint32 targetSeq,\
uint64 authoredAt,bytes32 bodyHash)";

/// Extension 2: `signer(20) ‖ sig(65)`, the signature over [`Frame::digest`].
///
/// ```
/// use chartkey_crypto::*;
///
/// # let record = Record { chain_id: 412_346, contract: [1; 20], id: [2; 32] };
/// # let section = record.section(Handle::new(7)?);
/// let frame = Frame::create(BodyType::Text, 1_800_000_000, b"amlodipine 5 mg".to_vec())?;
/// let digest = frame.digest(&section);
/// // The clinician's wallet signs the digest; the gateway sends the entry.
/// # let (clinician, signed) = ([3; 20], [4; 65]);
/// let inner = InnerSignature { signer: clinician, signature: signed };
/// let frame = frame.with_extension(inner.to_extension());
///
/// // A reader recovers the account from the signature and the digest, and compares.
/// # let recovered = [3; 20];
/// let inner = frame.inner_signature()?.expect("a gateway's entry has one");
/// inner.require(recovered)?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InnerSignature {
    /// The account that signed.
    pub signer: Account,
    /// `r ‖ s ‖ v`.
    pub signature: [u8; 65],
}

impl InnerSignature {
    /// The extension's type.
    pub const KIND: u16 = 2;

    /// The extension for a frame.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let value = [&self.signer[..], &self.signature].concat();
        Extension { kind: Self::KIND, value: Zeroizing::new(value) }
    }

    /// Reads an extension of a frame.
    ///
    /// # Errors
    ///
    /// [`Error::BadFrame`]
    pub fn parse(extension: &Extension) -> Result<Self, Error> {
        let bad = Error::BadFrame("an inner signature that is not 85 bytes");
        if extension.kind != Self::KIND {
            return Err(Error::BadFrame("the extension is no inner signature"));
        }
        let (signer, rest) = extension.value.split_first_chunk().ok_or(bad)?;
        let signature = rest.try_into().map_err(|_| bad)?;
        Ok(Self { signer: *signer, signature })
    }

    /// Compares the account that the signature over [`Frame::digest`] gives with the one it names.
    ///
    /// # Errors
    ///
    /// [`Error::WrongSigner`]
    pub fn require(&self, recovered: Account) -> Result<(), Error> {
        if self.signer == recovered { Ok(()) } else { Err(Error::WrongSigner) }
    }
}

impl Frame {
    /// The EIP-712 digest that the author signs: of the body as it is stored.
    #[must_use]
    pub fn digest(&self, section: &Section) -> [u8; 32] {
        let (operation, target) = self.operation.numbers();
        let words = [
            section.record.id,
            number(section.handle.number()),
            number(operation),
            number(target),
            number(self.authored_at),
            keccak(&[self.stored_body()]),
        ];
        digest(&section.record, RECORD_ENTRY, &words)
    }

    /// The inner signature, if the frame has one.
    ///
    /// # Errors
    ///
    /// [`Error::BadFrame`] for one that is malformed, or several.
    pub fn inner_signature(&self) -> Result<Option<InnerSignature>, Error> {
        let mut found = self.extensions.iter().filter(|one| one.kind == InnerSignature::KIND);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(one), None) => InnerSignature::parse(one).map(Some),
            _ => Err(Error::BadFrame("several inner signatures")),
        }
    }
}
