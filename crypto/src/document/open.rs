//! Checking a document against its entry, and only then opening it (crypto.md section 10.1).

use alloc::vec::Vec;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Aead;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Attachment, CHUNK, TAG, nonce, padded_length};
use crate::Error;

/// The first pass over a ciphertext: its length and hash.
pub struct DocumentCheck<'a> {
    attachment: &'a Attachment,
    digest: Digesting,
}

/// An attachment whose ciphertext was seen whole. Only [`DocumentCheck`] makes it.
pub struct VerifiedDocument<'a>(&'a Attachment);

/// The second pass: hands the document to a sink, at most 64 KiB at a time.
pub struct DocumentReader<'a, F> {
    attachment: &'a Attachment,
    cipher: ChaCha20Poly1305,
    digest: Digesting,
    chunk: Vec<u8>,
    index: u64,
    /// Bytes of the document that were not handed on yet; after them only zeros follow.
    left: u64,
    sink: F,
}

/// Length and hash of what came so far.
#[derive(Default)]
struct Digesting {
    length: u64,
    hash: Sha256,
}

impl Digesting {
    fn take(&mut self, attachment: &Attachment, bytes: &[u8]) -> Result<(), Error> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length > attachment.ciphertext_length {
            return Err(Error::BadDocument("longer than said"));
        }
        self.hash.update(bytes);
        Ok(())
    }

    fn require(self, attachment: &Attachment) -> Result<(), Error> {
        if self.length != attachment.ciphertext_length {
            return Err(Error::BadDocument("shorter than said"));
        }
        if self.hash.finalize()[..] != attachment.sha256 {
            return Err(Error::BadDocument("its hash is another one"));
        }
        Ok(())
    }
}

impl<'a> DocumentCheck<'a> {
    /// Starts the check.
    #[must_use]
    pub fn new(attachment: &'a Attachment) -> Self {
        Self { attachment, digest: Digesting::default() }
    }

    /// Takes the next bytes of the ciphertext.
    ///
    /// # Errors
    ///
    /// [`Error::BadDocument`] as soon as there are too many.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.digest.take(self.attachment, bytes)
    }

    /// Ends the check.
    ///
    /// # Errors
    ///
    /// [`Error::BadDocument`] if bytes are missing or other ones.
    pub fn finish(self) -> Result<VerifiedDocument<'a>, Error> {
        self.digest.require(self.attachment)?;
        Ok(VerifiedDocument(self.attachment))
    }
}

impl<'a> VerifiedDocument<'a> {
    /// Opens the document as its ciphertext comes a second time.
    #[must_use]
    pub fn reader<F, E>(self, sink: F) -> DocumentReader<'a, F>
    where
        F: FnMut(&[u8]) -> Result<(), E>,
        E: From<Error>,
    {
        DocumentReader {
            attachment: self.0,
            cipher: self.0.key.cipher(),
            digest: Digesting::default(),
            chunk: Vec::with_capacity(CHUNK + TAG),
            index: 0,
            left: self.0.plaintext_length,
            sink,
        }
    }
}

impl<F, E> DocumentReader<'_, F>
where
    F: FnMut(&[u8]) -> Result<(), E>,
    E: From<Error>,
{
    /// Takes the next bytes of the ciphertext.
    ///
    /// # Errors
    ///
    /// [`Error::TagMismatch`] and [`Error::BadDocument`]; what the sink returns.
    pub fn read(&mut self, mut bytes: &[u8]) -> Result<(), E> {
        self.digest.take(self.attachment, bytes)?;
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK + TAG {
                self.open(false)?;
            }
            let part = bytes.len().min(CHUNK + TAG - self.chunk.len());
            self.chunk.extend_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
        }
        Ok(())
    }

    /// Opens the last chunk.
    ///
    /// # Errors
    ///
    /// [`Error::TagMismatch`] if it is missing or another one; [`Error::BadDocument`]; what the sink
    /// returns.
    pub fn finish(mut self) -> Result<(), E> {
        self.open(true)?;
        let padded = padded_length(self.attachment.plaintext_length);
        let tags = self.index.checked_mul(TAG as u64);
        let expected = padded.zip(tags).and_then(|(padded, tags)| padded.checked_add(tags));
        if self.left > 0 || expected != Some(self.digest.length) {
            return Err(Error::BadDocument("not padded as its length asks").into());
        }
        Ok(self.digest.require(self.attachment)?)
    }

    fn open(&mut self, is_last: bool) -> Result<(), E> {
        let text = self
            .cipher
            .decrypt(&nonce(self.index, is_last), self.chunk.as_slice())
            .map(Zeroizing::new)
            .map_err(|_| Error::TagMismatch)?;
        self.chunk.clear();
        self.index += 1;
        let shown = text.len().min(usize::try_from(self.left).unwrap_or(text.len()));
        self.left -= shown as u64;
        if text[shown..].iter().any(|byte| *byte != 0) {
            return Err(Error::BadDocument("padding that is not zero").into());
        }
        if shown > 0 { (self.sink)(&text[..shown]) } else { Ok(()) }
    }
}

/// Checks and opens a document that is in memory.
///
/// # Errors
///
/// [`Error::BadDocument`], [`Error::TagMismatch`]
pub fn open_document(
    attachment: &Attachment,
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut check = DocumentCheck::new(attachment);
    check.read(ciphertext)?;
    let verified = check.finish()?;
    // The length is that of bytes which are in memory: it cannot be a lie.
    let mut text = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    let mut reader = verified.reader(|bytes: &[u8]| -> Result<(), Error> {
        text.extend_from_slice(bytes);
        Ok(())
    });
    reader.read(ciphertext)?;
    reader.finish()?;
    Ok(text)
}
