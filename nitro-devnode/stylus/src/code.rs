//! Deployed code: prefixes, fragments, compression (host 5).

use alloy_primitives::Address;

use crate::decompress;

/// Prefix of a classic program; a dictionary byte and a brotli stream follow.
pub const CLASSIC_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x00];
/// Prefix of a fragment; a part of a brotli stream follows.
pub const FRAGMENT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x01];
/// Prefix of a root program; dictionary byte, length and fragment addresses follow.
pub const ROOT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x02];

/// Shortest code that counts as Stylus code, whatever its prefix.
const MIN_LEN: usize = 4;
/// Bytes of a root program before its addresses: prefix, dictionary, length.
const ROOT_HEADER_LEN: usize = 8;

/// The kinds of Stylus code, told by prefix and length alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// A whole program.
    Classic,
    /// A part of a program; not executable.
    Fragment,
    /// A program whose parts are in fragments.
    Root,
}

impl CodeKind {
    /// Recognises Stylus code. Anything may follow the prefix: deployment does not look further.
    #[must_use]
    pub fn of(code: &[u8]) -> Option<Self> {
        if code.len() < MIN_LEN {
            return None;
        }
        match [code[0], code[1], code[2]] {
            CLASSIC_PREFIX => Some(Self::Classic),
            FRAGMENT_PREFIX => Some(Self::Fragment),
            ROOT_PREFIX => Some(Self::Root),
            _ => None,
        }
    }

    /// Whether EIP-3541 makes an exception for such code.
    #[must_use]
    pub const fn is_deployable(self, arbos_version: u64) -> bool {
        match self {
            Self::Classic => arbos_version >= 30,
            Self::Fragment | Self::Root => arbos_version >= 60,
        }
    }

    /// Whether a frame with such code runs as WASM.
    #[must_use]
    pub const fn is_executable(self, arbos_version: u64) -> bool {
        !matches!(self, Self::Fragment) && self.is_deployable(arbos_version)
    }
}

/// Tells whether a frame with this code runs as WASM.
#[must_use]
pub fn is_executable(code: &[u8], arbos_version: u64) -> bool {
    CodeKind::of(code).is_some_and(|kind| kind.is_executable(arbos_version))
}

/// Deployed Stylus code, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StylusCode<'a> {
    /// A whole program.
    Classic {
        /// The compression dictionary; only 0, none, can be decompressed.
        dictionary: u8,
        /// The brotli stream.
        stream: &'a [u8],
    },
    /// A part of a program: a piece of a brotli stream.
    Fragment(&'a [u8]),
    /// A program whose brotli stream is in fragments.
    Root(RootCode),
}

/// A root program (host 5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootCode {
    /// The compression dictionary of the whole stream.
    pub dictionary: u8,
    /// Bytes that the stream must decompress to.
    pub module_len: u32,
    /// The contracts that hold the parts, in order.
    pub fragments: Vec<Address>,
}

/// Takes deployed code apart.
///
/// # Errors
///
/// [`CodeError::NotStylus`] for other code, [`CodeError::BadRoot`] for a root program whose length
/// does not fit whole addresses.
pub fn parse(code: &[u8]) -> Result<StylusCode<'_>, CodeError> {
    match CodeKind::of(code).ok_or(CodeError::NotStylus)? {
        CodeKind::Classic => Ok(StylusCode::Classic { dictionary: code[3], stream: &code[4..] }),
        CodeKind::Fragment => Ok(StylusCode::Fragment(&code[3..])),
        CodeKind::Root => parse_root(code).map(StylusCode::Root),
    }
}

fn parse_root(code: &[u8]) -> Result<RootCode, CodeError> {
    let bad_root = || CodeError::BadRoot { len: code.len() };
    let (header, addresses) = code.split_at_checked(ROOT_HEADER_LEN).ok_or_else(bad_root)?;
    let (fragments, rest) = addresses.as_chunks::<20>();
    if !rest.is_empty() {
        return Err(bad_root());
    }
    let module_len = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
    let fragments = fragments.iter().map(Address::from).collect();
    Ok(RootCode { dictionary: header[3], module_len, fragments })
}

