//! scrypt with parameters that RFC 7914 advises against and other wallets use all the same.
//!
//! The example of the keystore standard has r = 1 and N = 2^18, above the RFC's N < 2^(16 r); geth and
//! OpenSSL compute it, the crate that does everything else here refuses it.

use zeroize::Zeroizing;

/// Bytes of a Salsa20 block.
const BLOCK: usize = 64;

/// scryptROMix (RFC 7914 section 5) on one lane of 128 r bytes, `n` a power of two.
pub(super) fn romix(lane: &mut [u8], n: usize) {
    let width = lane.len() / 4;
    let mut x: Zeroizing<Vec<u32>> = Zeroizing::new(
        lane.chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().expect("chunks of 4")))
            .collect(),
    );
    let mut table = Zeroizing::new(Vec::with_capacity(n * width));
    for _ in 0..n {
        table.extend_from_slice(&x);
        x = block_mix(&x);
    }
    for _ in 0..n {
        // Integerify: the first word of the last block, little endian; n is below 2^32.
        let at = (x[width - BLOCK / 4] as usize & (n - 1)) * width;
        x.iter_mut().zip(&table[at..at + width]).for_each(|(word, other)| *word ^= other);
        x = block_mix(&x);
    }
    for (bytes, word) in lane.chunks_exact_mut(4).zip(x.iter()) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// scryptBlockMix (RFC 7914 section 4).
fn block_mix(input: &[u32]) -> Zeroizing<Vec<u32>> {
    const WORDS: usize = BLOCK / 4;
    let blocks = input.len() / WORDS;
    let mut x: [u32; WORDS] =
        input[input.len() - WORDS..].try_into().expect("a lane has whole blocks");
    let mut output = Zeroizing::new(vec![0; input.len()]);
    for (index, block) in input.chunks_exact(WORDS).enumerate() {
        x.iter_mut().zip(block).for_each(|(word, other)| *word ^= other);
        salsa20_8(&mut x);
        // Even blocks first, odd ones after them.
        let place = (index / 2 + (index % 2) * (blocks / 2)) * WORDS;
        output[place..place + WORDS].copy_from_slice(&x);
    }
    output
}

/// The Salsa20/8 core (RFC 7914 section 3).
fn salsa20_8(block: &mut [u32; 16]) {
    const COLUMNS: [[usize; 4]; 4] = [[0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11]];
    const ROWS: [[usize; 4]; 4] = [[0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14]];
    let mut x = *block;
    for _ in 0..4 {
        for [a, b, c, d] in COLUMNS.into_iter().chain(ROWS) {
            x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
            x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
            x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
            x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
        }
    }
    block.iter_mut().zip(x).for_each(|(word, mixed)| *word = word.wrapping_add(mixed));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7914 section 10: N = 16, r = 1.
    #[test]
    fn the_rfcs_own_vector_of_romix_is_met() {
        let mut lane = hex::decode(
            "f7ce0b653d2d72a4108cf5abe912ffdd777616dbbb27a70e8204f3ae2d0f6fad89f68f4811d1e87bcc3bd7400a9ffd29094f0184639574f39ae5a1315217bcd7894991447213bb226c25b54da86370fbcd984380374666bb8ffcb5bf40c254b067d27c51ce4ad5fed829c90b505a571b7f4d1cad6a523cda770e67bceaaf7e89",
        )
        .expect("hex");

        romix(&mut lane, 16);

        assert_eq!(
            hex::encode(lane),
            "79ccc193629debca047f0b70604bf6b62ce3dd4a9626e355fafc6198e6ea2b46d58413673b99b029d665c357601fb426a0b2f4bba200ee9f0a43d19b571a9c71ef1142e65d5a266fddca832ce59faa7cac0b9cf1be2bffca300d01ee387619c4ae12fd4438f203a0e4e1c47ec314861f4e9087cb33396a6873e8f9d2539a4b8e"
        );
    }
}
