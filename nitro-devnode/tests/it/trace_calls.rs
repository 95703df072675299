//! Go-ethereum's tracers on EVM frames, programs and precompiles (devnode.md section 5.8),
//! acceptance items 60 and 92.

use alloy_primitives::{Address, U256, hex, keccak256};
use nitro_devnode::DEV_ACCOUNT;
use serde_json::{Value, json};

use crate::rig::{number, store, store_contract};
use crate::signer::Signer;
use crate::trace_rig::{
    ARB_WASM, CALLER, REVERTER, STORER, Tracing, evm_caller, evm_relay, key_and_value, relay,
};

/// Type, target and number of inner calls of each call, outermost first.
fn tree(call: &Value) -> Vec<(String, String, usize)> {
    let inner: Vec<&Value> = call["calls"].as_array().into_iter().flatten().collect();
    let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let mut all = vec![(text("type"), text("to"), inner.len())];
    all.extend(inner.into_iter().flat_map(tree));
    all
}

fn at(address: Address) -> String {
    hex::encode_prefixed(address)
}

#[tokio::test]
async fn item_92_call_tracer_shows_evm_and_program_frames_in_one_tree() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let (caller, storer) = (tracing.program(CALLER).await, tracing.program(STORER).await);
    let input = evm_relay(caller, &relay(evm, &evm_relay(storer, &key_and_value(1, 1))));
    let receipt = tracing.send(evm, input.clone()).await;

    let top = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    let call = |to, inner| ("CALL".to_owned(), at(to), inner);
    assert_eq!(tree(&top), [call(evm, 1), call(caller, 1), call(evm, 1), call(storer, 0)]);
    assert_eq!(top["gas"], "0x4c4b40", "the gas limit");
    assert_eq!(top["gasUsed"], receipt["gasUsed"]);
    assert_eq!(top["input"], hex::encode_prefixed(&input));
    assert_eq!(top["output"], format!("0x{:064x}", 1));
    let innermost = &top["calls"][0]["calls"][0]["calls"][0];
    assert_eq!(innermost["from"], json!(evm));
    assert_eq!(innermost["output"], format!("0x{:064x}", 1));
    assert!(innermost.get("beforeEVMTransfers").is_none(), "only the top frame has them");
}

#[tokio::test]
async fn item_92_money_moves_before_and_after_the_evm_are_told() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(3)).await;

    let top = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    let (sender, used) = (tracing.signer.address, number(&receipt["gasUsed"]));
    let price = number(&receipt["effectiveGasPrice"]);
    let quantity = |value: u64| format!("{value:#x}");
    let before = json!([{
        "purpose": "feePayment", "from": sender, "to": null, "value": quantity(5_000_000 * price),
    }]);
    assert_eq!(top["beforeEVMTransfers"], before);
    let after = &top["afterEVMTransfers"];
    let refund = json!({
        "purpose": "gasRefund", "from": null, "to": sender,
        "value": quantity((5_000_000 - used) * price),
    });
    assert_eq!(after[0], refund);
    assert_eq!(after[1]["purpose"], "feeCollection");
    assert_eq!(after[1]["value"], quantity(used * price));
    let pool = json!({
        "purpose": "feeCollection", "from": null,
        "to": "0xa4b00000000000000000000000000000000000f6", "value": "0x0",
    });
    assert_eq!(after[2], pool);
    assert_eq!(after.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn item_92_a_failing_frame_has_its_error_its_reason_and_no_logs() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let reverter = tracing.program(REVERTER).await;
    let reason = hex!(
        "08c379a0"
        "0000000000000000000000000000000000000000000000000000000000000020"
        "0000000000000000000000000000000000000000000000000000000000000002"
        "6e6f000000000000000000000000000000000000000000000000000000000000"
    );
    let receipt = tracing.send(evm, evm_relay(reverter, &reason)).await;

    let top = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    assert_eq!(receipt["status"], "0x0");
    for call in [&top, &top["calls"][0]] {
        assert_eq!(call["error"], "execution reverted");
        assert_eq!(call["revertReason"], "no");
        assert_eq!(call["output"], hex::encode_prefixed(reason));
    }
}

