//! The threats of crypto.md section 17 that concern access, one test per defence.

use alloy_primitives::keccak256;
use chartkey_crypto::{
    Candidate, Epoch, EpochSeed, Fresh, Handle, Identity, Item, KeyId, Listed, PublicKey, Record,
    RegisteredKey, encode_list, seal_direct,
};
use chartkey_tests::{LyingNode, PATIENT};
use ethers::core::types::{Address, Bytes};
use serde_json::Value;

use crate::access_ward::{CLINICIAN, HISTORY, MEDICATIONS, OTHER, Ward};
use crate::client::{Client, Records, RecordsErrors};

const GRANT: [&str; 7] =
    ["access", "grant", CLINICIAN, "--section", HISTORY, "--open-ended", "--json"];

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(&hex[2..]).expect("hex").try_into().expect("the length")
}

/// Puts `with` where `what` stands in an answer.
fn swapped(answer: &mut Value, what: &str, with: &str) {
    let text = answer.to_string().replace(&what[2..], &with[2..]);
    *answer = serde_json::from_str(&text).expect("as good JSON as before");
}

/// Ends with `code` and 7, and no transaction was even simulated.
fn is_stopped(ward: &Ward, liar: &LyingNode, more: &[&str], code: &str) {
    let run = ward.through(liar, &[&GRANT[..], more].concat());
    let error = run.ends_with(7).envelope()["error"].clone();
    assert_eq!(error["code"], code, "{error}");
    for method in ["eth_estimateGas", "eth_sendRawTransactionSync", "eth_sendRawTransaction"] {
        assert!(liar.asked(method).is_empty(), "{method}");
    }
}

/// A foreign key in the place of the clinician's, made so that word and key agree.
struct Forgery {
    word: (String, String),
    key: (String, String),
}

impl Forgery {
    fn of(ward: &Ward) -> Self {
        let (own, foreign) = (ward.public_key(CLINICIAN), ward.public_key(OTHER));
        let identity = Identity {
            chain_id: 412_346,
            contract: bytes(ward.program()),
            account: bytes(CLINICIAN),
            version: 1,
        };
        let id = KeyId::of(&identity, &PublicKey::from_bytes(&foreign).expect("a key"));
        let forged = RegisteredKey { id, version: 1 }.to_word();
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        Self { word: (ward.key_word(CLINICIAN), hex(&forged)), key: (hex(&own), hex(&foreign)) }
    }

    fn told(self, ward: &Ward) -> LyingNode {
        LyingNode::in_front_of(&ward.node.url(), move |_, answer| {
            swapped(answer, &self.word.0, &self.word.1);
            swapped(answer, &self.key.0, &self.key.1);
        })
    }
}

#[test]
fn c05_a_swapped_public_key_stops_before_anything_is_sealed() {
    let ward = Ward::open();
    let Forgery { key, .. } = Forgery::of(&ward);
    let liar = LyingNode::in_front_of(&ward.node.url(), move |_, answer| {
        swapped(answer, &key.0, &key.1);
    });

    is_stopped(&ward, &liar, &[], "RegistryDisagreement");
}

#[test]
fn c05_a_swapped_word_stops_before_anything_is_sealed() {
    let ward = Ward::open();
    let Forgery { word, .. } = Forgery::of(&ward);
    let liar = LyingNode::in_front_of(&ward.node.url(), move |method, answer| {
        if method == "eth_getStorageAt" {
            swapped(answer, &word.0, &word.1);
        }
    });

    is_stopped(&ward, &liar, &[], "RegistryDisagreement");
}

#[test]
fn c05_a_whole_foreign_key_is_stopped_by_the_words_the_second_endpoint_and_the_pin() {
    let ward = Ward::open();
    let words = ward.fingerprint(CLINICIAN);
    let liar = Forgery::of(&ward).told(&ward);
    is_stopped(&ward, &liar, &["--fingerprint", &words], "FingerprintMismatch");

    let honest = ward.node.url();
    let two = [&GRANT[..], &["--rpc-url", &honest, "--rpc-url", liar.url()]].concat();
    let error = ward.patient(&two).ends_with(7).envelope()["error"].clone();
    assert_eq!(error["code"], "EndpointDisagreement");

    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--fingerprint", &words]));
    is_stopped(&ward, &liar, &[], "ReaderKeyChanged");
}

