//! The plaintext of an entry (crypto.md section 8.1).

use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec;
use zeroize::Zeroizing;

use crate::Error;
use crate::inflate::{MOST_INFLATED, inflate};

/// Bytes of the fixed fields.
const HEADER: usize = 24;
/// Longest frame.
const MOST: usize = 16_384;
/// Flag: the body is raw DEFLATE.
const DEFLATED: u8 = 1;
/// Best compression.
const LEVEL: u8 = 9;

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Says something new.
    Create,
    /// Replaces the text of an earlier entry.
    Amend(u32),
    /// Says that an earlier entry should never have been said.
    EnteredInError(u32),
    /// Comments on an earlier entry.
    Annotate(u32),
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyType {
    /// A FHIR R4 resource in JSON.
    Fhir,
    /// UTF-8 text.
    Text,
    /// JSON of this product.
    Product,
}

/// An extension; types that are not known are kept. An attachment's value holds a key, therefore no
/// value is printed, and all are wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its type: 1 attachment, 2 inner signature, 3 practitioner reference, 4 source media type.
    pub kind: u16,
    /// Its value.
    pub value: Zeroizing<Vec<u8>>,
}

impl core::fmt::Debug for Extension {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Extension").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An entry before it is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it does.
    pub operation: Operation,
    /// What the body is.
    pub body_type: BodyType,
    /// Unix seconds, as the author says.
    pub authored_at: u64,
    /// Extensions in order.
    pub extensions: Vec<Extension>,
    body: Zeroizing<Vec<u8>>,
    is_deflated: bool,
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Bodies are health data (crypto.md section 18), and so is what was corrected.
        formatter.debug_struct("Frame").finish_non_exhaustive()
    }
}

impl Frame {
    /// A new statement.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if the body does not fit even when deflated.
    pub fn create(body_type: BodyType, authored_at: u64, body: Vec<u8>) -> Result<Self, Error> {
        Self::new(Operation::Create, body_type, authored_at, body)
    }

    /// Any entry; deflates the body when that helps.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] if the body does not fit even when deflated, or is above 1 MiB.
    pub fn new(
        operation: Operation,
        body_type: BodyType,
        authored_at: u64,
        body: Vec<u8>,
    ) -> Result<Self, Error> {
        if body.len() > MOST_INFLATED {
            return Err(Error::TooLarge { length: body.len(), most: MOST_INFLATED });
        }
        let body = Zeroizing::new(body);
        let deflated = Zeroizing::new(compress_to_vec(&body, LEVEL));
        let is_deflated = deflated.len() < body.len();
        let body = if is_deflated { deflated } else { body };
        let most = MOST - HEADER;
        if body.len() > most {
            return Err(Error::TooLarge { length: body.len(), most });
        }
        let extensions = Vec::new();
        Ok(Self { operation, body_type, authored_at, extensions, body, is_deflated })
    }

    /// The same entry with one more extension.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// The body as the author wrote it.
    ///
    /// # Errors
    ///
    /// [`Error::BadFrame`] if it does not inflate, to more than 1 MiB, or has bytes after its end.
    pub fn body(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.is_deflated { inflate(&self.body) } else { Ok(self.body.clone()) }
    }

    /// The body as it is stored, deflated or not.
    pub(crate) fn stored_body(&self) -> &[u8] {
        &self.body
    }