#[tokio::test]
async fn item_92_call_tracer_options_limit_the_depth_and_add_logs() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(evm, evm_relay(contract, &store(3))).await;
    let traced = async |options: Value| {
        let config = json!({ "tracer": "callTracer", "tracerConfig": options });
        tracing.trace(&receipt, config).await
    };

    let top = traced(json!({ "onlyTopCall": true, "withLog": true })).await;
    let all = traced(json!({ "withLog": true })).await;

    assert_eq!((top.get("calls"), top.get("logs")), (None, None));
    let word = format!("0x{:064x}", 3);
    let log = json!({
        "address": contract, "topics": [word], "data": word, "position": "0x0",
    });
    assert_eq!(all["calls"][0]["logs"], json!([log]));
}

#[tokio::test]
async fn item_92_prestate_tracer_shows_what_evm_and_program_frames_read() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let storer = tracing.program(STORER).await;
    tracing.send(storer, key_and_value(1, 5)).await;
    let receipt = tracing.send(evm, evm_relay(storer, &key_and_value(1, 7))).await;

    let before = tracing.trace(&receipt, json!({ "tracer": "prestateTracer" })).await;
    let config = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let change = tracing.trace(&receipt, config).await;

    let word = |value: u8| format!("0x{value:064x}");
    let sender = at(tracing.signer.address);
    assert_eq!(before[at(storer)]["storage"], json!({ word(1): word(5) }));
    assert_eq!(before[at(evm)]["code"], hex::encode_prefixed(evm_caller()));
    assert_eq!(before[at(evm)]["codeHash"], json!(keccak256(evm_caller())));
    assert!(before[&sender].get("codeHash").is_none());
    assert_eq!(before[&sender]["nonce"], 4);
    assert_eq!(change["pre"][at(storer)]["storage"], json!({ word(1): word(5) }));
    assert_eq!(change["post"][at(storer)], json!({ "storage": { word(1): word(7) } }));
    assert_eq!(change["post"][&sender]["nonce"], 5);
    assert!(change["pre"].get(at(evm)).is_none(), "it did not change: {change}");
    let spent = number_of(&change["pre"][&sender]) - number_of(&change["post"][&sender]);
    assert_eq!(spent, u128::from(number(&receipt["gasUsed"])) * 100_000_000);
}

fn number_of(account: &Value) -> u128 {
    u128::from_str_radix(&account["balance"].as_str().unwrap()[2..], 16).unwrap()
}

#[tokio::test]
async fn item_92_a_created_contract_is_new_in_the_difference() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let block = tracing.rig.call("eth_getBlockByNumber", json!(["latest", false])).await;
    let receipt = json!({ "transactionHash": block["transactions"][1] });

    let config = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let change = tracing.trace(&receipt, config).await;

    let code = hex::encode_prefixed(store_contract());
    let hash = keccak256(store_contract());
    let expected = json!({ "code": code, "codeHash": hash, "nonce": 1 });
    assert_eq!(change["post"][at(contract)], expected);
    assert!(change["pre"].get(at(contract)).is_none());
}

#[tokio::test]
async fn item_92_struct_logs_show_every_instruction_with_its_stack() {
    let mut tracing = Tracing::new();
    // PUSH1 5, PUSH0, SSTORE, PUSH0, SLOAD, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    let contract = tracing.deploy(&hex!("60055f555f545f5260205ff3")).await;
    let receipt = tracing.send(contract, Vec::new()).await;

    let trace = tracing.trace(&receipt, json!({ "enableMemory": true })).await;

    assert_eq!(
        (&trace["failed"], &trace["returnValue"]),
        (&json!(false), &json!(format!("0x{:064x}", 5)))
    );
    assert_eq!(trace["gas"], number(&receipt["gasUsed"]));
    let logs = trace["structLogs"].as_array().unwrap();
    let ops: Vec<_> = logs.iter().map(|log| log["op"].as_str().unwrap()).collect();
    let expected = [
        "PUSH1", "PUSH0", "SSTORE", "PUSH0", "SLOAD", "PUSH0", "MSTORE", "PUSH1", "PUSH0", "RETURN",
    ];
    assert_eq!(ops, expected);
    let (key, value) = (format!("{:064x}", 0), format!("{:064x}", 5));
    let store = json!({
        "pc": 3, "op": "SSTORE", "gas": 5_000_000 - 21_000 - 5, "gasCost": 22_100, "depth": 1,
        "stack": ["0x5", "0x0"], "storage": { key: value },
    });
    assert_eq!(logs[2], store);
    assert_eq!(logs[9]["memory"], json!([value]));
    let costs: Vec<_> = logs.iter().map(|log| log["gasCost"].as_u64().unwrap()).collect();
    assert_eq!(costs, [3, 2, 22_100, 2, 100, 2, 6, 3, 2, 0]);
}