#[test]
fn c05_a_changed_pinned_key_stops_and_yes_does_not_take_it() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));
    ward.change_key_of_clinician();
    let witness = LyingNode::in_front_of(&ward.node.url(), |_, _| ());

    is_stopped(&ward, &witness, &[], "ReaderKeyChanged");
}

#[test]
fn c05_a_reader_whose_key_changed_does_not_keep_another_from_being_revoked() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));
    drop(ward.grant(OTHER, &["--section", HISTORY]));
    ward.change_key_of_clinician();

    let run = ward.patient(&["access", "revoke", OTHER]).succeeds();

    drop(run.says(&format!("{CLINICIAN} gets none of the new keys")));
    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_other(HISTORY), [Some("first of the history".into()), None]);
}

#[test]
fn c09_what_was_sent_cannot_be_sent_again_or_copied_or_reach_another_key() {
    let ward = Ward::open();
    let file = ward.file(0, b"once");
    let written = ward.json(&["record", "update-history", "--text", &file]);
    let granted = ward.grant(CLINICIAN, &["--section", HISTORY]);

    let append = ward.calldata(&written["tx"]);
    let again = ward.refusal(PATIENT, &append);
    assert!(matches!(again, RecordsErrors::StateMoved(_)), "{again:?}");
    let grant = ward.calldata(&granted["tx"]);
    for copier in [CLINICIAN, OTHER] {
        let copied = ward.refusal(copier, &grant);
        let is_refused =
            matches!(copied, RecordsErrors::NotOwner(_) | RecordsErrors::NotGranted(_));
        assert!(is_refused, "{copied:?}");
    }
    ward.change_key_of_clinician();
    let moved = ward.refusal(PATIENT, &grant);
    assert!(matches!(moved, RecordsErrors::KeysMoved(_)), "{moved:?}");
}

#[test]
fn c10_a_revoked_reader_opens_nothing_later_and_nothing_is_appended_meanwhile() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--section", MEDICATIONS]));
    let (record, handle) = (bytes(&ward.record), handle(&ward, HISTORY));
    let clinician: Address = CLINICIAN.parse().expect("an address");
    // Another client revokes and does not rotate.
    ward.by_hand(0, |records| async move { mined(records.revoke(record, clinician)).await });

    let append = |index| {
        ward.by_hand(index, |records| async move {
            let state = records.state_of(record, handle).call().await.expect("a view");
            refused(records.append(record, handle, state, Bytes::from(vec![2; 585]))).await
        })
    };
    let dirty = append(0);
    assert!(matches!(dirty, RecordsErrors::RotationDue(_)), "{dirty:?}");
    let revoked = append(1);
    assert!(matches!(revoked, RecordsErrors::NotOwner(_)), "{revoked:?}");

    ward.write(HISTORY, "after");
    assert_eq!(ward.read_by_clinician(HISTORY), [Some("first of the history".into()), None]);
}

#[test]
fn c11_an_expired_grantee_cannot_write_and_the_gap_is_shown_until_the_rotation() {
    let ward = Ward::open();
    let end = chartkey::dates::format_instant(chartkey::dates::now() + 3_600);
    let grant = ["access", "grant", CLINICIAN, "--section", HISTORY, "--until", &end];
    drop(ward.patient(&[&grant[..], &["--write", "--device"]].concat()).succeeds());
    let due = |ward: &Ward| {
        ward.json(&["access", "list"])["rotationDue"].as_array().expect("a list").len()
    };
    assert_eq!(due(&ward), 0);

    ward.wait(7_200);

    let (record, number) = (bytes(&ward.record), handle(&ward, HISTORY));
    let expired = ward.by_hand(1, |records| async move {
        let state = records.state_of(record, number).call().await.expect("a view");
        refused(records.append(record, number, state, Bytes::from(vec![2; 585]))).await
    });
    assert!(matches!(expired, RecordsErrors::GrantExpired(_)), "{expired:?}");
    assert_eq!(due(&ward), 1, "the gap is shown");
    ward.write(HISTORY, "after");
    assert_eq!(due(&ward), 0, "the write closed it");
    assert_eq!(ward.read_by_clinician(HISTORY), [Some("first of the history".into()), None]);
}

