//! Standard brotli (RFC 7932) with bounded output.

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};

use crate::code::CodeError;

/// Bytes of output that are made room for at a time.
const CHUNK_LEN: usize = 64 << 10;

/// Decompresses a stream to at most `max_len` bytes.
///
/// Streams with a large window, an extension of the standard, are refused: their header alone could
/// demand a gigabyte of memory.
pub(crate) fn decompress(stream: &[u8], max_len: u32) -> Result<Vec<u8>, CodeError> {
    let mut state = BrotliState::new_strict(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    );
    let (mut left, mut read) = (stream.len(), 0);
    let mut module = Vec::new();
    let mut chunk = vec![0; CHUNK_LEN];
    loop {
        let (mut room, mut written, mut total) = (chunk.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            stream,
            &mut room,
            &mut written,
            &mut chunk,
            &mut total,
            &mut state,
        );
        module.extend_from_slice(&chunk[..written]);
        if module.len() > max_len as usize {
            return Err(CodeError::TooLong { max_len });
        }
        match result {
            BrotliResult::ResultSuccess => return Ok(module),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => {
                return Err(CodeError::Stream { reason: "it ends too early" });
            }
            BrotliResult::ResultFailure => {
                return Err(CodeError::Stream { reason: "it is corrupt" });
            }
        }
    }
}
