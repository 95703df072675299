//! Deliveries: vectors, and what must not be accepted (crypto.md section 7).

use chartkey_crypto::*;
use serde_json::Value;

use crate::{all, array, bytes, fresh, given, identity, person, record};

fn recipient(all: &Value, name: &str) -> Recipient {
    let vector = person(all, name);
    let id = KeyId(array(&vector["key_id"]));
    let key = PublicKey::from_bytes(&bytes(&vector["public_key"])).unwrap();
    let registered = RegisteredKey { id, version: 1 };
    let account = array(&vector["account"]);
    Candidate::new(&record(all), account, registered, key).unwrap().pinned(id).unwrap()
}

pub(crate) fn context(all: &Value, name: &str) -> DeliveryContext {
    let vector = person(all, name);
    DeliveryContext {
        record: record(all),
        recipient: array(&vector["account"]),
        recipient_key: KeyId(array(&vector["key_id"])),
        sender: array(&person(all, "patient")["account"]),
    }
}

pub(crate) fn kem_seed(all: &Value, name: &str) -> KemSeed {
    KemSeed::from_bytes(array(&person(all, name)["kem_seed"]))
}

/// The patient's channel to the clinician, generation 1.
pub(crate) fn channel(all: &Value) -> OwnChannel {
    let (patient, clinician) = (person(all, "patient"), person(all, "clinician"));
    let root = Root::from_bytes(array(&patient["root"]));
    let key_id = KeyId(array(&clinician["key_id"]));
    let (owner, reader) = (array(&patient["account"]), array(&clinician["account"]));
    OwnChannel::new(&root, 1, record(all), owner, reader, key_id)
}

/// Items of a vector, one kind at a time.
fn items(bytes: &[u8]) -> Vec<Item> {
    let item = |item: &[u8]| {
        let section = Handle::new(u16::from_be_bytes([item[1], item[2]])).unwrap();
        let number = u32::from_be_bytes(item[3..7].try_into().unwrap());
        let epoch = || Epoch::new(number).unwrap();
        let key: [u8; 32] = item[7..].try_into().unwrap();
        match item[0] {
            1 => Item::Full { section, epoch: epoch(), seed: EpochSeed::from_bytes(key) },
            3 => Item::Author { section, epoch: epoch(), key: AuthorKey::from_bytes(key) },
            4 => Item::Entry { section, seq: number, key: MessageKey::from_bytes(key) },
            5 => Item::Channel { generation: number, key: ChannelKey::from_bytes(key) },
            other => panic!("kind {other} is in no vector"),
        }
    };
    bytes.chunks_exact(39).map(item).collect()
}

#[test]
fn direct_deliveries_are_those_of_the_vectors_and_open() {
    let all = all();
    let owner = array(&person(&all, "patient")["account"]);
    for (block, name) in [("direct", "clinician"), ("author_only", "lab")] {
        let vector = &all["deliveries"][block];
        let items = items(&bytes(&vector["items"]));
        let rnd = fresh(&vector["encapsulation_randomness"]);

        let delivery =
            seal_direct(&record(&all), &recipient(&all, name), owner, &items, rnd).unwrap();

        assert_eq!(delivery, bytes(&vector["delivery"]), "{block}");
        let parsed = Delivery::parse(&delivery).unwrap();
        let seed = kem_seed(&all, name);
        let opened = seed.open_direct(&context(&all, name), Sender::Owner, &parsed).unwrap();
        assert_eq!(opened.items.len(), items.len());
        assert_eq!(opened.refused, 0);
    }
}

