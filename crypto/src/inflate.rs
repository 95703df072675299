//! Inflating a body, with a limit and to the last byte (crypto.md section 8.1).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use zeroize::Zeroizing;

use crate::Error;

/// Longest body after inflating.
pub(crate) const MOST_INFLATED: usize = 1 << 20;
/// Size that the output starts with.
const FIRST: usize = 1 << 14;

/// Inflates raw DEFLATE. The library's own function for this ignores bytes after the end.
pub(crate) fn inflate(mut input: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bad = Error::BadFrame("the body does not inflate to 1 MiB or less");
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = Zeroizing::new(vec![0; FIRST]);
    let mut written = 0;
    loop {
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, added) = decompress(&mut state, input, &mut output, written, flags);
        input = input.get(read..).ok_or(bad)?;
        written += added;
        match status {
            TINFLStatus::Done if input.is_empty() => {
                output.truncate(written);
                return Ok(output);
            }
            TINFLStatus::Done => return Err(Error::BadFrame("bytes after the compressed body")),
            TINFLStatus::HasMoreOutput if output.len() < MOST_INFLATED => {
                let mut longer = Zeroizing::new(vec![0; output.len() * 2]);
                longer[..written].copy_from_slice(&output[..written]);
                output = longer;
            }
            _ => return Err(bad),
        }
    }
}
