//! A real program through the RPC: deployed, activated, called.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256, address, hex};
use serde_json::json;

use crate::rig::Rig;
use crate::signer::Signer;

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

pub(crate) fn echo() -> Vec<u8> {
    let wasm = wat::parse_str(include_str!("../../examples/bench/echo.wat")).unwrap();
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut wasm.as_slice(), &mut code, &parameters).unwrap();
    code
}

pub(crate) fn activation(signer: &Signer, nonce: u64, program: Address) -> String {
    let mut input = hex!("58c780c2").to_vec();
    input.extend_from_slice(program.into_word().as_slice());
    signer.sign(TxEip1559 {
        to: TxKind::Call(ARB_WASM),
        value: U256::from(10).pow(U256::from(18)),
        gas_limit: 20_000_000,
        input: input.into(),
        ..Signer::plain(nonce)
    })
}

#[tokio::test]
async fn a_program_answers_after_its_activation_and_not_before() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let program = rig.deploy(&signer, 0, &echo()).await;
    let call = json!([{ "to": program, "data": "0x2a2b" }, "latest"]);

    let before = rig.error("eth_call", call.clone()).await;
    let activated = rig.mine(&activation(&signer, 1, program)).await;

    assert_eq!(before, (-32000, "error ProgramNotActivated()".to_owned()));
    assert_eq!(activated["status"], "0x1", "{activated}");
    assert_eq!(rig.call("eth_call", call).await, "0x2a2b");
    let code = rig.call("eth_getCode", json!([program, "latest"])).await;
    assert!(code.as_str().unwrap().starts_with("0xeff00000"));
}

#[tokio::test]
async fn a_program_is_activated_from_the_dev_account_by_one_call() {
    let rig = Rig::new();
    let program = rig.deploy(&Signer::test(0), 0, &echo()).await;

    let hash = rig.call("stylus_activate", json!([program])).await;
    let again = rig.error("stylus_activate", json!([program])).await;

    let receipt = rig.call("eth_getTransactionReceipt", json!([hash])).await;
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    let call = json!([{ "to": program, "data": "0x2a2b" }, "latest"]);
    assert_eq!(rig.call("eth_call", call).await, "0x2a2b");
    assert_eq!(again, (3, "execution reverted: error ProgramUpToDate()".to_owned()));
}

#[tokio::test]
async fn a_second_activation_is_refused_with_the_error_of_arb_wasm() {
    let rig = Rig::new();
    let signer = Signer::test(0);
    let program = rig.deploy(&signer, 0, &echo()).await;
    rig.mine(&activation(&signer, 1, program)).await;
    let input = format!("0x58c780c2{}", hex::encode(program.into_word()));
    let value = "0xde0b6b3a7640000";

    let call = json!({ "from": signer.address, "to": ARB_WASM, "data": input, "value": value });
    let answer = rig.raw_call("eth_estimateGas", json!([call])).await;

    assert_eq!(answer["error"]["code"], 3, "{answer}");
    assert_eq!(answer["error"]["data"], "0xcc944bf2");
    assert_eq!(answer["error"]["message"], "execution reverted: error ProgramUpToDate()");
}

#[tokio::test]
async fn item_76_an_activation_that_pays_nothing_is_told_the_fee() {
    let rig = Rig::new();
    let program = rig.deploy(&Signer::test(0), 0, &echo()).await;
    let input = format!("0x58c780c2{}", hex::encode(program.into_word()));

    let answer = rig.raw_call("eth_call", json!([{ "to": ARB_WASM, "data": input }])).await;

    let message = answer["error"]["message"].as_str().unwrap();
    let start = "execution reverted: error ProgramInsufficientValue(0, ";
    assert!(message.starts_with(start), "{answer}");
    let fee: u64 = message[start.len()..].trim_end_matches(')').parse().unwrap();
    assert!(fee > 0);
}

/// What `cargo stylus check` does (devnode.md section 6.3).
#[tokio::test]
async fn a_check_activates_code_that_only_an_override_puts_there() {
    let rig = Rig::new();
    let (sender, program) = (Address::repeat_byte(0x21), Address::repeat_byte(0x22));
    let input = format!("0x58c780c2{}", hex::encode(program.into_word()));
    let value = "0xde0b6b3a7640000";
    let call = json!({ "from": sender, "to": ARB_WASM, "data": input, "value": value });
    let everything = format!("0x{}", "f".repeat(64));
    let overrides = json!({
        sender.to_string(): { "balance": everything },
        program.to_string(): { "code": hex::encode_prefixed(echo()) },
    });

    let answer = rig.call("eth_call", json!([call, "latest", overrides])).await;

    let answer = answer.as_str().unwrap();
    assert_eq!(answer.len(), 2 + 2 * 64, "version and data fee: {answer}");
    assert!(answer.starts_with(&format!("0x{:064x}", 2)), "{answer}");
}
