//! The plain `ethers` client: bindings made from the exported JSON ABI, provider and signer.

use std::sync::Arc;

use chartkey_abi::{records_creation_code, stays_creation_code};
use chartkey_tests::programs;
use ethers::contract::abigen;
use ethers::core::types::{Address, Eip1559TransactionRequest, TransactionReceipt};
use ethers::middleware::SignerMiddleware;
use ethers::providers::{Http, Middleware, Provider};
use ethers::signers::LocalWallet;

abigen!(Records, "../abi/json/records.json");
abigen!(Stays, "../abi/json/stays.json");
abigen!(
    ArbWasm,
    r#"[
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee)
        function programVersion(address program) external view returns (uint16 version)
        function programInitGas(address program) external view returns (uint64 gas, uint64 gasWhenCached)
    ]"#
);
abigen!(ArbWasmCache, r#"[function cacheProgram(address program) external]"#);

pub(crate) type Client = SignerMiddleware<Provider<Http>, LocalWallet>;

const ARB_WASM: u64 = 0x71;
const ARB_WASM_CACHE: u64 = 0x72;

pub(crate) async fn client(url: &str, key: &str) -> Arc<Client> {
    let provider = Provider::<Http>::try_from(url)
        .expect("the node's own address")
        .interval(std::time::Duration::from_millis(5));
    let wallet: LocalWallet = key.parse().expect("a test key");
    Arc::new(
        SignerMiddleware::new_with_provider_chain(provider, wallet)
            .await
            .expect("chain id answers"),
    )
}

/// The receipts of a deployment.
pub(crate) struct Deployed {
    pub(crate) program: Address,
    pub(crate) creation: TransactionReceipt,
    /// None where the same code was active before, on a node that earlier tests have used.
    pub(crate) activation: Option<TransactionReceipt>,
}

/// Puts the *stays* program on chain; the registrar of `records` vouches for its clinics.
pub(crate) async fn deploy_stays(client: &Arc<Client>, records: Address) -> Deployed {
    let records = alloy_primitives::Address::from(records.0);
    create(client, stays_creation_code(&programs::stays(), records)).await
}

/// Puts both programs on chain, `client` being registrar and a clinic with a credential for ever.
pub(crate) async fn deploy_with_credential(client: &Arc<Client>) -> [Deployed; 2] {
    let records = deploy_records(client).await;
    vouch(client, records.program, client.address()).await;
    let stays = deploy_stays(client, records.program).await;
    [records, stays]
}

/// The registrar states a credential without an end.
pub(crate) async fn vouch(registrar: &Arc<Client>, records: Address, account: Address) {
    let call = Records::new(records, registrar.clone()).set_credential(account, 0, u64::MAX, 0);
    let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "credential");
}

/// Puts the *records* program on chain; `client` becomes its registrar.
pub(crate) async fn deploy_records(client: &Arc<Client>) -> Deployed {
    create(client, records_creation_code(&programs::records())).await
}

/// Sends creation code; the program it leaves runs if the same code was activated before.
pub(crate) async fn put(client: &Arc<Client>, creation: Vec<u8>) -> TransactionReceipt {
    let create = Eip1559TransactionRequest::new().data(creation);
    let sent = client.send_transaction(create, None).await.expect("sent");
    let creation = sent.await.expect("mined").expect("a receipt");
    assert_eq!(creation.status, Some(1.into()), "creation");
    creation
}

/// Sends creation code and activates what it leaves, unless it is active.
async fn create(client: &Arc<Client>, creation: Vec<u8>) -> Deployed {
    let creation = put(client, creation).await;
    let program = creation.contract_address.expect("a creation");

    let wasm = ArbWasm::new(Address::from_low_u64_be(ARB_WASM), client.clone());
    if wasm.program_version(program).call().await.is_ok() {
        return Deployed { program, creation, activation: None };
    }
    let call = wasm.activate_program(program).value(10u64.pow(18));
    let activation = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(activation.status, Some(1.into()), "activation");
    Deployed { program, creation, activation: Some(activation) }
}

/// Puts a program into the chain's cache; `owner` is the chain's owner.
pub(crate) async fn cache(owner: &Arc<Client>, program: Address) -> TransactionReceipt {
    let cache = ArbWasmCache::new(Address::from_low_u64_be(ARB_WASM_CACHE), owner.clone());
    let call = cache.cache_program(program);
    let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "caching");
    receipt
}

/// Gas of starting a program that is in the chain's cache, as the chain says.
pub(crate) async fn cached_entry(client: &Arc<Client>, program: Address) -> u64 {
    let wasm = ArbWasm::new(Address::from_low_u64_be(ARB_WASM), client.clone());
    let (_, when_cached) = wasm.program_init_gas(program).call().await.expect("activated");
    when_cached
}