impl RootCode {
    /// Joins the codes of the fragments, in order, and decompresses the module.
    ///
    /// `max_len` is the chain's limit for the module in bytes.
    ///
    /// # Errors
    ///
    /// When a code is not a fragment, the module is too long or has not the announced length, or
    /// the stream does not decompress.
    pub fn module<'a>(
        &self,
        fragment_codes: impl IntoIterator<Item = &'a [u8]>,
        max_len: u32,
    ) -> Result<Vec<u8>, CodeError> {
        if self.module_len > max_len {
            return Err(CodeError::TooLong { max_len });
        }
        let mut stream = Vec::new();
        for (index, code) in fragment_codes.into_iter().enumerate() {
            match parse(code) {
                Ok(StylusCode::Fragment(part)) => stream.extend_from_slice(part),
                _ => return Err(CodeError::NotFragment { index }),
            }
        }
        let module = decompress(&stream, self.dictionary, self.module_len)?;
        if module.len() != self.module_len as usize {
            return Err(CodeError::WrongLength { expected: self.module_len, found: module.len() });
        }
        Ok(module)
    }
}

/// The WASM module of a classic program; `max_len` is the chain's limit for it in bytes.
///
/// # Errors
///
/// When the code is not a classic program or its stream does not decompress.
pub fn classic_module(code: &[u8], max_len: u32) -> Result<Vec<u8>, CodeError> {
    match parse(code)? {
        StylusCode::Classic { dictionary, stream } => decompress(stream, dictionary, max_len),
        StylusCode::Fragment(_) | StylusCode::Root(_) => Err(CodeError::NotClassic),
    }
}

/// Decompresses a brotli stream (RFC 7932) to at most `max_len` bytes; bytes after the end of the
/// stream are ignored. Memory and time are bounded by `max_len` and the length of the input.
///
/// # Errors
///
/// For another dictionary than 0, a corrupt or truncated stream, and a longer output. Dictionary 1
/// is known to Nitro, but its content is not part of this node (host 11.10).
pub fn decompress(stream: &[u8], dictionary: u8, max_len: u32) -> Result<Vec<u8>, CodeError> {
    if dictionary != 0 {
        return Err(CodeError::Dictionary { dictionary });
    }
    decompress::decompress(stream, max_len)
}

/// Why deployed code yields no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// No Stylus prefix, or fewer than four bytes.
    #[error("not a stylus program: expected a prefix eff000, eff001 or eff002 and four bytes")]
    NotStylus,
    /// A fragment or root where a classic program is needed.
    #[error("not a classic stylus program: expected the prefix eff000")]
    NotClassic,
    /// Something else where a fragment is needed.
    #[error("fragment {index} of the root program has no prefix eff001")]
    NotFragment {
        /// Position in the root's list.
        index: usize,
    },
    /// A root program of an impossible length.
    #[error("root program of {len} bytes: expected 8 and a multiple of 20")]
    BadRoot {
        /// Length of the code in bytes.
        len: usize,
    },
    /// A dictionary that is unknown or not shipped.
    #[error("unsupported dictionary {dictionary}: compress the program with dictionary 0")]
    Dictionary {
        /// The dictionary byte.
        dictionary: u8,
    },
    /// More output than allowed.
    #[error("module is longer than {max_len} bytes after decompression")]
    TooLong {
        /// The limit in bytes.
        max_len: u32,
    },
    /// Another length than the root announces.
    #[error("module has {found} bytes, its root program announces {expected}")]
    WrongLength {
        /// Length in the root.
        expected: u32,
        /// Length found.
        found: usize,
    },
    /// A corrupt or truncated stream.
    #[error("brotli stream cannot be decompressed: {reason}")]
    Stream {
        /// What is wrong with it.
        reason: &'static str,
    },
}
