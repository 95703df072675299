//! Bytes as words of the English BIP-39 list, for people (crypto.md sections 5.2 and 11).

use alloc::string::{String, ToString};

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

use crate::Error;

/// 16 bytes as 12 words.
pub(crate) fn of_16(bytes: &[u8; 16]) -> String {
    of(bytes).to_string()
}

/// 32 bytes as 24 words.
pub(crate) fn of_32(bytes: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(of(bytes).to_string())
}

fn of(bytes: &[u8]) -> Mnemonic {
    Mnemonic::from_entropy_in(Language::English, bytes)
        .expect("16 and 32 bytes are lengths that BIP-39 knows")
}

/// The 32 bytes of 24 words in any case, with any white space between them.
pub(crate) fn to_32(words: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut text = Zeroizing::new(String::with_capacity(words.len()));
    for word in words.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        word.chars().for_each(|letter| text.push(letter.to_ascii_lowercase()));
    }
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &text)
        .map_err(|_| Error::BadWords("a word is unknown or the check word does not fit"))?;
    let (bytes, length) = mnemonic.to_entropy_array();
    let bytes = Zeroizing::new(bytes);
    if length != 32 {
        return Err(Error::BadWords("24 words are expected"));
    }
    let mut entropy = Zeroizing::new([0; 32]);
    entropy.copy_from_slice(&bytes[..32]);
    Ok(entropy)
}
