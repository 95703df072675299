//! What is done to logs, and that it is found.

use chartkey_crypto::*;
use proptest::prelude::*;

const RECORD: Record = Record { chain_id: 1, contract: [1; 20], id: [2; 32] };

fn chain(length: u8) -> Vec<ChainLog> {
    let section = RECORD.section(Handle::new(9).unwrap());
    let mut state = section.genesis();
    let append = |number: u8| {
        let link = Link { kind: LinkKind::Entry, index: 0, author: [3; 20], time: 7 };
        let blob = vec![number; 3];
        state = state.append(&link, &blob);
        ChainLog { state, link, blob }
    };
    (0..length).map(append).collect()
}

proptest! {
    #[test]
    fn an_audit_finds_a_fault_exactly_where_verification_refuses(
        length in 1..8_u8,
        seen in 0..10_usize,
        changes in prop::collection::vec((0..5_u8, any::<prop::sample::Index>()), 0..4),
    ) {
        let section = RECORD.section(Handle::new(9).unwrap());
        let honest = chain(length);
        let end = honest.last().unwrap().state;
        let seen = honest.get(seen).map(|log| log.state);
        let mut logs = honest.clone();
        for (change, at) in changes {
            if logs.is_empty() { break }
            let at = at.index(logs.len());
            match change {
                0 => drop(logs.remove(at)),
                1 => logs[at].blob[0] ^= 0x80,
                2 => logs[at].link.time += 1,
                3 => logs.push(honest[0].clone()),
                _ => {
                    let mut second = logs[at].clone();
                    second.blob.push(1);
                    logs.push(second);
                }
            }
        }

        let found = faults(&section, end, &logs, seen);

        prop_assert_eq!(found.is_empty(), verify(&section, end, &logs, seen).is_ok(), "{:?}", found);
    }
}
