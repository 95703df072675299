//! Sharing on the node: the real WASM, a plain `ethers` client, the exported JSON ABI.

use std::sync::Arc;

use chartkey_abi::{credential_flag, permission, purpose, records_slot};
use chartkey_tests::{TestNode, anvil_key};
use ethers::abi::AbiDecode;
use ethers::contract::{ContractError, FunctionCall};
use ethers::core::abi::Detokenize;
use ethers::core::types::{Address, Bytes, H256, TransactionReceipt};
use ethers::core::utils::keccak256;
use ethers::providers::Middleware;

use crate::client::{Client, Records, RecordsErrors, client, deploy_records};

const HANDLE: u16 = 7;
const EXPIRY: u64 = 4_000_000_001;

/// A node with the program, its registrar, a patient, a clinician and a second clinician.
struct Clinic {
    _node: TestNode,
    registrar: Records<Client>,
    patient: Records<Client>,
    clinician: Records<Client>,
    other: Records<Client>,
    record: [u8; 32],
}

async fn mined<D: Detokenize>(call: FunctionCall<Arc<Client>, Client, D>) -> TransactionReceipt {
    let receipt = call.send().await.expect("sent").await.expect("mined").expect("a receipt");
    assert_eq!(receipt.status, Some(1.into()), "accepted");
    receipt
}

async fn refused<D: Detokenize>(call: FunctionCall<Arc<Client>, Client, D>) -> RecordsErrors {
    let error: ContractError<Client> = call.call().await.err().expect("refused");
    RecordsErrors::decode(error.as_revert().expect("revert data")).expect("an error of the ABI")
}

fn account(records: &Records<Client>) -> Address {
    records.client().address()
}

fn direct(recipients: &[Address]) -> Vec<u8> {
    let delivery = |recipient: &Address| {
        let header = [recipient.as_bytes(), &1_177_u16.to_be_bytes(), &[1, 1]].concat();
        [header, vec![0x5e; 1_175]].concat()
    };
    recipients.iter().flat_map(delivery).collect()
}

impl Clinic {
    async fn open() -> Self {
        let node = TestNode::start();
        let mut clients = Vec::new();
        for index in 0..4 {
            clients.push(client(&node.url(), &anvil_key(index)).await);
        }
        let program = deploy_records(&clients[0]).await.program;
        let [registrar, patient, clinician, other] =
            [0, 1, 2, 3].map(|index: usize| Records::new(program, clients[index].clone()));
        let create = patient.create_record([9; 32], HANDLE, Bytes::from(vec![1; 157]));
        let record = create.call().await.expect("simulated");
        mined(create).await;
        for records in [&patient, &clinician, &other] {
            mined(records.register_key(1, Bytes::from(vec![3; 1_216]))).await;
        }
        Self { _node: node, registrar, patient, clinician, other, record }
    }

    async fn state(&self) -> [u8; 32] {
        self.patient.state_of(self.record, HANDLE).call().await.expect("a view")
    }

    /// A word by its published slot, without calling the program.
    async fn word(&self, slot: alloy_primitives::B256) -> H256 {
        let program = self.patient.address();
        let client = self.patient.client();
        client.get_storage_at(program, H256(slot.0), None).await.expect("a word")
    }

    async fn keys(&self, accounts: &[Address]) -> [u8; 32] {
        let mut words = Vec::new();
        for account in accounts {
            let slot = records_slot::of_account(records_slot::KEYS, account.0.into());
            words.extend_from_slice(self.word(slot).await.as_bytes());
        }
        keccak256(words)
    }

    fn grant(
        &self,
        to: &Records<Client>,
        permissions: u16,
        keys: [u8; 32],
        list: Vec<u8>,
    ) -> FunctionCall<Arc<Client>, Client, ()> {
        self.patient.grant(
            self.record,
            account(to),
            permissions,
            1 << HANDLE,
            EXPIRY,
            purpose::TREAT,
            keys,
            list.into(),
        )
    }

    fn append(
        &self,
        by: &Records<Client>,
        state: [u8; 32],
    ) -> FunctionCall<Arc<Client>, Client, [u8; 32]> {
        by.append(self.record, HANDLE, state, Bytes::from(vec![2; 585]))
    }

