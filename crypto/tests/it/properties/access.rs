//! Access entries.

use chartkey_crypto::*;
use proptest::prelude::*;

fn any_action() -> impl Strategy<Value = Action> {
    let account = any::<[u8; 20]>();
    prop_oneof![
        (account, any::<u16>(), any::<u64>(), any::<u64>(), any::<u8>()).prop_map(
            |(grantee, permissions, sections, expiry, purpose)| {
                Action::Grant(Grant { grantee, permissions, sections, expiry, purpose })
            }
        ),
        account.prop_map(|grantee| Action::Revoke { grantee }),
        any::<[u8; 32]>().prop_map(|list| Action::Delivery { list }),
        (account, any::<u16>(), any::<[u8; 32]>()).prop_map(|(claimant, reason, note)| {
            Action::EmergencyOpened { claimant, reason, note }
        }),
        any::<u32>().prop_map(|generation| Action::emergency_set(generation, b"list")),
        any::<u32>().prop_map(|version| Action::guardians_set(version, b"list", b"blob")),
        account.prop_map(|account| Action::OwnerChanged { account }),
    ]
}

proptest! {
    #[test]
    fn actions_round_trip_and_have_one_length(action in any_action()) {
        let mut body = action.encode();
        prop_assert_eq!(Action::decode(&body).unwrap(), action);
        body.push(0);
        prop_assert_eq!(Action::decode(&body), Err(Error::BadAccess("bytes after its end")));
        body.truncate(body.len() - 2);
        prop_assert_eq!(Action::decode(&body), Err(Error::BadAccess("it ends within a field")));
    }
}
