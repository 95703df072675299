//! The size that L1 pricing measures (devnode.md 3.1).

use brotli::enc::{
    StandardAlloc,
    encode::{
        BrotliEncoderMaxCompressedSize, BrotliEncoderOperation, BrotliEncoderParameter,
        BrotliEncoderStateStruct,
    },
};

/// Window of the reference, as the logarithm of its bytes.
const WINDOW_BITS: u32 = 22;

/// Bytes of `data` after brotli compression in one step at this quality (0 to 11), window 22.
///
/// The reference measures with the C encoder, this is its Rust port. At levels 0 and 1 (the chain's
/// level) both give equal sizes: tests/it/brotli-sizes.json was measured with the C encoder 1.1.0.
/// At other levels, which only an owner can select, sizes differ by up to about one percent.
#[must_use]
pub fn compressed_size(data: &[u8], quality: u64) -> u64 {
    if data.is_empty() {
        // An empty stream is one byte.
        return 1;
    }
    let mut encoder = BrotliEncoderStateStruct::new(StandardAlloc::default());
    let quality = u32::try_from(quality.min(11)).expect("at most 11");
    encoder.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, quality);
    encoder.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
    let mut output = vec![0; BrotliEncoderMaxCompressedSize(data.len()).max(1024) * 2];
    let (mut input_left, mut input_offset) = (data.len(), 0);
    let (mut output_left, mut output_offset) = (output.len(), 0);
    let mut total = Some(0);
    let is_done = encoder.compress_stream(
        BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
        &mut input_left,
        data,
        &mut input_offset,
        &mut output_left,
        &mut output,
        &mut output_offset,
        &mut total,
        &mut |_, _, _, _| (),
    );
    debug_assert!(is_done && encoder.is_finished(), "the output buffer holds every stream");
    output_offset as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_bytes_shrink_and_random_bytes_hardly_grow() {
        assert!(compressed_size(&[7; 1000], 1) < 40);
        let noise: Vec<u8> = (0_u8..32).flat_map(|n| alloy_primitives::keccak256([n]).0).collect();
        assert!((1024..1044).contains(&compressed_size(&noise, 1)));
        assert_eq!(compressed_size(&[], 1), 1);
    }

    #[test]
    fn every_level_gives_a_size() {
        let text = b"transaction transaction transaction".repeat(20);
        for level in 0..=11 {
            let size = compressed_size(&text, level);
            assert!(size > 5 && size < 200, "level {level}: {size}");
        }
    }
}
