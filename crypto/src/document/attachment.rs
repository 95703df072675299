//! What an entry says about a document: extension 1 (crypto.md section 10.1).

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{DocumentKey, sealed_length};
use crate::{Error, Extension};

/// A document that an entry refers to, with the key to it.
pub struct Attachment {
    /// SHA-256 of the ciphertext; the document's address at the store.
    pub sha256: [u8; 32],
    /// Bytes of the ciphertext.
    pub ciphertext_length: u64,
    /// Bytes of the document.
    pub plaintext_length: u64,
    /// Its key.
    pub key: DocumentKey,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// Where the ciphertext can be had.
    pub locators: Vec<String>,
}

impl Attachment {
    /// The extension's type.
    pub const KIND: u16 = 1;

    /// The extension for a frame.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] for a media type above 255 bytes, a locator above 65,535, or more than 255
    /// locators.
    pub fn to_extension(&self) -> Result<Extension, Error> {
        let mut value = Vec::with_capacity(self.encoded_length());
        value.extend_from_slice(&self.sha256);
        value.extend_from_slice(&self.ciphertext_length.to_be_bytes());
        value.extend_from_slice(&self.plaintext_length.to_be_bytes());
        value.extend_from_slice(self.key.expose());
        value.push(counted(self.media_type.len())?);
        value.extend_from_slice(self.media_type.as_bytes());
        value.push(counted(self.locators.len())?);
        for locator in &self.locators {
            let length = locator.len();
            let length = u16::try_from(length)
                .map_err(|_| Error::TooLarge { length, most: usize::from(u16::MAX) })?;
            value.extend_from_slice(&length.to_be_bytes());
            value.extend_from_slice(locator.as_bytes());
        }
        Ok(Extension { kind: Self::KIND, value: Zeroizing::new(value) })
    }

    /// Bytes of the value, so that no copy of the key is left behind by a growing buffer.
    fn encoded_length(&self) -> usize {
        let locators: usize = self.locators.iter().map(|locator| 2 + locator.len()).sum();
        32 + 8 + 8 + 32 + 1 + self.media_type.len() + 1 + locators
    }

    /// Reads an extension of a frame.
    ///
    /// # Errors
    ///
    /// [`Error::BadFrame`] for another extension, or one that is not whole;
    /// [`Error::BadDocument`] for lengths that do not belong together.
    pub fn parse(extension: &Extension) -> Result<Self, Error> {
        if extension.kind != Self::KIND {
            return Err(Error::BadFrame("the extension is no attachment"));
        }
        let bad = Error::BadFrame("an attachment that is not whole");
        let (sha256, rest) = extension.value.split_first_chunk::<32>().ok_or(bad)?;
        let (ciphertext_length, rest) = rest.split_first_chunk().ok_or(bad)?;
        let (plaintext_length, rest) = rest.split_first_chunk().ok_or(bad)?;
        let (key, rest) = rest.split_first_chunk().ok_or(bad)?;
        let (&length, rest) = rest.split_first().ok_or(bad)?;
        let (media_type, rest) = rest.split_at_checked(length.into()).ok_or(bad)?;
        let (&count, mut rest) = rest.split_first().ok_or(bad)?;
        let mut locators = Vec::with_capacity(count.into());
        for _ in 0..count {
            let (length, after) = rest.split_first_chunk().ok_or(bad)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (locator, after) = after.split_at_checked(length).ok_or(bad)?;
            locators.push(text(locator)?);
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Error::BadFrame("bytes after an attachment"));
        }
        let attachment = Self {
            sha256: *sha256,
            ciphertext_length: u64::from_be_bytes(*ciphertext_length),
            plaintext_length: u64::from_be_bytes(*plaintext_length),
            key: DocumentKey::from_bytes(*key),
            media_type: text(media_type)?,
            locators,
        };
        if sealed_length(attachment.plaintext_length) != Some(attachment.ciphertext_length) {
            return Err(Error::BadDocument("its lengths do not belong together"));
        }
        Ok(attachment)
    }
}

fn counted(length: usize) -> Result<u8, Error> {
    u8::try_from(length).map_err(|_| Error::TooLarge { length, most: usize::from(u8::MAX) })
}

fn text(bytes: &[u8]) -> Result<String, Error> {
    let text = core::str::from_utf8(bytes);
    text.map(String::from).map_err(|_| Error::BadFrame("an attachment's text is not UTF-8"))
}
