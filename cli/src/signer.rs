//! Signing, and the only place that knows ethers.
//!
//! Everything else speaks alloy types; when ethers is replaced, this file is.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct};
use ethers_core::rand::rngs::OsRng;
use ethers_core::types::transaction::eip2718::TypedTransaction;
use ethers_core::types::{
    Eip1559TransactionRequest, H160, H256, NameOrAddress, Signature, U256 as EthersU256,
};
use ethers_core::utils::hash_message;
use ethers_signers::coins_bip39::{English, Mnemonic};
use ethers_signers::{LocalWallet, MnemonicBuilder, Signer as _};
use zeroize::Zeroizing;

use crate::keystore::Secret;

/// Path of the unlock key of a phrase (crypto.md section 5.1); it never signs a transaction.
const UNLOCK_PATH: &str = "m/44'/60'/6645874'/0'/0'";

/// Why a key cannot be used.
///
/// The messages of the libraries are not passed on: some repeat the phrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// Not 32 bytes of hex, or no private key of the curve.
    #[error("not a private key; expected 64 hex digits")]
    NotAKey,
    /// Not a BIP-39 phrase.
    #[error("not a BIP-39 phrase: a word is unknown, or the check word does not fit")]
    NotAPhrase,
    /// The wallet could not sign.
    #[error("the key could not sign")]
    CannotSign,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    RandomnessUnavailable,
}

/// What goes into a transaction of type 2; amounts and prices in wei.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Chain it is valid on.
    pub chain_id: u64,
    /// Number among the sender's transactions.
    pub nonce: u64,
    /// Receiver; `None` creates a contract.
    pub to: Option<Address>,
    /// Money sent along.
    pub value_wei: U256,
    /// Calldata or creation code.
    pub data: Bytes,
    /// Most gas it may use.
    pub gas_limit: u64,
    /// Most paid per gas.
    pub max_fee_wei: U256,
}

/// A signature as contracts take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// 27 or 28.
    pub v: u8,
    /// First word.
    pub r: B256,
    /// Second word.
    pub s: B256,
}

/// A private key that signs.
#[derive(Debug)]
pub struct Signer(LocalWallet);

impl Signer {
    /// A signer with this private key.
    ///
    /// # Errors
    ///
    /// [`SignerError::NotAKey`].
    pub fn from_secret(secret: &Secret) -> Result<Self, SignerError> {
        LocalWallet::from_bytes(secret.as_slice()).map(Self).map_err(|_| SignerError::NotAKey)
    }

    /// The account of the key.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::from(self.0.address().0)
    }

    /// Signs a transaction: its bytes for the wire, and its hash.
    ///
    /// # Errors
    ///
    /// [`SignerError::CannotSign`].
    pub fn sign_transaction(&self, tx: &Transaction) -> Result<(Bytes, B256), SignerError> {
        let mut request = Eip1559TransactionRequest::new()
            .from(self.0.address())
            .data(tx.data.to_vec())
            .value(to_ethers(tx.value_wei))
            .chain_id(tx.chain_id)
            .nonce(tx.nonce)
            .gas(tx.gas_limit)
            .max_priority_fee_per_gas(0)
            .max_fee_per_gas(to_ethers(tx.max_fee_wei));
        request.to = tx.to.map(|to| NameOrAddress::Address(H160(to.into_array())));
        let typed: TypedTransaction = request.into();
        let wallet = self.0.clone().with_chain_id(tx.chain_id);
        let signature =
            wallet.sign_transaction_sync(&typed).map_err(|_| SignerError::CannotSign)?;
        let raw = Bytes::from(typed.rlp_signed(&signature).to_vec());
        let hash = keccak256(&raw);
        Ok((raw, hash))
    }

    /// Signs typed data (EIP-712), after checking who signed.
    ///
    /// # Errors
    ///
    /// [`SignerError::CannotSign`].
    pub fn sign_typed<T: SolStruct>(
        &self,
        message: &T,
        domain: &Eip712Domain,
    ) -> Result<Signed, SignerError> {
        let digest = H256(message.eip712_signing_hash(domain).0);
        let signature = self.0.sign_hash(digest).map_err(|_| SignerError::CannotSign)?;
        signature.verify(digest, self.0.address()).map_err(|_| SignerError::CannotSign)?;
        let word = |number: EthersU256| {
            let mut word = B256::ZERO;
            number.to_big_endian(word.as_mut_slice());
            word
        };
        let v = u8::try_from(signature.v).map_err(|_| SignerError::CannotSign)?;
        Ok(Signed { v, r: word(signature.r), s: word(signature.s) })
    }

    /// Signs an EIP-191 text: `r`, `s`, `v`.
    ///
    /// # Errors
    ///
    /// [`SignerError::CannotSign`].
    pub fn sign_text(&self, text: &str) -> Result<[u8; 65], SignerError> {
        let signature =
            self.0.sign_hash(hash_message(text)).map_err(|_| SignerError::CannotSign)?;
        signature.verify(text, self.0.address()).map_err(|_| SignerError::CannotSign)?;
        Ok(<[u8; 65]>::from(&signature))
    }

    /// Signs an EIP-191 text twice: `r`, `s`, `v` of both, after checking who signed.
    ///
    /// Twice because keys are derived from the signature: a signer that answers differently each time
    /// would lose them (crypto.md section 5.1).
    ///
    /// # Errors
    ///
    /// [`SignerError::CannotSign`].
    pub fn sign_text_twice(&self, text: &str) -> Result<[Zeroizing<[u8; 65]>; 2], SignerError> {
        let sign = || {
            let signature =
                self.0.sign_hash(hash_message(text)).map_err(|_| SignerError::CannotSign)?;
            signature.verify(text, self.0.address()).map_err(|_| SignerError::CannotSign)?;
            Ok(Zeroizing::new(<[u8; 65]>::from(&signature)))
        };
        Ok([sign()?, sign()?])
    }
}