#[test]
fn c11_anybody_ends_what_has_run_out_and_the_owner_in_one_transaction_with_new_keys() {
    let ward = Ward::open();
    let end = chartkey::dates::format_instant(chartkey::dates::now() + 3_600);
    for reader in [CLINICIAN, OTHER] {
        let grant = ["access", "grant", reader, "--section", HISTORY, "--until", &end];
        drop(ward.patient(&grant).succeeds());
    }
    drop(ward.patient(&["access", "expire", OTHER]).ends_with(2).says("holds until"));
    ward.wait(7_200);

    drop(ward.other(&["access", "expire", CLINICIAN]).succeeds());
    let ended = ward.json(&["access", "expire", OTHER]);

    assert_eq!(ended["transactions"].as_array().expect("a list").len(), 1);
    let list = ward.json(&["access", "list"]);
    assert_eq!(
        (&list["grants"], &list["rotationDue"]),
        (&Value::from(vec![(); 0]), &Value::from(vec![(); 0]))
    );
}

#[test]
fn c12_each_scope_opens_what_it_says_and_no_more() {
    let ward = Ward::open();
    let both = ["--section", HISTORY, "--section", MEDICATIONS];
    drop(ward.grant(CLINICIAN, &[&both[..], &["--read", "from-now"]].concat()));
    drop(ward.json(&["access", "share", OTHER, "--section", HISTORY, "--entry", "2"]));
    ward.write(HISTORY, "new");
    ward.write(MEDICATIONS, "new");

    for section in [HISTORY, MEDICATIONS] {
        assert_eq!(ward.read_by_clinician(section), [None, Some("new".into())], "{section}");
    }
    assert_eq!(ward.read_by_other(HISTORY), [Some("first of the history".into()), None]);
    assert_eq!(ward.read_by_other(MEDICATIONS), [None, None]);
}

#[test]
fn c13_a_write_only_author_reads_its_own_entries_and_no_others() {
    let ward = Ward::open();
    // It learns the section's name from an epoch without entries.
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--read", "from-now"]));
    drop(ward.grant(CLINICIAN, &["--section", HISTORY, "--read", "own", "--device"]));
    let file = ward.file(1, b"haemoglobin");
    drop(ward.clinician(&["record", "update-history", "--text", &file]).succeeds());
    ward.write(HISTORY, "not for the laboratory");

    let read = ward.read_by_clinician(HISTORY);

    assert_eq!(read, [None, Some("haemoglobin".into()), None]);
}

#[test]
fn c14_a_rotator_that_keeps_the_keys_is_named_and_the_owner_recovers() {
    let ward = Ward::open();
    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));
    drop(ward.grant(OTHER, &["--section", HISTORY, "--write", "--rotate", "--device"]));
    let (record, number) = (bytes(&ward.record), handle(&ward, HISTORY));
    ward.by_hand(2, |records| async move {
        bad_rotation(&records, record, number, [0; 32], Vec::new()).await;
        let state = records.state_of(record, number).call().await.expect("a view");
        mined(records.append(record, number, state, Bytes::from(vec![2; 585]))).await;
    });

    let due = ward.json(&["access", "list"])["rotationDue"].clone();
    assert_eq!(due.as_array().expect("a list").len(), 1, "{due}");
    assert_eq!(ward.error_of_last_entry(), "KeyNotDelivered");
    ward.write(HISTORY, "recovered");

    let (first, last) = (Some("first of the history".into()), Some("recovered".into()));
    assert_eq!(ward.read_by_clinician(HISTORY), [first, None, last]);
}