    fn rotate(&self, revoked: Address, state: [u8; 32]) -> FunctionCall<Arc<Client>, Client, ()> {
        self.patient.rotate(
            self.record,
            revoked,
            vec![HANDLE],
            vec![state],
            vec![Bytes::from(vec![1; 261])],
            [0; 32],
            Bytes::default(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clinician_with_grant_and_credential_writes_until_revoked() {
    let clinic = Clinic::open().await;
    let clinician = account(&clinic.clinician);
    let keys = clinic.keys(&[clinician]).await;
    let permissions = permission::READ | permission::WRITE;
    let receipt =
        mined(clinic.grant(&clinic.clinician, permissions, keys, direct(&[clinician]))).await;
    assert_eq!(receipt.logs.len(), 1, "grant and delivery are one event");
    let state = clinic.state().await;
    let unlicensed = refused(clinic.append(&clinic.clinician, state)).await;
    assert!(matches!(unlicensed, RecordsErrors::CredentialNotCurrent(_)), "{unlicensed:?}");
    mined(clinic.registrar.set_credential(clinician, 1, EXPIRY, 0)).await;

    mined(clinic.append(&clinic.clinician, state)).await;

    let state = clinic.state().await;
    assert_eq!(state[28..], [0, 0, 0, 2]);
    mined(clinic.patient.revoke(clinic.record, clinician)).await;
    let revoked = refused(clinic.append(&clinic.clinician, state)).await;
    assert!(matches!(revoked, RecordsErrors::NotOwner(_)), "{revoked:?}");
    let due = refused(clinic.append(&clinic.patient, state)).await;
    assert!(matches!(due, RecordsErrors::RotationDue(_)), "{due:?}");
    mined(clinic.rotate(Address::zero(), state)).await;
    let state = clinic.state().await;
    mined(clinic.append(&clinic.patient, state)).await;
    let access = records_slot::of_record(records_slot::ACCESS, clinic.record.into());
    assert_eq!(clinic.word(access).await[28..], [0, 0, 0, 3], "grant, delivery, revocation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_to_a_key_that_moved_reverts_on_the_node() {
    let clinic = Clinic::open().await;
    let clinician = account(&clinic.clinician);
    let keys = clinic.keys(&[clinician]).await;
    mined(clinic.clinician.register_key(2, Bytes::from(vec![4; 1_216]))).await;

    let call = clinic.grant(&clinic.clinician, permission::READ, keys, direct(&[clinician]));
    let moved = refused(call).await;

    let actual = clinic.keys(&[clinician]).await;
    let RecordsErrors::KeysMoved(moved) = moved else { panic!("{moved:?}") };
    assert_eq!((moved.expected, moved.actual), (keys, actual));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_delivers_to_a_claimant_on_the_node() {
    let clinic = Clinic::open().await;
    let (responder, custodian) = (account(&clinic.other), account(&clinic.clinician));
    mined(clinic.registrar.set_credential(responder, 1, EXPIRY, credential_flag::EMERGENCY)).await;
    mined(clinic.grant(&clinic.clinician, permission::CUSTODIAN, [0; 32], Vec::new())).await;
    let both = [responder, custodian];
    let keys = clinic.keys(&both).await;
    let list = Bytes::from(direct(&both));
    mined(clinic.patient.set_emergency(clinic.record, HANDLE, 1, keys, list)).await;
    let keys = clinic.keys(&[responder]).await;
    let half = || {
        let list = Bytes::from(direct(&[responder]));
        clinic.clinician.deliver(clinic.record, keys, list)
    };
    let early = refused(half()).await;
    assert!(matches!(early, RecordsErrors::RecipientNotAllowed(_)), "{early:?}");

    let note = Bytes::from(vec![7; 90]);
    mined(clinic.other.claim_emergency(clinic.record, custodian, 1, note)).await;
    mined(half()).await;
    mined(clinic.patient.close_emergency(clinic.record, responder)).await;

    let due = refused(clinic.append(&clinic.patient, clinic.state().await)).await;
    assert!(matches!(due, RecordsErrors::RotationDue(_)), "{due:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_handed_over_and_recovery_waits_for_its_delay() {
    let clinic = Clinic::open().await;
    let (first, second) = (account(&clinic.clinician), account(&clinic.other));
    let guardians = [first, second];
    let shares = [direct(&guardians), vec![0xbb; 104]].concat();
    let keys = clinic.keys(&guardians).await;
    mined(clinic.patient.set_guardians(clinic.record, 1, 2, 24, keys, shares.into())).await;
    let set = Bytes::from([first.as_bytes(), second.as_bytes()].concat());
    for guardian in [&clinic.clinician, &clinic.other] {
        let none = Bytes::default();
        let call = guardian.approve_recovery(clinic.record, second, set.clone(), [0; 32], none);
        mined(call).await;
    }
    let waiting = refused(clinic.other.finish_recovery(clinic.record)).await;
    assert!(matches!(waiting, RecordsErrors::RecoveryNotReady(_)), "{waiting:?}");
    mined(clinic.patient.veto_recovery(clinic.record)).await;

    mined(clinic.patient.offer_record(clinic.record, first)).await;
    mined(clinic.clinician.accept_record(clinic.record)).await;

    assert_eq!(clinic.patient.owner_of(clinic.record).call().await.expect("a view"), first);
    let due = refused(clinic.append(&clinic.clinician, clinic.state().await)).await;
    assert!(matches!(due, RecordsErrors::RotationDue(_)), "{due:?}");
}
