//! The access chain: vectors, tampering, and who has access (crypto.md section 9.3).

use chartkey_crypto::*;
use serde_json::Value;

use crate::{all, array, bytes, number, person, record};

fn logs(all: &Value) -> Vec<AccessLog> {
    let mut state = AccessState::genesis(&record(all));
    let links = all["acl"]["links"].as_array().unwrap().iter();
    links
        .map(|link| {
            let (actor, time) = (array(&link["actor"]), link["time"].as_u64().unwrap());
            let body = bytes(&link["body"]);
            state = state.append(&actor, time, &body);
            assert_eq!(state.head()[..], bytes(&link["head"]), "{}", link["action"]);
            assert_eq!(state.seq(), number(&link["seq"]));
            AccessLog { state, actor, time, body }
        })
        .collect()
}

#[test]
fn the_chain_is_that_of_the_vectors() {
    let all = all();
    assert_eq!(AccessState::genesis(&record(&all)).head()[..], bytes(&all["acl"]["genesis"]));
    let logs = logs(&all);
    let end = logs[2].state;

    let entries = verify_access(&record(&all), end, &logs, None).unwrap();

    let clinician = array(&person(&all, "clinician")["account"]);
    let Ok(Action::Grant(grant)) = entries[0].action() else { panic!("a grant") };
    assert_eq!(grant.grantee, clinician);
    assert_eq!((grant.permissions, grant.sections, grant.purpose), (3, 8, 1));
    let list = bytes(&all["deliveries"]["list"]);
    assert!(entries[1].is_about(&list) && !entries[1].is_about(b"another list"));
    assert_eq!(entries[1].action(), Ok(Action::delivery(&list)));
    let lab = array(&person(&all, "lab")["account"]);
    assert_eq!(entries[2].action(), Ok(Action::Revoke { grantee: lab }));
    for (entry, log) in entries.iter().zip(&logs) {
        assert_eq!(entry.action().unwrap().encode(), log.body);
    }
}

#[test]
fn what_a_lying_endpoint_does_to_the_chain_is_named() {
    let all = all();
    let record = record(&all);
    let good = logs(&all);
    let end = good[2].state;
    let verify = |logs: &[AccessLog]| verify_access(&record, end, logs, None).err();

    let mut missing = good.clone();
    missing.remove(1);
    assert_eq!(verify(&missing), Some(Error::Missing(2)));
    let mut altered = good.clone();
    altered[1].actor[0] ^= 1;
    assert_eq!(verify(&altered), Some(Error::Altered(2)));
    let mut twice = good.clone();
    twice.push(altered[1].clone());
    assert_eq!(verify(&twice), Some(Error::Duplicate(2)));
    let mut forged = good.clone();
    forged[2].body = Action::OwnerChanged { account: [9; 20] }.encode();
    forged[2].state = forged[1].state.append(&forged[2].actor, forged[2].time, &forged[2].body);
    assert_eq!(verify(&forged), Some(Error::HeadMismatch { first: 1, last: 3 }));

    let back = verify_access(&record, good[1].state, &good, Some(end));
    assert_eq!(back, Err(Error::Rollback { checkpoint: 3, state: 2 }));
    let unused = AccessState::of_word(&record, [0; 32]);
    let unused = verify_access(&record, unused, &[], Some(end));
    assert_eq!(unused, Err(Error::Rollback { checkpoint: 3, state: 0 }));
    let fork = verify_access(&record, end, &good, Some(forged[2].state));
    assert_eq!(fork, Err(Error::Fork(3)));
}

#[test]
fn verification_goes_on_from_a_checkpoint() {
    let all = all();
    let logs = logs(&all);
    let end = logs[2].state;
    let whole = verify_access(&record(&all), end, &logs, None).unwrap();

    let rest = verify_access_since(whole[0].state(), end, &logs[1..]).unwrap();

    assert_eq!(rest, whole[1..]);
    let nothing = verify_access_since(end, end, &[]).unwrap();
    assert!(nothing.is_empty());
}

#[test]
fn a_malformed_body_is_listed_and_hides_nothing() {
    let record = Record { chain_id: 1, contract: [1; 20], id: [2; 32] };
    let bodies = [vec![1, 2, 3], vec![200, 1], Action::Revoke { grantee: [3; 20] }.encode()];
    let mut state = AccessState::genesis(&record);
    let logs: Vec<AccessLog> = bodies
        .iter()
        .map(|body| {
            state = state.append(&[9; 20], 5, body);
            AccessLog { state, actor: [9; 20], time: 5, body: body.clone() }
        })
        .collect();

    let entries = verify_access(&record, state, &logs, None).unwrap();

    assert_eq!(entries[0].action(), Err(Error::BadAccess("it ends within a field")));
    assert_eq!(entries[1].action(), Ok(Action::Other(vec![200, 1])));
    assert_eq!(entries[2].action(), Ok(Action::Revoke { grantee: [3; 20] }));
}

const fn grant(grantee: u8, sections: u64, expiry: u64) -> Grant {
    Grant { grantee: [grantee; 20], permissions: 1, sections, expiry, purpose: 1 }
}

#[test]
fn readers_are_those_whose_grant_is_in_force() {
    let (section, other) = (Handle::new(3).unwrap(), Handle::new(4).unwrap());
    let mut grants = Grants::default();
    grants.apply(&Action::Grant(grant(1, 1 << 3, 100)));
    grants.apply(&Action::Grant(grant(2, 1 << 4, 100)));
    grants.apply(&Action::Grant(grant(3, 1 << 3 | 1 << 4, 50)));
    grants.apply(&Action::Grant(grant(4, u64::MAX, 100)));
    grants.apply(&Action::Revoke { grantee: [4; 20] });
    grants.apply(&Action::Grant(grant(1, 1 << 3, 80)));

    let readers = |section, now| -> Vec<u8> {
        grants.readers(section, now).map(|grant| grant.grantee[0]).collect()
    };

    assert_eq!(readers(section, 10), [1, 3]);
    assert_eq!(readers(other, 10), [2, 3]);
    assert_eq!(readers(section, 50), [1], "an expiry is the first second without access");
    assert_eq!(grants.of_account(&[1; 20]).map(|grant| grant.expiry), Some(80));
    assert_eq!(grants.of_account(&[4; 20]), None);
}

#[test]
fn nothing_is_appended_while_somebody_without_access_has_the_keys() {
    let (section, other) = (Handle::new(3).unwrap(), Handle::new(4).unwrap());
    let mut grants = Grants::default();
    grants.apply(&Action::Grant(grant(1, 1 << 3, 100)));
    let check =
        |section, dirty, began, now| grants.require_current_keys(section, dirty, began, now);

    assert_eq!(check(section, 0, 10, 99), Ok(()));
    assert_eq!(check(section, 0, 10, 100), Err(Error::RotationDue(3)));
    assert_eq!(check(section, 0, 100, 200), Ok(()), "rotated after the expiry");
    assert_eq!(check(other, 0, 10, 200), Ok(()));
    assert_eq!(check(other, 1 << 4, 10, 20), Err(Error::RotationDue(4)));
}