#[test]
fn c14_who_comes_after_a_break_in_the_back_links_reads_both_sides() {
    let ward = Ward::open();
    drop(ward.grant(OTHER, &["--section", HISTORY, "--rotate", "--device"]));
    let (record, number) = (bytes(&ward.record), handle(&ward, HISTORY));
    ward.by_hand(2, |records| async move {
        bad_rotation(&records, record, number, [0; 32], Vec::new()).await;
    });
    ward.write(HISTORY, "recovered");

    drop(ward.grant(CLINICIAN, &["--section", HISTORY]));

    let read = ward.read_by_clinician(HISTORY);
    assert_eq!(read, [Some("first of the history".into()), Some("recovered".into())]);
}

#[test]
fn c14_a_delivery_that_does_not_fit_is_named_with_epoch_and_rotator() {
    let ward = Ward::open();
    drop(ward.grant(OTHER, &["--section", HISTORY, "--rotate", "--device"]));
    let number = handle(&ward, HISTORY);
    let place =
        Record { chain_id: 412_346, contract: bytes(ward.program()), id: bytes(&ward.record) };
    let word: [u8; 32] = bytes(&ward.key_word(PATIENT));
    let key = PublicKey::from_bytes(&ward.public_key(PATIENT)).expect("a key");
    let registered = RegisteredKey::proven(word).expect("registered");
    let patient = Candidate::new(&place, bytes(PATIENT), registered, key).expect("sound");
    let (section, epoch) =
        (Handle::new(number).expect("a handle"), Epoch::new(2).expect("an epoch"));
    let items = [Item::Full { section, epoch, seed: EpochSeed::from_bytes([7; 32]) }];
    let rnd = Fresh::<64>::draw(getrandom::fill).expect("randomness");
    let sealed = seal_direct(&place, &patient.confirmed_by_user(), bytes(OTHER), &items, rnd);
    let sealed = sealed.expect("sealed");
    let list = encode_list(&[Listed { recipient: bytes(PATIENT), delivery: &sealed }]);
    let (record, list) = (place.id, list.expect("a list"));

    ward.by_hand(2, |records| async move {
        bad_rotation(&records, record, number, keccak256(word).0, list).await;
    });

    let run = ward.patient(&["record", "show"]).succeeds();
    let run = run.says("its epoch 2").says(OTHER).says("EpochCommitmentMismatch");
    drop(run);
    ward.write(HISTORY, "recovered");
    assert_eq!(ward.json(&["access", "list"])["rotationDue"], Value::from(vec![(); 0]));
}

fn handle(ward: &Ward, section: &str) -> u16 {
    u16::try_from(ward.handle(section)).expect("a handle")
}

/// An epoch record of the right form whose keys nobody has.
async fn bad_rotation(
    records: &Records<Client>,
    record: [u8; 32],
    handle: u16,
    keys: [u8; 32],
    list: Vec<u8>,
) {
    let state = records.state_of(record, handle).call().await.expect("a view");
    let epoch_record = [&[1, 0, 0, 0, 2][..], &[0xbd; 256]].concat();
    let (handles, states) = (vec![handle], vec![state]);
    let records_of = vec![Bytes::from(epoch_record)];
    let nobody = Address::zero();
    mined(records.rotate(record, nobody, handles, states, records_of, keys, list.into())).await;
}

async fn mined<D: ethers::core::abi::Detokenize>(
    call: ethers::contract::FunctionCall<std::sync::Arc<Client>, Client, D>,
) {
    let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "accepted");
}

async fn refused<D: ethers::core::abi::Detokenize>(
    call: ethers::contract::FunctionCall<std::sync::Arc<Client>, Client, D>,
) -> RecordsErrors {
    use ethers::core::abi::AbiDecode;
    let error = call.call().await.err().expect("refused");
    RecordsErrors::decode(error.as_revert().expect("revert data")).expect("an error of the ABI")
}