#[tokio::test]
async fn item_92_struct_logs_show_the_opcodes_that_host_calls_stand_for() {
    let mut tracing = Tracing::new();
    let (caller, storer) = (tracing.program(CALLER).await, tracing.program(STORER).await);
    let receipt = tracing.send(caller, relay(storer, &key_and_value(1, 7))).await;

    let trace = tracing.trace(&receipt, json!({ "disableStack": true })).await;

    let logs = trace["structLogs"].as_array().unwrap();
    let steps: Vec<_> = logs
        .iter()
        .map(|log| (log["op"].as_str().unwrap(), log["depth"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("CALLDATACOPY", 1),
        ("CALLDATACOPY", 2),
        ("SSTORE", 2),
        ("SLOAD", 2),
        ("RETURN", 2),
        ("CALL", 1),
        ("RETURNDATACOPY", 1),
        ("RETURN", 1),
    ];
    assert_eq!(steps, expected);
    let storage = json!({ format!("{:064x}", 1): format!("{:064x}", 7) });
    assert_eq!(logs[2]["storage"], storage);
    assert_eq!(logs[3]["storage"], storage);
}

#[tokio::test]
async fn struct_logs_name_the_fault() {
    let mut tracing = Tracing::new();
    let empty_stack = tracing.deploy(&hex!("5f01")).await;
    let receipt = tracing.send(empty_stack, Vec::new()).await;

    let trace = tracing.trace(&receipt, json!({})).await;
    let call = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    assert_eq!((&trace["failed"], &trace["returnValue"]), (&json!(true), &json!("0x")));
    let fault = json!({
        "pc": 1, "op": "ADD", "gas": 4_978_998, "gasCost": 3, "depth": 1,
        "error": "stack underflow (1 <=> 2)", "stack": ["0x0"],
    });
    assert_eq!(trace["structLogs"][1], fault);
    assert_eq!(call["error"], "stack underflow (1 <=> 2)");
}

#[tokio::test]
async fn other_tracers_answer_in_their_shapes() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(evm, evm_relay(contract, &store(3))).await;
    let named = async |name: &str| tracing.trace(&receipt, json!({ "tracer": name })).await;

    let config =
        json!({ "noopTracer": {}, "4byteTracer": null, "callTracer": { "onlyTopCall": true } });
    let mux = json!({ "tracer": "muxTracer", "tracerConfig": config });
    let several = tracing.trace(&receipt, mux).await;

    assert_eq!(named("noopTracer").await, json!({}));
    assert_eq!(named("4byteTracer").await, json!({ "0x00000000-32": 1, "0x00000000-64": 1 }));
    assert_eq!(named("keccak256PreimageTracer").await, json!({}));
    assert_eq!(several["noopTracer"], json!({}));
    assert_eq!(several["4byteTracer"], named("4byteTracer").await);
    assert_eq!(several["callTracer"]["to"], json!(evm));
}

#[tokio::test]
async fn flat_call_tracer_lists_the_calls_with_their_addresses() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let storer = tracing.program(STORER).await;
    let receipt = tracing.send(evm, evm_relay(storer, &key_and_value(1, 1))).await;

    let list = tracing.trace(&receipt, json!({ "tracer": "flatCallTracer" })).await;

    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!((&list[0]["traceAddress"], &list[1]["traceAddress"]), (&json!([]), &json!([0])));
    assert_eq!((&list[0]["subtraces"], &list[1]["subtraces"]), (&json!(1), &json!(0)));
    assert_eq!(list[1]["action"]["callType"], "call");
    assert_eq!(list[1]["action"]["to"], json!(storer));
    assert_eq!(list[1]["result"]["output"], format!("0x{:064x}", 1));
    assert_eq!(list[0]["transactionHash"], receipt["transactionHash"]);
    assert_eq!(list[0]["transactionPosition"], 1);
    assert_eq!(list[0]["blockNumber"], number(&receipt["blockNumber"]));
    assert_eq!(list[0]["beforeEVMTransfers"][0]["purpose"], "feePayment");
    assert!(list[1].get("beforeEVMTransfers").is_none());
}

