//! Sealing a document chunk by chunk (crypto.md section 10.1).

use alloc::string::String;
use alloc::vec::Vec;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Aead;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Attachment, CHUNK, DocumentKey, nonce, padded_length};
use crate::{Error, Fresh};

/// Seals a document as it comes. `sink` is handed the ciphertext, at most 64 KiB and a tag at a time.
///
/// ```
/// use chartkey_crypto::*;
///
/// let mut stored = Vec::new();
/// let sink = |bytes: &[u8]| -> Result<(), Error> { Ok(stored.extend_from_slice(bytes)) };
/// let mut writer = DocumentWriter::new(Fresh::draw(getrandom::fill)?, sink);
/// for part in ["first part, ", "second part"] {
///     writer.write(part.as_bytes())?;
/// }
/// let attachment = writer.finish("text/plain")?;
/// let frame = Frame::create(BodyType::Text, 1_800_000_000, b"letter".to_vec())?;
/// let frame = frame.with_extension(attachment.to_extension()?);
///
/// // A reader has the entry and fetches the ciphertext.
/// let attachment = Attachment::parse(&frame.extensions[0])?;
/// let mut check = DocumentCheck::new(&attachment);
/// check.read(&stored)?; // in parts of any size
/// let mut shown = Vec::new();
/// let sink = |bytes: &[u8]| -> Result<(), Error> { Ok(shown.extend_from_slice(bytes)) };
/// let mut reader = check.finish()?.reader(sink);
/// reader.read(&stored)?;
/// reader.finish()?;
/// assert_eq!(shown, b"first part, second part");
/// # Ok::<(), Error>(())
/// ```
pub struct DocumentWriter<F> {
    key: DocumentKey,
    cipher: ChaCha20Poly1305,
    chunk: Zeroizing<Vec<u8>>,
    index: u64,
    length: u64,
    hash: Sha256,
    ciphertext_length: u64,
    sink: F,
}

impl<F, E> DocumentWriter<F>
where
    F: FnMut(&[u8]) -> Result<(), E>,
    E: From<Error>,
{
    /// A writer with a fresh key of its own: no key seals two documents.
    #[must_use]
    pub fn new(key: Fresh, sink: F) -> Self {
        let key = DocumentKey::from(key);
        Self {
            cipher: key.cipher(),
            key,
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK)),
            index: 0,
            length: 0,
            hash: Sha256::new(),
            ciphertext_length: 0,
            sink,
        }
    }

    /// Takes the next bytes of the document.
    ///
    /// # Errors
    ///
    /// What the sink returns.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.length =
            (self.length).checked_add(bytes.len() as u64).ok_or(Error::BadDocument("too long"))?;
        self.fill(bytes)
    }

    /// Pads and seals the rest.
    ///
    /// # Errors
    ///
    /// What the sink returns.
    pub fn finish(mut self, media_type: &str) -> Result<Attachment, E> {
        let padded = padded_length(self.length).ok_or(Error::BadDocument("too long"))?;
        let mut missing = padded - self.length;
        let zeros = [0; 1_024];
        while missing > 0 {
            let part = zeros.len().min(usize::try_from(missing).unwrap_or(zeros.len()));
            self.fill(&zeros[..part])?;
            missing -= part as u64;
        }
        self.emit(true)?;
        Ok(Attachment {
            sha256: self.hash.finalize().into(),
            ciphertext_length: self.ciphertext_length,
            plaintext_length: self.length,
            key: self.key,
            media_type: String::from(media_type),
            locators: Vec::new(),
        })
    }

    /// A full chunk is sealed only when more follows: the last one carries the mark.
    fn fill(&mut self, mut bytes: &[u8]) -> Result<(), E> {
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK {
                self.emit(false)?;
            }
            let part = bytes.len().min(CHUNK - self.chunk.len());
            self.chunk.extend_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
        }
        Ok(())
    }

    fn emit(&mut self, is_last: bool) -> Result<(), E> {
        let sealed = self
            .cipher
            .encrypt(&nonce(self.index, is_last), self.chunk.as_slice())
            .expect("chunks are far below the limit of RFC 8439");
        self.chunk.clear();
        self.index += 1;
        self.ciphertext_length += sealed.len() as u64;
        self.hash.update(&sealed);
        (self.sink)(&sealed)
    }
}

/// Seals a document that is in memory.
///
/// # Errors
///
/// [`Error::BadDocument`] beyond 64 bits of length.
pub fn seal_document(
    key: Fresh,
    media_type: &str,
    document: &[u8],
) -> Result<(Vec<u8>, Attachment), Error> {
    let mut stored = Vec::new();
    let sink = |bytes: &[u8]| -> Result<(), Error> {
        stored.extend_from_slice(bytes);
        Ok(())
    };
    let mut writer = DocumentWriter::new(key, sink);
    writer.write(document)?;
    let attachment = writer.finish(media_type)?;
    Ok((stored, attachment))
}
