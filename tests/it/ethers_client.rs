//! The plain `ethers` crate drives the deployed programs through the exported JSON ABI.
//!
//! Nothing of our client takes part: provider, signer and bindings are those of `ethers`, so the
//! exported ABI and the node are proven by a client that is not ours.

use chartkey_tests::{DEV_KEY, TestNode, anvil_key};
use ethers::contract::{ContractError, EthError};
use ethers::core::types::{Address, Bytes, Eip1559TransactionRequest, H256, U256};
use ethers::core::utils::keccak256;
use ethers::providers::Middleware;

use crate::client::{
    Client, Deployed, NotOwner, Records, Stays, client, deploy_records, deploy_with_credential,
};

#[tokio::test(flavor = "multi_thread")]
async fn records_are_written_and_read_through_the_exported_abi() {
    let node = TestNode::start();
    let alice = client(&node.url(), &anvil_key(0)).await;
    let records = Records::new(deploy_records(&alice).await.program, alice.clone());
    let (handle, epoch, envelope) = (7, Bytes::from(vec![1; 157]), Bytes::from(vec![2; 585]));

    let call = records.create_record([9; 32], handle, epoch);
    let record = call.call().await.expect("simulated");
    let receipt = call.send().await.expect("sent").await.expect("mined").unwrap();
    assert_eq!(receipt.status, Some(1.into()));
    let opened = records.state_of(record, handle).call().await.expect("view");
    let append = records.append(record, handle, opened, envelope.clone());
    append.send().await.expect("sent").await.expect("mined").unwrap();

    assert_eq!(records.owner_of(record).call().await.expect("view"), alice.address());
    // This client's filters name no contract by themselves.
    let updates = records.health_record_updated_filter().address(records.address().into());
    let updates = updates.from_block(0u64).query().await.expect("logs");
    assert_eq!(updates.len(), 2, "the epoch record and the entry");
    assert_eq!(updates[1].record, record);
    assert_eq!(updates[1].handle, handle);
    assert_eq!(updates[1].author, alice.address());
    assert_eq!(updates[1].blob, envelope, "the whole ciphertext is in the log");
    let state = records.state_of(record, handle).call().await.expect("view");
    assert_eq!(updates[1].state, state);
    assert_eq!(state[28..], [0, 0, 0, 2], "the second link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_ethers_as_a_typed_error() {
    let node = TestNode::start();
    let alice = client(&node.url(), &anvil_key(0)).await;
    let bob = client(&node.url(), &anvil_key(1)).await;
    let address = deploy_records(&alice).await.program;
    let create = Records::new(address, alice.clone());
    let call = create.create_record([9; 32], 7, Bytes::from(vec![1; 157]));
    let record = call.call().await.expect("simulated");
    call.send().await.expect("sent").await.expect("mined");
    let state = create.state_of(record, 7).call().await.expect("view");

    let foreign = Records::new(address, bob.clone());
    let refused = foreign.append(record, 7, state, Bytes::from(vec![2; 585])).call().await;

    let error: ContractError<Client> = refused.expect_err("bob does not own the record");
    let data = error.as_revert().expect("revert data").clone();
    let typed = NotOwner::decode_with_selector(&data).expect("the error of the ABI");
    assert_eq!((typed.record, typed.caller), (record, bob.address()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_is_quoted_paid_settled_and_withdrawn_by_ethers() {
    let node = TestNode::start();
    let clinic = client(&node.url(), DEV_KEY).await;
    let patient = client(&node.url(), &anvil_key(2)).await;
    let [_, Deployed { program: address, .. }] = deploy_with_credential(&clinic).await;
    let price = U256::exp10(17);
    let by_clinic = Stays::new(address, clinic.clone());
    let by_patient = Stays::new(address, patient.clone());
    let room = keccak256("room");

    let quote = by_clinic.quote(patient.address(), 20_700, 20_702, room, price.as_u128());
    let stay = quote.call().await.expect("simulated");
    quote.send().await.expect("sent").await.expect("mined");
    let pay = by_patient.pay(stay).value(price);
    pay.send().await.expect("sent").await.expect("mined");
    assert_eq!(clinic.get_balance(address, None).await.expect("balance"), price, "in escrow");
    by_patient.settle(stay).send().await.expect("sent").await.expect("mined");
    let before = clinic.get_balance(clinic.address(), None).await.expect("balance");
    let withdraw = by_clinic.withdraw();
    let receipt = withdraw.send().await.expect("sent").await.expect("mined").unwrap();

    let fee = receipt.gas_used.unwrap() * receipt.effective_gas_price.unwrap();
    let after = clinic.get_balance(clinic.address(), None).await.expect("balance");
    assert_eq!(after, before + price - fee, "the whole price reached the clinic");
    let released = by_clinic.released_to(clinic.address()).call().await.expect("view");
    assert_eq!(released, U256::zero());
    assert_eq!(clinic.get_balance(address, None).await.expect("balance"), U256::zero());
    let paid = by_clinic.stay_paid_filter().address(address.into());
    let paid = paid.from_block(0u64).query().await.expect("logs");
    assert_eq!((paid[0].stay, paid[0].payer), (stay, patient.address()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_costs_21000_gas_and_moves_exactly_its_value() {
    let node = TestNode::start();
    let alice = client(&node.url(), &anvil_key(0)).await;
    let to = Address::from_low_u64_be(0xbeef_cafe);
    let before = alice.get_balance(to, None).await.expect("balance");

    let request = Eip1559TransactionRequest::new().to(to).value(12_345);
    let sent = alice.send_transaction(request, None).await.expect("sent");
    let hash: H256 = sent.tx_hash();
    let receipt = sent.await.expect("mined").unwrap();

    assert_eq!(receipt.gas_used, Some(21_000.into()));
    assert_eq!(receipt.transaction_hash, hash);
    assert_eq!(alice.get_balance(to, None).await.expect("balance"), before + 12_345);
    let block =
        alice.get_block_with_txs(receipt.block_number.unwrap()).await.expect("block").unwrap();
    assert!(block.transactions.iter().any(|tx| tx.hash == hash));
}