/// The account that signed an EIP-191 text; `None` if the bytes are no signature. A changed text gives
/// another account.
#[must_use]
pub fn signer_of(text: &str, signature: &[u8; 65]) -> Option<Address> {
    let signature = Signature::try_from(signature.as_slice()).ok()?;
    signature.recover(text).ok().map(|account| Address::from(account.0))
}

/// The account of a private key.
///
/// # Errors
///
/// [`SignerError::NotAKey`].
pub fn address_of(secret: &Secret) -> Result<Address, SignerError> {
    Signer::from_secret(secret).map(|signer| signer.address())
}

/// A new random private key.
///
/// # Errors
///
/// [`SignerError::RandomnessUnavailable`].
pub fn new_secret() -> Result<Secret, SignerError> {
    loop {
        let mut secret = Secret::default();
        getrandom::fill(secret.as_mut_slice()).map_err(|_| SignerError::RandomnessUnavailable)?;
        // All but one in 2^128 numbers are private keys.
        if address_of(&secret).is_ok() {
            return Ok(secret);
        }
    }
}

/// A private key written as hex, with or without `0x`.
///
/// # Errors
///
/// [`SignerError::NotAKey`].
pub fn parse_secret(text: &str) -> Result<Secret, SignerError> {
    let digits = text.trim();
    let mut secret = Secret::default();
    hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), secret.as_mut_slice())
        .map_err(|_| SignerError::NotAKey)?;
    address_of(&secret).map(|_| secret)
}

/// A new BIP-39 phrase of 24 words.
///
/// # Errors
///
/// [`SignerError::RandomnessUnavailable`].
pub fn new_phrase() -> Result<Zeroizing<String>, SignerError> {
    // The library's generator panics without randomness: ask the system first.
    getrandom::fill(&mut [0; 32]).map_err(|_| SignerError::RandomnessUnavailable)?;
    let phrase = Mnemonic::<English>::new_with_count(&mut OsRng, 24).expect("24 words are allowed");
    Ok(Zeroizing::new(phrase.to_phrase()))
}

/// The account key of number `index` of a phrase, and its unlock key.
///
/// # Errors
///
/// [`SignerError::NotAPhrase`].
pub fn keys_of_phrase(phrase: &str, index: u32) -> Result<(Secret, Secret), SignerError> {
    let phrase = Zeroizing::new(phrase.split_whitespace().collect::<Vec<_>>().join(" "));
    let derive = |path: &str| {
        let builder = MnemonicBuilder::<English>::default().phrase(phrase.as_str());
        let wallet = builder.derivation_path(path).and_then(|builder| builder.build());
        let wallet = wallet.map_err(|_| SignerError::NotAPhrase)?;
        Ok(Zeroizing::new(<[u8; 32]>::from(wallet.signer().to_bytes())))
    };
    Ok((derive(&format!("m/44'/60'/0'/0/{index}"))?, derive(UNLOCK_PATH)?))
}

fn to_ethers(number: U256) -> EthersU256 {
    EthersU256::from_big_endian(&number.to_be_bytes::<32>())
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    const JUNK: &str = "test test test test test test test test test test test junk";

    #[test]
    fn the_test_phrase_gives_the_accounts_everybody_knows() {
        for (index, account) in [
            (0, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266")),
            (1, address!("70997970C51812dc3A010C7d01b50e0d17dc79C8")),
        ] {
            let (secret, unlock) = keys_of_phrase(JUNK, index).expect("a phrase");

            assert_eq!(address_of(&secret).expect("a key"), account);
            assert_ne!(address_of(&unlock).expect("a key"), account);
        }
    }

    #[test]
    fn a_wrong_phrase_is_refused_without_repeating_it() {
        let error = keys_of_phrase("test test test", 0).expect_err("three words");

        assert!(!error.to_string().contains("test test"));
    }

    #[test]
    fn a_text_is_signed_the_same_each_time() {
        let signer = Signer::from_secret(&new_secret().expect("random")).expect("a key");

        let [first, second] = signer.sign_text_twice("text").expect("signed");

        assert_eq!(first, second);
    }

    #[test]
    fn a_phrase_has_24_words_and_reads_back() {
        let phrase = new_phrase().expect("random");

        assert_eq!(phrase.split(' ').count(), 24);
        assert!(keys_of_phrase(&phrase, 0).is_ok());
    }
}
