//! Deliveries and lists.

use chartkey_crypto::*;
use proptest::prelude::*;

use crate::deliveries::{channel, context, kem_seed};
use crate::{all, bytes};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_changed_bit_of_a_delivery_is_rejected(place: prop::sample::Index, bit in 0_u8..8) {
        let all = all();
        for block in ["direct", "channel"] {
            let mut delivery = bytes(&all["deliveries"][block]["delivery"]);
            let at = place.index(delivery.len());
            delivery[at] ^= 1 << bit;
            let context = context(&all, "clinician");
            let opened = Delivery::parse(&delivery).and_then(|delivery| match delivery {
                Delivery::Direct { .. } => {
                    kem_seed(&all, "clinician").open_direct(&context, Sender::Owner, &delivery)
                }
                Delivery::Channel { .. } => {
                    channel(&all).key().open(&context, Sender::Owner, 1, &delivery)
                }
            });
            prop_assert!(opened.is_err(), "{} byte {}", block, at);
        }
    }

    #[test]
    fn lists_round_trip(deliveries in prop::collection::vec((any::<[u8; 20]>(), prop::collection::vec(any::<u8>(), 0..300)), 0..20)) {
        let listed: Vec<Listed<'_>> = deliveries
            .iter()
            .map(|(recipient, delivery)| Listed { recipient: *recipient, delivery })
            .collect();
        let list = encode_list(&listed).unwrap();
        prop_assert_eq!(parse_list(&list).unwrap(), listed);
    }

    #[test]
    fn lists_and_deliveries_survive_anything(bytes: Vec<u8>) {
        if let Ok(listed) = parse_list(&bytes) {
            prop_assert_eq!(encode_list(&listed).unwrap(), &bytes[..]);
        }
        let _ = Delivery::parse(&bytes);
    }
}