#[test]
fn channel_deliveries_are_those_of_the_vectors_and_open() {
    let all = all();
    let vector = &all["deliveries"]["channel"];
    let channel = channel(&all);
    let items = items(&bytes(&vector["items"]));

    let delivery = channel.seal(&items, fresh(&vector["rnd"])).unwrap();

    assert_eq!(channel.key().expose()[..], bytes(&all["deliveries"]["channel_key"]));
    assert_eq!(delivery, bytes(&vector["delivery"]));
    let parsed = Delivery::parse(&delivery).unwrap();
    let opened = channel.key().open(&context(&all, "clinician"), Sender::Owner, 1, &parsed);
    let opened = opened.unwrap();
    let [Item::Full { section, epoch, seed }] = &opened.items[..] else { panic!("one seed") };
    assert_eq!((section.number(), epoch.number()), (3, 2));
    assert_eq!(seed.expose()[..], bytes(&all["section"]["epochs"][1]["seed"]));
    assert_eq!(channel.open(&parsed).unwrap().items.len(), 1, "the owner's own end");
}

#[test]
fn the_list_of_the_vectors_is_written_and_read() {
    let all = all();
    let deliveries = &all["deliveries"];
    let (channel, direct) =
        (bytes(&deliveries["channel"]["delivery"]), bytes(&deliveries["author_only"]["delivery"]));
    let listed = [
        Listed { recipient: array(&person(&all, "clinician")["account"]), delivery: &channel },
        Listed { recipient: array(&person(&all, "lab")["account"]), delivery: &direct },
    ];

    let list = encode_list(&listed).unwrap();

    assert_eq!(list, bytes(&deliveries["list"]));
    assert_eq!(parse_list(&list).unwrap(), listed);
    for short in [1, 20, 22, 100, list.len() - 1] {
        let cut = parse_list(&list[..short]);
        assert_eq!(cut, Err(Error::BadDelivery("a list that ends within a delivery")), "{short}");
    }
    let long = vec![0; 65_537];
    assert_eq!(parse_list(&long), Err(Error::TooLarge { length: 65_537, most: 65_536 }));
}

#[test]
fn an_entry_is_shared_by_the_item_of_the_vector() {
    let all = all();
    let item = bytes(&all["entry_share"]["item"]);
    let channel = channel(&all);

    let delivery = channel.seal(&items(&item), given([1; 32])).unwrap();

    let opened = channel.open(&Delivery::parse(&delivery).unwrap()).unwrap();
    let [Item::Entry { section, seq, key }] = &opened.items[..] else { panic!("one entry") };
    assert_eq!((section.number(), *seq), (3, 2));
    let message_key = bytes(&all["section"]["entries"][0]["message_key"]);
    assert_eq!(key.expose()[..], message_key);
}

#[test]
fn the_owner_restores_the_own_seeds_from_the_root_alone() {
    let all = all();
    let patient = person(&all, "patient");
    let identity = identity(&all, patient);
    let own = |root: &Root| {
        let (account, key_id) = (identity.account, root.key_id(&identity));
        OwnChannel::new(root, 1, record(&all), account, account, key_id)
    };
    let root = Root::from_bytes(array(&patient["root"]));
    let section = Handle::new(3).unwrap();
    let seed = EpochSeed::from_bytes([9; 32]);
    let items = [Item::Full { section, epoch: Epoch::FIRST, seed }];
    let delivery = own(&root).seal(&items, given([1; 32])).unwrap();

    let signature = UnlockSignature::new(array(&patient["r"]), array(&patient["s"]));
    let restored = own(&Root::derive(&identity, &signature, None));

    let opened = restored.open(&Delivery::parse(&delivery).unwrap()).unwrap();
    assert!(matches!(&opened.items[..], [Item::Full { seed, .. }] if seed.expose() == &[9; 32]));
}

#[test]
fn an_unlisted_reader_finds_the_own_delivery_by_trying() {
    let all = all();
    let for_lab = bytes(&all["deliveries"]["author_only"]["delivery"]);
    let for_clinician = bytes(&all["deliveries"]["direct"]["delivery"]);
    let hidden = |delivery| Listed { recipient: UNLISTED, delivery };
    let list = encode_list(&[hidden(&for_lab[..]), hidden(&for_clinician)]).unwrap();

    let (seed, context) = (kem_seed(&all, "clinician"), context(&all, "clinician"));
    let opened: Vec<bool> = parse_list(&list)
        .unwrap()
        .iter()
        .filter(|one| one.recipient == UNLISTED)
        .map(|one| {
            let delivery = Delivery::parse(one.delivery).unwrap();
            seed.open_direct(&context, Sender::Owner, &delivery).is_ok()
        })
        .collect();

    assert_eq!(opened, [false, true]);
}

