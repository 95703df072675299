//! Documents and attachments.

use chartkey_crypto::*;
use proptest::prelude::*;

use crate::documents::with_hash_of;
use crate::given;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn documents_round_trip(document in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let (stored, attachment) = seal_document(given([1; 32]), "text/plain", &document).unwrap();
        prop_assert_eq!(&*open_document(&attachment, &stored).unwrap(), &document);
        prop_assert_eq!(stored.len(), padme(document.len()) + 16);
    }

    #[test]
    fn any_changed_bit_of_a_document_is_rejected(place: prop::sample::Index, bit in 0_u8..8) {
        let (mut stored, attachment) = seal_document(given([1; 32]), "a/b", &[7; 1_000]).unwrap();
        let at = place.index(stored.len());
        stored[at] ^= 1 << bit;
        prop_assert!(open_document(&attachment, &stored).is_err());
        // Even where the entry names the changed bytes.
        let attachment = with_hash_of(&stored, attachment);
        prop_assert_eq!(open_document(&attachment, &stored).err(), Some(Error::TagMismatch));
    }

    #[test]
    fn attachments_survive_anything(bytes: Vec<u8>) {
        let extension = Extension { kind: 1, value: zeroize::Zeroizing::new(bytes) };
        if let Ok(read) = Attachment::parse(&extension) {
            prop_assert!(read.to_extension().unwrap() == extension);
        }
    }
}