    /// The bytes, padded to their bucket.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above 16,384 bytes.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let length = self.extensions.iter().map(|one| 6 + one.value.len()).sum();
        let mut extensions = Zeroizing::new(Vec::with_capacity(length));
        for extension in &self.extensions {
            extensions.extend_from_slice(&extension.kind.to_be_bytes());
            extensions.extend_from_slice(&length32(extension.value.len())?);
            extensions.extend_from_slice(&extension.value);
        }
        let length = HEADER + self.body.len() + extensions.len();
        if length > MOST {
            return Err(Error::TooLarge { length, most: MOST });
        }
        let (operation, target) = self.operation.numbers();
        let mut bytes = Zeroizing::new(Vec::with_capacity(bucket(length)));
        bytes.extend_from_slice(&[
            1,
            operation,
            if self.is_deflated { DEFLATED } else { 0 },
            self.body_type.number(),
        ]);
        bytes.extend_from_slice(&target.to_be_bytes());
        bytes.extend_from_slice(&self.authored_at.to_be_bytes());
        bytes.extend_from_slice(&length32(self.body.len())?);
        bytes.extend_from_slice(&length32(extensions.len())?);
        bytes.extend_from_slice(&self.body);
        bytes.extend_from_slice(&extensions);
        bytes.resize(bucket(length), 0);
        Ok(bytes)
    }

    /// Reads the bytes of a frame; every length, flag and padding byte is checked.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedVersion`], [`Error::BadFrame`]
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (header, rest) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or(Error::BadFrame("shorter than its header"))?;
        if header[0] != 1 {
            return Err(Error::UnsupportedVersion(header[0]));
        }
        if header[2] & !DEFLATED != 0 {
            return Err(Error::BadFrame("unknown flags"));
        }
        let word = |at: usize| {
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (body_length, extension_length) = (word(16) as usize, word(20) as usize);
        let used = HEADER
            .checked_add(body_length)
            .and_then(|sum| sum.checked_add(extension_length))
            .filter(|used| *used <= bytes.len())
            .ok_or(Error::BadFrame("lengths beyond its end"))?;
        if bytes.len() > MOST || bytes.len() != bucket(used) {
            return Err(Error::BadFrame("not padded to its bucket"));
        }
        if bytes[used..].iter().any(|byte| *byte != 0) {
            return Err(Error::BadFrame("padding that is not zero"));
        }
        let frame = Self {
            operation: Operation::from_numbers(header[1], word(4))?,
            body_type: BodyType::from_number(header[3])?,
            authored_at: (u64::from(word(8)) << 32) | u64::from(word(12)),
            extensions: extensions(&rest[body_length..body_length + extension_length])?,
            body: Zeroizing::new(rest[..body_length].to_vec()),
            is_deflated: header[2] & DEFLATED != 0,
        };
        frame.body()?;
        Ok(frame)
    }
}

fn length32(length: usize) -> Result<[u8; 4], Error> {
    let length = u32::try_from(length).map_err(|_| Error::TooLarge { length, most: MOST })?;
    Ok(length.to_be_bytes())
}

fn extensions(mut bytes: &[u8]) -> Result<Vec<Extension>, Error> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let bad = Error::BadFrame("extension beyond its end");
        let (head, rest) = bytes.split_first_chunk::<6>().ok_or(bad)?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = u32::from_be_bytes([head[2], head[3], head[4], head[5]]) as usize;
        let (value, rest) = rest.split_at_checked(length).ok_or(bad)?;
        all.push(Extension { kind, value: Zeroizing::new(value.to_vec()) });
        bytes = rest;
    }
    Ok(all)
}

impl Operation {
    pub(crate) const fn numbers(self) -> (u8, u32) {
        match self {
            Self::Create => (1, 0),
            Self::Amend(target) => (2, target),
            Self::EnteredInError(target) => (3, target),
            Self::Annotate(target) => (4, target),
        }
    }

    const fn from_numbers(operation: u8, target: u32) -> Result<Self, Error> {
        match (operation, target) {
            (1, 0) => Ok(Self::Create),
            (1, _) => Err(Error::BadFrame("a new entry with a target")),
            (_, 0) => Err(Error::BadFrame("no target")),
            (2, target) => Ok(Self::Amend(target)),
            (3, target) => Ok(Self::EnteredInError(target)),
            (4, target) => Ok(Self::Annotate(target)),
            _ => Err(Error::BadFrame("unknown operation")),
        }
    }
}

impl BodyType {
    const fn number(self) -> u8 {
        match self {
            Self::Fhir => 1,
            Self::Text => 3,
            Self::Product => 4,
        }
    }

    const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            1 => Ok(Self::Fhir),
            3 => Ok(Self::Text),
            4 => Ok(Self::Product),
            _ => Err(Error::BadFrame("unknown body type")),
        }
    }
}

/// Bytes that a frame of `length` bytes is padded to.
#[must_use]
pub const fn bucket(length: usize) -> usize {
    match length {
        0..=512 => 512,
        513..=1_024 => 1_024,
        1_025..=2_048 => 2_048,
        2_049..=4_096 => 4_096,
        _ => padme(length),
    }
}

/// Padmé: the length with only its leading bits kept, rounded up; at most 12 % more.
#[must_use]
pub const fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let significant = if exponent == 0 { 1 } else { exponent.ilog2() + 1 };
    let mask = (1_usize << exponent.saturating_sub(significant)) - 1;
    (length + mask) & !mask
}