#[test]
fn any_changed_field_of_the_context_is_rejected() {
    let all = all();
    let (seed, channel) = (kem_seed(&all, "clinician"), channel(&all).key());
    let good = context(&all, "clinician");
    let mut others = vec![good; 6];
    others[0].record.chain_id += 1;
    others[1].record.contract[0] ^= 1;
    others[2].record.id[0] ^= 1;
    others[3].recipient[0] ^= 1;
    others[4].recipient_key.0[0] ^= 1;
    others[5].sender[0] ^= 1;
    let direct = bytes(&all["deliveries"]["direct"]["delivery"]);
    let symmetric = bytes(&all["deliveries"]["channel"]["delivery"]);
    let (direct, symmetric) =
        (Delivery::parse(&direct).unwrap(), Delivery::parse(&symmetric).unwrap());
    for other in others {
        let opened = seed.open_direct(&other, Sender::Owner, &direct);
        assert_eq!(opened.err(), Some(Error::TagMismatch));
        let opened = channel.open(&other, Sender::Owner, 1, &symmetric);
        assert_eq!(opened.err(), Some(Error::CommitmentMismatch));
    }
}

#[test]
fn a_delivery_by_another_than_the_owner_through_a_channel_is_refused() {
    let all = all();
    let delivery = bytes(&all["deliveries"]["channel"]["delivery"]);
    let (delivery, context) = (Delivery::parse(&delivery).unwrap(), context(&all, "clinician"));
    for sender in [Sender::Guardian, Sender::Delegate, Sender::Custodian, Sender::Trustee] {
        let opened = channel(&all).key().open(&context, sender, 1, &delivery);
        assert_eq!(opened.err(), Some(Error::SenderNotPermitted));
    }
    let opened = channel(&all).key().open(&context, Sender::Owner, 2, &delivery);
    assert_eq!(opened.err(), Some(Error::BadDelivery("of another generation")));
}

#[test]
fn items_that_a_sender_may_not_deliver_are_left_out_and_counted() {
    let all = all();
    let vector = bytes(&all["deliveries"]["direct"]["delivery"]);
    let delivery = Delivery::parse(&vector).unwrap();
    let seed = kem_seed(&all, "clinician");

    let context = context(&all, "clinician");
    let opened = seed.open_direct(&context, Sender::Delegate, &delivery).unwrap();

    assert_eq!(
        (opened.items.len(), opened.refused),
        (1, 1),
        "the channel comes from the owner only"
    );
    assert!(matches!(opened.items[0], Item::Full { .. }));
}

