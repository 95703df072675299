//! What phrase and chain hold together restores everything (crypto.md sections 5.4 and 20).

use chartkey_crypto::*;
use ethers_core::utils::hash_message;
use ethers_signers::Signer as _;

use crate::{all, array, bytes, person, record, section, signing, tamper};

#[test]
fn a_clinician_reads_on_a_new_machine_with_the_phrase_alone() {
    let all = all();
    // From the phrase: the account, and the root by a signature of the unlock key.
    let account = signing::wallet(&all["mnemonic"], "m/44'/60'/0'/0/1").address().0;
    let record = record(&all);
    let (chain_id, contract) = (record.chain_id, record.contract);
    let identity = Identity { chain_id, contract, account, version: 1 };
    let unlock = signing::wallet(&all["mnemonic"], UNLOCK_PATH);
    let sign = || {
        let (r, s) =
            signing::parts(&unlock.sign_hash(hash_message(unlock_message(&identity))).unwrap());
        UnlockSignature::new(r, s)
    };
    let signature = sign();
    signature.require_repeated(&sign()).unwrap();
    let root = Root::derive(&identity, &signature, None);

    // From the chain: the registered key, deliveries in the order of their lists, the section's logs.
    let clinician = person(&all, "clinician");
    let word = RegisteredKey { id: KeyId(array(&clinician["key_id"])), version: 1 }.to_word();
    let registered = RegisteredKey::agreed(word, word, &[]).unwrap();
    let recipient_key = root.key_id(&identity);
    recipient_key.require(registered.id).unwrap();
    let sender = array(&person(&all, "patient")["account"]);
    let context = DeliveryContext { record, recipient: account, recipient_key, sender };
    let direct = bytes(&all["deliveries"]["direct"]["delivery"]);
    let direct = Delivery::parse(&direct).unwrap();
    let first = root.kem_seed().open_direct(&context, Sender::Owner, &direct).unwrap();
    let [Item::Full { .. }, Item::Channel { generation, key }] = &first.items[..] else {
        panic!("a seed and the channel")
    };
    let list = bytes(&all["deliveries"]["list"]);
    let listed = parse_list(&list).unwrap();
    let mine = listed.iter().find(|one| one.recipient == account).unwrap();
    let by_channel = Delivery::parse(mine.delivery).unwrap();
    let second = key.open(&context, Sender::Owner, *generation, &by_channel).unwrap();
    let [Item::Full { section: handle, seed, .. }] = &second.items[..] else { panic!("a seed") };

    // The newest seed opens its epoch, the back link the one before, and these every entry.
    let section = section(&all);
    assert_eq!(*handle, section.handle);
    let logs = tamper::logs(&all);
    let links = verify(&section, logs.last().unwrap().state, &logs, None).unwrap();
    let records: Vec<EpochRecord> = links
        .iter()
        .filter(|link| link.kind() == LinkKind::Epoch)
        .map(|link| EpochRecord::parse(link.blob()).unwrap())
        .collect();
    let newest = records[1].accept(&section, seed).unwrap();
    let before = records[1].seed_before(&section, &newest).unwrap().expect("a past");
    let oldest = records[0].accept(&section, &before).unwrap();
    let frames: Vec<(u32, Frame)> = links
        .iter()
        .filter(|link| link.kind() == LinkKind::Entry)
        .map(|link| {
            let epoch = link.epoch().unwrap();
            let keys = if epoch == Epoch::FIRST { &oldest } else { &newest };
            let key = keys.content.author(&section.at(epoch), &link.author());
            (link.seq(), open_entry(&key, &section, link).unwrap())
        })
        .collect();

    assert_eq!(frames.len(), 4);
    let standings = standings(frames.iter().map(|(seq, frame)| (*seq, frame.operation)));
    assert_eq!(standings[&2], Standing::Corrected { by: 4 });
    assert_eq!(standings[&3], Standing::Retracted { by: 6 });
}
