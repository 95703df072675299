//! A list that is read is written again to the same bytes; each delivery in it is read or refused.

#![no_main]

use chartkey_crypto::{Delivery, encode_list, parse_list};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Delivery::parse(bytes);
    let Ok(listed) = parse_list(bytes) else { return };
    assert_eq!(encode_list(&listed).expect("as long as it was"), bytes);
    for one in listed {
        let _ = Delivery::parse(one.delivery);
    }
});
