//! A deployment of *stays* with a clinic, a patient and helper contracts, through plain `ethers`.

use std::path::Path;
use std::sync::Arc;

use chartkey_tests::{DEV_KEY, TestNode, anvil_key};
use ethers::contract::{ContractError, FunctionCall, abigen};
use ethers::core::abi::Detokenize;
use ethers::core::types::{Address, Bytes, Eip1559TransactionRequest, U256};
use ethers::providers::Middleware;

use crate::client::{Client, Stays, client, deploy_with_credential};

abigen!(
    Puppet,
    r#"[
        function act(address target, bytes data) external payable returns (bytes answer)
        function arm(address target, bytes inner) external
        function attempts() external view returns (uint256)
        function succeeded() external view returns (bool)
    ]"#
);
abigen!(
    Token,
    r#"[
        function mint(address to, uint256 amount) external
        function approve(address spender, uint256 amount) external returns (bool)
        function balanceOf(address account) external view returns (uint256)
        function allowance(address owner, address spender) external view returns (uint256)
        function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external
        function DOMAIN_SEPARATOR() external view returns (bytes32)
        function arm(address target, bytes inner) external
        function attempts() external view returns (uint256)
        function succeeded() external view returns (bool)
    ]"#
);

pub(crate) const PRICE: u128 = 100_000_000_000_000_000;
pub(crate) const ROOM: [u8; 32] = [7; 32];
/// A day of the past: what the clock says plays no part.
pub(crate) const ADMIT: u32 = 20_000;

pub(crate) struct Market {
    /// The node ends with the market.
    _node: TestNode,
    pub(crate) url: String,
    pub(crate) clinic: Arc<Client>,
    pub(crate) patient: Arc<Client>,
    /// Its registrar is the clinic.
    pub(crate) records: Address,
    pub(crate) stays: Address,
}

impl Market {
    pub(crate) async fn open() -> Self {
        let node = TestNode::start();
        let url = node.url();
        let clinic = client(&url, DEV_KEY).await;
        let patient = client(&url, &anvil_key(0)).await;
        let [records, stays] = deploy_with_credential(&clinic).await.map(|one| one.program);
        Self { _node: node, url, clinic, patient, records, stays }
    }

    pub(crate) fn of_clinic(&self) -> Stays<Client> {
        Stays::new(self.stays, self.clinic.clone())
    }

    pub(crate) fn of_patient(&self) -> Stays<Client> {
        Stays::new(self.stays, self.patient.clone())
    }

    /// Puts a helper contract of `tests/contracts` on chain.
    pub(crate) async fn helper(&self, name: &str) -> Address {
        create(&self.clinic, &hex_file(&format!("contracts/{name}.hex"))).await
    }

    /// A token of which the patient owns and lets the program take twice the price.
    pub(crate) async fn token(&self, name: &str) -> Token<Client> {
        let token = Token::new(self.helper(name).await, self.patient.clone());
        mined(token.mint(self.patient.address(), (2 * PRICE).into())).await;
        mined(token.approve(self.stays, (2 * PRICE).into())).await;
        mined(self.of_clinic().accept_token(token.address(), true)).await;
        token
    }

    /// Stay number `stay`, in a room of its own, priced in a token.
    pub(crate) async fn offer_in(&self, token: Address, stay: u64) {
        let (clinic, patient) = (self.clinic.address(), self.patient.address());
        let room = [stay as u8; 32];
        let call = self.of_clinic().offer(
            0,
            clinic,
            patient,
            ADMIT,
            ADMIT + 2,
            room,
            PRICE,
            token,
            0,
            u64::MAX,
            false,
        );
        assert_eq!(call.call().await.expect("simulated"), stay);
        mined(call).await;
    }

    pub(crate) async fn coins(&self, account: Address) -> U256 {
        self.clinic.get_balance(account, None).await.expect("a balance")
    }
}

/// A file of hex digits below `tests` or `contract`.
pub(crate) fn hex_file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).expect(name);
    let text: String = text.split_whitespace().collect();
    text.parse::<Bytes>().expect("hex digits").to_vec()
}

/// Puts EVM code on chain.
pub(crate) async fn create(client: &Arc<Client>, code: &[u8]) -> Address {
    let create = Eip1559TransactionRequest::new().data(code.to_vec());
    let sent = client.send_transaction(create, None).await.expect("sent");
    let receipt = sent.await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "creation");
    receipt.contract_address.expect("a creation")
}

/// Sends a call and waits until it succeeded; its gas.
pub(crate) async fn mined<D: Detokenize>(call: FunctionCall<Arc<Client>, Client, D>) -> u64 {
    let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "{:?}", receipt.transaction_hash);
    receipt.gas_used.expect("a receipt has its gas").as_u64()
}

/// The revert data of a call that has to be refused.
pub(crate) async fn refusal<D: Detokenize>(call: &FunctionCall<Arc<Client>, Client, D>) -> Bytes {
    let refused: Result<_, ContractError<Client>> = call.call().await;
    match refused {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.as_revert().unwrap_or_else(|| panic!("{error}")).clone(),
    }
}
