//! Typed data is signed as EIP-712 says (devnode.md section 7.1).

use alloy_primitives::{Address, Signature, b256, hex};
use nitro_devnode::{DEV_ACCOUNT, Node};
use serde_json::{Value, json};

use crate::rig::Rig;

/// A node that signs for its accounts.
fn unlocked() -> Rig {
    Rig::with(Node::builder().signing_accounts([DEV_ACCOUNT]))
}

/// The example of EIP-712.
fn mail() -> Value {
    let text = |name: &str| json!({ "name": name, "type": "string" });
    let person = |name: &str| json!({ "name": name, "type": "Person" });
    json!({
        "types": {
            "EIP712Domain": [
                text("name"), text("version"), { "name": "chainId", "type": "uint256" },
                { "name": "verifyingContract", "type": "address" },
            ],
            "Person": [text("name"), { "name": "wallet", "type": "address" }],
            "Mail": [person("from"), person("to"), text("contents")],
        },
        "primaryType": "Mail",
        "domain": {
            "name": "Ether Mail", "version": "1", "chainId": 1,
            "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        },
        "message": {
            "from": { "name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
            "to": { "name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
            "contents": "Hello, Bob!",
        },
    })
}

#[tokio::test]
async fn the_example_of_the_standard_has_its_digest_under_every_name() {
    let rig = unlocked();
    // The digest in EIP-712's example.
    let digest = b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");

    for method in ["eth_signTypedData", "eth_signTypedData_v3", "eth_signTypedData_v4"] {
        for data in [mail(), mail().to_string().into()] {
            let signed = rig.call(method, json!([DEV_ACCOUNT.address, data])).await;

            let bytes = hex::decode(signed.as_str().unwrap()).unwrap();
            let signature = Signature::try_from(bytes.as_slice()).unwrap();
            let signer = signature.recover_address_from_prehash(&digest).unwrap();
            assert_eq!(signer, DEV_ACCOUNT.address, "{method}");
            assert!([27, 28].contains(&bytes[64]), "{method}");
        }
    }
}

#[tokio::test]
async fn accounts_without_key_and_broken_data_are_refused() {
    let rig = unlocked();
    let strict = Rig::with(Node::builder().strict());
    let sign = async |account: Address, change: &dyn Fn(&mut Value)| {
        let mut data = mail();
        change(&mut data);
        rig.error("eth_signTypedData_v4", json!([account, data])).await
    };
    let of_dev = async |change: &dyn Fn(&mut Value)| sign(DEV_ACCOUNT.address, change).await;

    let unknown = sign(Address::repeat_byte(7), &|_| ()).await;
    let missing = of_dev(&|data| data["primaryType"] = "Letter".into()).await;
    let mistyped = of_dev(&|data| data["message"]["from"]["wallet"] = "Bob".into()).await;
    let no_message = of_dev(&|data| data["message"] = Value::Null).await;
    let itself = of_dev(&|data| data["types"]["Person"][0]["type"] = "Mail".into()).await;
    let absent = strict.error("eth_signTypedData_v4", json!([DEV_ACCOUNT.address, mail()])).await;

    assert_eq!(unknown, (-32000, "unknown account".to_owned()));
    for (code, text) in [missing, mistyped, no_message, itself] {
        assert!(code == -32602 && text.starts_with("invalid argument 1: "), "{code} {text}");
    }
    assert_eq!(absent.0, -32601);
}

#[tokio::test]
async fn types_that_would_grow_without_bound_are_refused_at_once() {
    let rig = unlocked();
    let types = |kinds: &dyn Fn(usize) -> Vec<Value>| {
        let all = (0..60).map(|level| (format!("T{level}"), Value::from(kinds(level))));
        let mut data = mail();
        data["types"] = all.collect::<serde_json::Map<_, _>>().into();
        data["primaryType"] = "T0".into();
        data
    };
    let next =
        |level: usize, name: &str| json!({ "name": name, "type": format!("T{}", level + 1) });

    // 2^60 members, the same hidden in tuples, and an array of arrays of arrays.
    let doubling = types(&|level| vec![next(level, "a"), next(level, "b")]);
    let tuples =
        types(&|level| vec![json!({ "name": "a", "type": format!("(T{0},T{0})", level + 1) })]);
    let brackets = format!("uint8{}", "[]".repeat(1_000_000));
    let mut nested = mail();
    nested["types"]["Mail"][2]["type"] = brackets.into();

    for data in [doubling, tuples, nested] {
        let (code, text) =
            rig.error("eth_signTypedData_v4", json!([DEV_ACCOUNT.address, data])).await;

        assert!(code == -32602 && text.starts_with("invalid argument 1: "), "{code} {text}");
    }
}
