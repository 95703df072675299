use proptest::prelude::*;

use super::*;

fn state() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>().prop_map(|mut word| {
        word[31] |= 1;
        word
    })
}

fn section() -> impl Strategy<Value = (u8, SectionLog)> {
    let place = (0..64_u8, any::<[u64; 2]>(), any::<[u8; 32]>(), state());
    let link = (any::<(u8, u16, u64)>(), any::<[u8; 20]>());
    let blob = prop::collection::vec(any::<u8>(), 0..40);
    (place, link, blob).prop_map(|(place, ((kind, index, time), author), blob)| {
        let (handle, [block, at], transaction, state) = place;
        let link = Link { kind: LinkKind::from_number(kind), index, author, time };
        let state = State::from_word(state).expect("not zero");
        let log = ChainLog { state, link, blob };
        let position = Position { block, index: at };
        (handle, SectionLog { log, position, transaction: transaction.into() })
    })
}

fn event() -> impl Strategy<Value = AccessEvent> {
    let place = (any::<[u64; 3]>(), any::<[[u8; 32]; 3]>(), any::<[[u8; 20]; 2]>());
    let payload = prop::collection::vec(any::<u8>(), 0..40);
    (place, any::<u8>(), payload).prop_map(
        |(([block, index, time], words, accounts), kind, payload)| AccessEvent {
            subject: accounts[0].into(),
            actor: accounts[1].into(),
            kind,
            time,
            state: words[0].into(),
            terms: words[1].into(),
            payload,
            position: Position { block, index },
            transaction: words[2].into(),
        },
    )
}

prop_compose! {
    fn any_backup()(
        numbers in any::<[u64; 3]>(),
        contract in any::<[u8; 20]>(),
        id in any::<[u8; 32]>(),
        logs in prop::collection::vec(section(), 0..5),
        access in prop::collection::vec(event(), 0..5),
        newest in prop::option::of(state()),
        words in prop::collection::btree_map(0..64_u8, state(), 0..3),
        contacts in prop::collection::btree_map(
            any::<[u8; 20]>(), prop::collection::vec(any::<u8>(), 0..100), 0..3),
        slot in prop::option::of((any::<[u8; 20]>(), 1..u32::MAX)),
        key in prop::option::of((any::<[u8; 20]>(), any::<[u64; 2]>(), any::<[u8; 40]>())),
    ) -> Backup {
        let mut sections: BTreeMap<u8, Vec<SectionLog>> = BTreeMap::new();
        for (handle, log) in logs {
            sections.entry(handle).or_default().push(log);
        }
        let [chain_id, block, time] = numbers;
        let checkpoint = Checkpoint {
            access: newest.map(B256::from),
            sections: words.into_iter().map(|(handle, word)| (handle, word.into())).collect(),
        };
        let slot = slot.map(|(account, version)| {
            PassphraseSlot { account, version, sealed: vec![7; SLOT] }
        });
        let place = Record { chain_id, contract, id };
        let key = key.map(|(account, [block, index], bytes)| KeyLog {
            account: account.into(),
            word: B256::from_slice(&bytes[..32]),
            public_key: bytes.to_vec(),
            position: Position { block, index },
        });
        let keys = key.into_iter().collect();
        Backup { place, block, time, logs: Logs { sections, access }, checkpoint, contacts, keys, slot }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(backup in any_backup()) {
        prop_assert_eq!(Backup::decode(&backup.encode().unwrap()).unwrap(), backup);
    }

    #[test]
    fn a_cut_backup_is_named_wherever_it_is_cut(
        backup in any_backup(),
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = backup.encode().unwrap();
        let length = at.index(bytes.len());
        let expected = if length < MAGIC.len() {
            BackupError::NotBackup
        } else {
            BackupError::Cut { length }
        };
        prop_assert_eq!(Backup::decode(&bytes[..length]), Err(expected));
    }

    #[test]
    fn a_changed_byte_is_found_wherever_it_is(
        backup in any_backup(),
        at in any::<prop::sample::Index>(),
        mask in 1..=u8::MAX,
    ) {
        let mut bytes = backup.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        prop_assert!(Backup::decode(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let whole = [&MAGIC[..], &[VERSION], &bytes].concat();
        prop_assert!(Backup::decode(&whole).is_err());
    }
}

#[test]
fn a_length_that_no_log_has_is_refused_before_it_is_read() {
    let bytes = [&MAGIC[..], &[VERSION, tag::PLACE], &u32::MAX.to_be_bytes()].concat();

    let refused = BackupError::Item { number: 1, reason: "longer than any log" };
    assert_eq!(Backup::decode(&bytes), Err(refused));
}

#[test]
fn bytes_after_the_end_are_no_part_of_a_backup() {
    let place = Record { chain_id: 1, contract: [1; 20], id: [2; 32] };
    let mut fields = [place.chain_id.to_be_bytes().to_vec(), vec![0; 68]].concat();
    let backup = super::place(&mut Fields(&std::mem::take(&mut fields))).expect("a place");
    let mut bytes = backup.encode().expect("small");
    bytes.push(0);

    assert!(matches!(Backup::decode(&bytes), Err(BackupError::Item { .. })));
}