/// Every kind, with the senders that may deliver it (crypto.md section 7.2).
#[test]
fn every_kind_is_accepted_from_whom_the_table_says() {
    use Sender::{Custodian, Delegate, Guardian, Owner, Trustee};
    let everybody = [Owner, Guardian, Delegate, Custodian, Trustee];
    let in_charge = [Owner, Guardian];
    let section = Handle::new(3).unwrap();
    let epoch = Epoch::FIRST;
    let share = |number| EmergencyShare::from_parts(number, &[1; 32]).unwrap();
    let recovery = |number| RecoveryShare::from_parts(number, &[1; 32]).unwrap();
    let table: [(Item, &[Sender]); 9] = [
        (Item::Full { section, epoch, seed: EpochSeed::from_bytes([1; 32]) }, &everybody),
        (Item::Epoch { section, epoch, key: ContentKey::from_bytes([1; 32]) }, &everybody),
        (Item::Author { section, epoch, key: AuthorKey::from_bytes([1; 32]) }, &in_charge),
        (Item::Entry { section, seq: 1, key: MessageKey::from_bytes([1; 32]) }, &in_charge),
        (Item::Channel { generation: 1, key: ChannelKey::from_bytes([1; 32]) }, &[Owner]),
        (Item::Emergency1 { generation: 1, half: EmergencyHalf1::from_bytes([1; 32]) }, &in_charge),
        (
            Item::Emergency2 { generation: 1, half: EmergencyHalf2::from_bytes([1; 32]) },
            &[Owner, Guardian, Custodian],
        ),
        (
            Item::Emergency2Share { generation: 1, share: share(0x0201) },
            &[Owner, Guardian, Custodian],
        ),
        (Item::RecoveryShare { version: 1, share: recovery(0x0305) }, &[Owner, Trustee]),
    ];
    for (row, (item, accepted)) in table.iter().enumerate() {
        for sender in everybody {
            let is_accepted = item.is_accepted_from(sender);
            assert_eq!(is_accepted, accepted.contains(&sender), "kind {}, {sender:?}", row + 1);
        }
    }
    // All nine travel in one delivery of sixteen places.
    let all = all();
    let kinds = table.map(|(item, _)| item);
    let delivery = channel(&all).seal(&kinds, given([1; 32])).unwrap();
    assert_eq!(delivery.len(), 78 + 39 * 16);
    let opened = channel(&all).open(&Delivery::parse(&delivery).unwrap()).unwrap();
    assert_eq!(opened.items.len(), 9);
}

#[test]
fn lengths_that_no_number_of_items_has_are_refused() {
    let refused = Err(Error::BadDelivery("not 1, 2, 4, …, 64 items"));
    for (form, header) in [(0, 78), (1, 1_138)] {
        let of = |length: usize| {
            let mut bytes = vec![0; length];
            bytes[..2].copy_from_slice(&[1, form]);
            Delivery::parse(&bytes).map(|_| ())
        };
        for count in [1, 2, 4, 8, 16, 32, 64] {
            assert_eq!(of(header + 39 * count), Ok(()), "{count} items");
            assert_eq!(of(header + 39 * count + 1), refused, "{count} items and a byte");
        }
        for count in [0, 3, 63, 65, 128] {
            assert_eq!(of(header + 39 * count), refused, "{count} items");
        }
        assert_eq!(of(header - 1), Err(Error::BadDelivery("shorter than its header")));
    }
    assert_eq!(Delivery::parse(&[2, 0]), Err(Error::UnsupportedVersion(2)));
    assert_eq!(Delivery::parse(&[1, 2]), Err(Error::BadDelivery("unknown form")));
    let none: [Item; 0] = [];
    let all = all();
    let empty = channel(&all).seal(&none, given([1; 32])).unwrap();
    assert_eq!(empty.len(), 78 + 39, "nothing looks like one item");
    assert!(channel(&all).open(&Delivery::parse(&empty).unwrap()).unwrap().items.is_empty());
}

#[test]
fn scopes_give_the_items_of_their_reach() {
    let all = all();
    let section = crate::section(&all);
    let at = section.at(Epoch::FIRST);
    let vector = &all["section"]["epochs"][0];
    let seed = EpochSeed::from_bytes(array(&vector["seed"]));
    let lab = array(&person(&all, "lab")["account"]);

    let Item::Full { seed: full, .. } = Scope::WithPast.item(&at, &seed, &lab) else { panic!() };
    let Item::Epoch { key: content, .. } = Scope::ThisEpoch.item(&at, &seed, &lab) else {
        panic!()
    };
    let Item::Author { key: author, .. } = Scope::WriteOnly.item(&at, &seed, &lab) else {
        panic!()
    };

    assert!(full == seed);
    assert_eq!(content.expose()[..], bytes(&vector["content_key"]));
    assert_eq!(author.expose()[..], bytes(&all["section"]["entries"][1]["author_key"]));
}
