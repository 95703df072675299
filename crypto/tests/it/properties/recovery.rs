//! Shares.

use chartkey_crypto::*;
use proptest::prelude::*;

use crate::given;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_k_of_n_shares_give_the_secret_back(
        bytes: [u8; 32],
        k in 2_u8..7,
        more in 0_u8..5,
        coefficients in prop::collection::vec(prop::array::uniform32(1_u8..), 6),
        order in Just((0..11_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let secret = RecoverySecret::from_bytes(bytes);
        let coefficients = coefficients.into_iter().take(usize::from(k) - 1).map(given).collect();
        let shares = split(&secret, coefficients, k + more).unwrap();

        let chosen: Vec<&RecoveryShare> = order
            .iter()
            .filter_map(|index| shares.get(*index))
            .take(usize::from(k))
            .collect();

        prop_assert!(combine(&chosen).unwrap() == secret);
    }
}