#[tokio::test]
async fn erc7562_tracer_counts_opcodes_and_slots() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(3)).await;

    let top = tracing.trace(&receipt, json!({ "tracer": "erc7562Tracer" })).await;

    let slot = format!("0x{:064x}", 0);
    assert_eq!(top["accessedSlots"]["writes"], json!({ slot: 1 }));
    assert_eq!(top["usedOpcodes"]["0x55"], 1);
    assert_eq!(top["outOfGas"], false);
}

#[tokio::test]
async fn every_transaction_of_a_block_is_traced_the_first_one_included() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(3)).await;
    let config = json!({ "tracer": "callTracer" });

    let by_number = json!([receipt["blockNumber"], config]);
    let by_number = tracing.rig.call("debug_traceBlockByNumber", by_number).await;
    let by_hash = json!([receipt["blockHash"], config]);
    let by_hash = tracing.rig.call("debug_traceBlockByHash", by_hash).await;

    assert_eq!(by_number, by_hash);
    let block = json!([receipt["blockHash"], false]);
    let block = tracing.rig.call("eth_getBlockByHash", block).await;
    let hashes: Vec<_> =
        by_number.as_array().unwrap().iter().map(|traced| traced["txHash"].clone()).collect();
    assert_eq!(block["transactions"], json!(hashes));
    let first = &by_number[0]["result"];
    assert_eq!((&first["type"], &first["gasUsed"]), (&json!("CALL"), &json!("0x0")));
    assert_eq!(first["from"], "0x00000000000000000000000000000000000a4b05");
    assert_eq!(by_number[1]["result"], tracing.trace(&receipt, config).await);
}

#[tokio::test]
async fn item_60_a_call_is_traced_on_any_block_and_with_overrides() {
    let mut tracing = Tracing::new();
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(contract, store(3)).await;
    let call = json!({ "to": contract, "input": hex::encode_prefixed(store(9)) });
    let config = json!({ "tracer": "prestateTracer" });
    let slot = async |block: Value, config: Value| {
        let trace = tracing.rig.call("debug_traceCall", json!([call, block, config])).await;
        trace[at(contract)]["storage"][format!("0x{:064x}", 0)].clone()
    };

    let latest = slot(json!("latest"), config.clone()).await;
    let parent = number(&receipt["blockNumber"]) - 1;
    let earlier = slot(json!(format!("{parent:#x}")), config.clone()).await;
    let mut with_index = config.clone();
    with_index["txIndex"] = json!("0x1");
    let before_transaction = slot(receipt["blockNumber"].clone(), with_index).await;
    let mut pretended = config.clone();
    let word = format!("0x{:064x}", 0x77);
    pretended["stateOverrides"] =
        json!({ contract.to_string(): { "stateDiff": { format!("0x{:064x}", 0): word } } });
    let pretended = slot(json!("latest"), pretended).await;

    assert_eq!(latest, format!("0x{:064x}", 3));
    assert_eq!(earlier, format!("0x{:064x}", 0));
    assert_eq!(before_transaction, format!("0x{:064x}", 0));
    assert_eq!(pretended, word);
}

