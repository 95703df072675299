//! The unlock message and the signature over it (crypto.md section 5.1).

use alloc::format;
use alloc::string::String;

use subtle::ConditionallySelectable;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, Identity};

/// BIP-32 path of the unlock key of a phrase or a Ledger; it never signs a transaction.
pub const UNLOCK_PATH: &str = "m/44'/60'/6645874'/0'/0'";

/// `r ‖ s` of an unlock signature, `s` in its low form.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct UnlockSignature([u8; 64]);

/// Half the order of secp256k1, rounded down.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];
/// The order of secp256k1.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// The text that an unlock key signs, and nothing else ever does.
#[must_use]
pub fn unlock_message(identity: &Identity) -> String {
    format!(
        "Health record master key\n\nSigning this message unlocks every health record of the \
         account below.\nSign it only inside the application you installed yourself.\nAnyone who \
         obtains the signature can read the records.\n\nAccount: 0x{}\nChain: {}\nContract: \
         0x{}\nKey version: {}",
        hex(&identity.account),
        identity.chain_id,
        hex(&identity.contract),
        identity.version
    )
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl UnlockSignature {
    /// Takes a signature whose signer was checked to be the unlock key; `s` above half the order is
    /// replaced by its low form, in constant time.
    #[must_use]
    pub fn new(r: [u8; 32], s: [u8; 32]) -> Self {
        let (_, is_high) = difference(&HALF_ORDER, &s);
        let (negated, _) = difference(&ORDER, &s);
        let mut both = [0; 64];
        both[..32].copy_from_slice(&r);
        for (index, low) in both[32..].iter_mut().enumerate() {
            *low = u8::conditional_select(&s[index], &negated[index], is_high.into());
        }
        Self(both)
    }

    /// Compares with a second signature over the same text, which a first registration asks for. That
    /// they are equal is evidence and no proof: a restored key is compared with the registered one.
    ///
    /// # Errors
    ///
    /// [`Error::NonDeterministicSigner`]
    pub fn require_repeated(&self, second: &Self) -> Result<(), Error> {
        if self == second { Ok(()) } else { Err(Error::NonDeterministicSigner) }
    }

    pub(crate) const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl PartialEq for UnlockSignature {
    fn eq(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(&self.0[..], &other.0[..]).into()
    }
}

impl Eq for UnlockSignature {}

/// `a - b` of big-endian numbers, and 1 if `b` is the greater one.
fn difference(a: &[u8; 32], b: &[u8; 32]) -> ([u8; 32], u8) {
    let mut out = [0; 32];
    let mut borrow = 0_u16;
    for index in (0..32).rev() {
        let digit = 0x100 + u16::from(a[index]) - u16::from(b[index]) - borrow;
        let [is_whole, low] = digit.to_be_bytes();
        out[index] = low;
        borrow = u16::from(1 - is_whole);
    }
    (out, u8::from(borrow == 1))
}
