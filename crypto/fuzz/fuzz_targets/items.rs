//! Items from somebody who has the channel's key: whatever was sealed is read or refused.

#![no_main]

use chartkey_crypto::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|items: Vec<[u8; 39]>| {
    let record = Record { chain_id: 1, contract: [1; 20], id: [2; 32] };
    let (owner, reader, key_id) = ([3; 20], [4; 20], KeyId([5; 28]));
    let root = Root::from_bytes([6; 32]);
    let channel = OwnChannel::new(&root, 1, record, owner, reader, key_id);
    let fresh = || {
        let fill = |out: &mut [u8]| -> Result<(), ()> {
            out.fill(7);
            Ok(())
        };
        Fresh::draw(fill).expect("the bytes are there")
    };
    let key = SealKey::from_bytes(*channel.key().expose());
    let context = [&record.context()[..], &reader, &key_id.0, &owner].concat();
    let sealed = seal(&key, Label::Deliver, &context, items.as_flattened(), fresh());
    let delivery = [&[1, 0, 0, 0, 0, 1][..], &sealed].concat();

    let Ok(parsed) = Delivery::parse(&delivery) else { return };
    let Ok(opened) = channel.open(&parsed) else { return };
    if opened.unknown_kinds.is_empty() && opened.refused == 0 {
        let again = channel.seal(&opened.items, fresh()).expect("as many as there were");
        assert_eq!(again, delivery, "there is one way to write items");
    }
});