#[tokio::test]
async fn a_precompile_shows_what_it_reads_of_the_arbos_state() {
    let tracing = Tracing::new();
    // ArbWasm.inkPrice()
    let call = json!({ "to": ARB_WASM, "input": "0xd1c17abc" });

    let trace = tracing.rig.call("debug_traceCall", json!([call, "latest"])).await;

    assert_eq!(trace["failed"], false);
    let ops: Vec<_> = trace["structLogs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["op"].as_str().unwrap())
        .collect();
    assert!(!ops.is_empty() && ops.iter().all(|op| *op == "SLOAD"), "{trace}");
}

/// Calls itself with the gas that is left: CALL(GAS, ADDRESS, 0, 0, 0, 0, 0).
const RECURSIVE: [u8; 10] = hex!("5f5f5f5f5f305af15000");

#[tokio::test]
async fn a_very_deep_tree_is_traced_by_every_tracer() {
    let mut tracing = Tracing::new();
    let recursive = tracing.deploy(&RECURSIVE).await;
    let call = json!({ "to": recursive, "gas": "0x2faf080" });
    let raw = async |config: Value| {
        let params = json!([call, "latest", config]);
        let body =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "debug_traceCall", "params": params });
        tracing.rig.post(body.to_string()).await
    };

    let calls = raw(json!({ "tracer": "callTracer" })).await;
    let depth = calls.matches("\"type\":\"CALL\"").count();

    assert!(depth > 500, "{depth}");
    for (tracer, mark) in [
        ("flatCallTracer", "\"callType\":\"call\""),
        ("erc7562Tracer", "\"type\":\"CALL\""),
        ("stylusTracer", "evm_call_contract"),
        (include_str!("host_calls.js"), "evm_call_contract"),
    ] {
        let trace = raw(json!({ "tracer": tracer })).await;

        let least = depth - 1;
        assert!(trace.matches(mark).count() >= least, "{tracer}: {trace:.300}");
    }
}

#[tokio::test]
async fn a_block_that_upgrades_arbos_is_traced_under_its_new_rules() {
    let mut tracing = Tracing::new();
    let storer = tracing.program(STORER).await;
    let owner = Signer::of(&DEV_ACCOUNT);
    let nonce = json!([owner.address, "latest"]);
    let nonce = number(&tracing.rig.call("eth_getTransactionCount", nonce).await);
    let version = U256::from(60).to_be_bytes::<32>();
    let schedule = &keccak256("scheduleArbOSUpgrade(uint64,uint64)")[..4];
    let input = [schedule, &version, &[0; 32]].concat();
    let arb_owner = Address::with_last_byte(0x70);
    let scheduled = tracing.rig.mine(&owner.call(nonce, arb_owner, input)).await;
    assert_eq!(scheduled["status"], "0x1");

    let receipt = tracing.send(storer, key_and_value(1, 7)).await;
    let top = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    let version = json!([{ "to": Address::with_last_byte(0x64), "data": "0x051038f2" }]);
    assert_eq!(tracing.rig.call("eth_call", version).await, format!("0x{:064x}", 55 + 60));
    assert_eq!((&top["gasUsed"], top.get("error")), (&receipt["gasUsed"], None));
}

#[tokio::test]
async fn item_92_a_difference_without_code_shows_no_contract_that_stays_as_it_is() {
    let mut tracing = Tracing::new();
    let evm = tracing.deploy(&evm_caller()).await;
    let contract = tracing.deploy(&store_contract()).await;
    let receipt = tracing.send(evm, evm_relay(contract, &store(3))).await;

    let options = json!({ "diffMode": true, "disableCode": true });
    let config = json!({ "tracer": "prestateTracer", "tracerConfig": options });
    let change = tracing.trace(&receipt, config).await;

    assert!(change["post"].get(at(evm)).is_none(), "{change}");
    let hash = json!(keccak256(store_contract()));
    assert_eq!(change["pre"][at(contract)]["codeHash"], hash);
    assert!(change["post"][at(contract)].get("codeHash").is_none());
}

#[tokio::test]
async fn item_92_a_store_with_the_gas_of_a_transfer_fails_in_go_ethereums_words() {
    let mut tracing = Tracing::new();
    // PUSH1 1, PUSH0, SSTORE
    let contract = tracing.deploy(&hex!("60015f55")).await;
    // A transfer of one wei with the stipend alone: PUSH0 ×4, PUSH1 1, PUSH20, PUSH0, CALL
    let transfer = [&hex!("5f5f5f5f600173")[..], contract.as_slice(), &hex!("5ff1")].concat();
    let payer = tracing.deploy(&transfer).await;
    tracing.rig.call("anvil_setBalance", json!([payer, "0x1"])).await;
    let receipt = tracing.send(payer, Vec::new()).await;

    let top = tracing.trace(&receipt, json!({ "tracer": "callTracer" })).await;

    let text = "out of gas: not enough gas for reentrancy sentry";
    assert_eq!(top["calls"][0]["error"], text);
    assert_eq!(top["calls"][0]["gasUsed"], "0x8fc");
}

#[tokio::test]
async fn a_creation_that_reverts_has_no_address_in_flat_traces() {
    let mut tracing = Tracing::new();
    let nonce = tracing.next_nonce();
    let receipt = tracing.rig.mine(&tracing.signer.create(nonce, hex!("5f5ffd").to_vec())).await;

    let list = tracing.trace(&receipt, json!({ "tracer": "flatCallTracer" })).await;

    let gas_used = receipt["gasUsed"].clone();
    assert_eq!(list[0]["result"], json!({ "code": "0x", "gasUsed": gas_used }));
}

#[tokio::test]
async fn struct_logs_tell_what_an_instruction_without_enough_gas_would_have_cost() {
    let rig = crate::rig::Rig::new();
    let code_at = Address::repeat_byte(0xaa);
    // Code, gas after the intrinsic one, price of the last instruction as go-ethereum adds it up.
    let cases = [
        ("PUSH0 PUSH0 PUSH0 CREATE", "5f5f5ff0", 106, 32_000),
        ("PUSH0 SLOAD, a cold slot", "5f54", 52, 2_100),
        ("SLOAD of an empty stack", "54", 9_000, 0),
        ("PUSH1 1 PUSH0 SSTORE, a cold slot", "60015f55", 5_005, 22_100),
        ("the same with the stipend", "60015f55", 2_305, 0),
        ("KECCAK256 of 4,096 bytes", "6110005f20", 105, 30 + 6 * 128 + 384 + 32),
        ("KECCAK256, less than its constant part", "6110005f20", 15, 30),
        ("MSTORE at 65,536", "60016201000052", 106, 3 + 3 * 2_049 + 2_049 * 2_049 / 512),
        ("LOG1 of 32 bytes", "5f60205fa1", 107, 2 * 375 + 8 * 32 + 3),
        ("EXP by two bytes", "61ffff60020a", 56, 110),
        ("BALANCE of a cold account", "61aaaa31", 153, 2_600),
        ("CODECOPY of 4,096 bytes", "6110005f5f39", 57, 3 + 3 * 128 + 384 + 32),
        ("EXTCODECOPY of 32 bytes", "60205f5f61aaaa3c", 160, 2_606),
        ("SELFDESTRUCT to a cold account", "61aaaaff", 5_503, 7_600),
        (
            "CALL with value to nobody",
            "5f5f5f5f600161aaaa5ff1",
            3_016,
            100 + 2_500 + 9_000 + 25_000,
        ),
    ];
    for (name, code, gas, cost) in cases {
        let code = format!("0x{code}");
        let call = json!({ "to": code_at, "gas": format!("{:#x}", 21_000 + gas) });
        let config = json!({ "stateOverrides": { at(code_at): { "code": code } } });

        let trace = rig.call("debug_traceCall", json!([call, "latest", config])).await;

        let last = trace["structLogs"].as_array().unwrap().last().unwrap();
        assert_eq!(last["gasCost"], cost, "{name}: {last}");
        assert!(last["error"].is_string(), "{name}: {last}");
    }
}

#[tokio::test]
async fn the_flat_trace_of_a_call_names_no_block_and_no_transaction() {
    let rig = crate::rig::Rig::new();
    let call = json!({ "to": Address::repeat_byte(0xaa) });

    let config = json!({ "tracer": "flatCallTracer" });
    let list = rig.call("debug_traceCall", json!([call, "latest", config])).await;

    assert_eq!((&list[0]["blockHash"], &list[0]["transactionHash"]), (&Value::Null, &Value::Null));
}
