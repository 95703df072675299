//! Gas of the *records* program: every operation of crypto.md section 16, and its limit.

use std::sync::Arc;

use chartkey_tests::anvil_key;
use ethers::contract::FunctionCall;
use ethers::core::abi::Detokenize;
use ethers::core::types::{Address, Bytes, H160};
use ethers::core::utils::keccak256;
use ethers::signers::{LocalWallet, Signer};

use crate::client::{Client, Records};
use crate::gas::{Row, spent};

/// An epoch record without and with a back link, in bytes (crypto.md section 6.2).
const EPOCH: (usize, usize) = (157, 261);
/// What an envelope is longer than its frame.
const ENVELOPE: usize = 73;
/// Bytes of a direct and of a channel delivery without items, and of an item.
const DIRECT: usize = 1_138;
const CHANNEL: usize = 78;
const ITEM: usize = 39;
/// The end of grants: far away, and no byte of it is zero.
const EXPIRY: u64 = 4_000_000_001;
/// The first section and the ones that are rotated together.
const HANDLE: u16 = 7;
const TOGETHER: std::ops::Range<u16> = 20..28;

/// First read of a slot.
///
/// The figure for guardians leaves out that each guardian's registered key is compared, which section
/// 7.3 asks for; for all other operations the five per cent are enough for it.
const COLD_READ: u64 = 2_100;

/// Figures of crypto.md section 16, without entry fee.
const FIGURES: [(&str, u64); 16] = [
    ("createRecord", 118_400),
    ("append, 512-byte frame", 48_630),
    ("append, 1,024-byte frame", 60_950),
    ("append, 2,048-byte frame", 85_600),
    ("append, 4,096-byte frame", 134_900),
    ("appendBatch of 3", 83_330),
    ("appendDetached", 34_640),
    ("registerKey", 74_790),
    ("grant to a new reader, 1 section", 88_350),
    ("grant to a new reader, 7 sections", 93_860),
    ("grant changed, channel", 39_920),
    ("revoke and rotate 1 section, 4 readers", 74_100),
    ("revoke and rotate 1 section, 10 readers", 94_200),
    ("revoke and rotate 1 section, 10 readers, direct", 349_200),
    ("revoke and rotate 8 sections, 10 readers", 302_200),
    ("setGuardians, 5 with recovery blob", 199_900 + 5 * COLD_READ),
];

/// Refuses rows above the specification's figure + 5 % + the program's cached entry fee.
pub(crate) fn check(rows: &[Row], entry: u64) {
    let mut above = Vec::new();
    for (name, figure) in FIGURES {
        let (_, gas) = rows.iter().find(|(row, _)| *row == name).expect("every figure has a row");
        let limit = figure * 105 / 100 + entry;
        if *gas > limit {
            above.push(format!("{name}: {gas}, allowed {figure} + 5 % + {entry} = {limit}"));
        }
    }
    assert!(above.is_empty(), "{above:#?}");
}

/// One record, and whoever writes to it.
struct Chart {
    records: Records<Client>,
    record: [u8; 32],
    rows: Vec<Row>,
}

/// Bytes without a zero among them, as ciphertext nearly is.
fn noise(length: usize) -> Vec<u8> {
    let mut seed = keccak256(length.to_be_bytes());
    let mut noise = Vec::with_capacity(length + 32);
    while noise.len() < length {
        noise.extend(seed.iter().map(|byte| (*byte).max(1)));
        seed = keccak256(seed);
    }
    noise.truncate(length);
    noise
}

fn delivery(recipient: Address, is_direct: bool, items: usize) -> Vec<u8> {
    let length = if is_direct { DIRECT } else { CHANNEL } + items * ITEM;
    let header = u16::try_from(length).expect("a delivery is short").to_be_bytes();
    let mut blob = noise(length);
    blob[..2].copy_from_slice(&[1, u8::from(is_direct)]);
    [recipient.as_bytes(), &header, &blob].concat()
}

/// Account number `index`, which nobody controls on any other chain.
pub(crate) fn key_of(index: u8) -> String {
    hex::encode([index.wrapping_add(0x51); 32])
}

fn address_of(index: u8) -> Address {
    key_of(index).parse::<LocalWallet>().expect("a key").address()
}

/// What a call costs when no byte of these chain words is zero.
///
/// Heads depend on the block's time; a zero byte among them makes calldata 12 gas cheaper.
async fn spent_with<D: Detokenize>(
    call: FunctionCall<Arc<Client>, Client, D>,
    states: &[[u8; 32]],
) -> u64 {
    let zeros = states.iter().flat_map(|state| &state[..28]).filter(|byte| **byte == 0).count();
    spent(call).await + 12 * zeros as u64
}

impl Chart {
    async fn state(&self, handle: u16) -> [u8; 32] {
        self.records.state_of(self.record, handle).call().await.expect("a view")
    }

    async fn append(&mut self, name: &'static str, by: &Records<Client>, frame: usize) {
        let state = self.state(HANDLE).await;
        let envelope = Bytes::from(noise(frame + ENVELOPE));
        let call = by.append(self.record, HANDLE, state, envelope);
        self.rows.push((name, spent_with(call, &[state]).await));
    }

    async fn batch(&mut self, name: &'static str, entries: usize) {
        let state = self.state(HANDLE).await;
        let envelopes = vec![Bytes::from(noise(512 + ENVELOPE)); entries];
        let call = self.records.append_batch(self.record, HANDLE, state, envelopes);
        self.rows.push((name, spent_with(call, &[state]).await));
    }

    async fn grant(
        &mut self,
        name: &'static str,
        grantee: Address,
        handles: u64,
        keys: [u8; 32],
        list: Vec<u8>,
    ) {
        let call = self.records.grant(
            self.record,
            grantee,
            0x0003,
            handles,
            EXPIRY,
            1,
            keys,
            Bytes::from(list),
        );
        self.rows.push((name, spent(call).await));
    }

    async fn rotate(
        &mut self,
        name: &'static str,
        revoked: Address,
        handles: Vec<u16>,
        keys: [u8; 32],
        list: Vec<u8>,
    ) {
        let mut states = Vec::new();
        for handle in &handles {
            states.push(self.state(*handle).await);
        }
        let epochs = vec![Bytes::from(noise(EPOCH.1)); handles.len()];
        let call = self.records.rotate(
            self.record,
            revoked,
            handles,
            states.clone(),
            epochs,
            keys,
            Bytes::from(list),
        );
        self.rows.push((name, spent_with(call, &states).await));
    }
}

/// Whoever acts: patient, provider with a credential, ten readers with keys.
pub(crate) struct Cast {
    pub(crate) patient: Arc<Client>,
    pub(crate) provider: Arc<Client>,
    pub(crate) registrar: Arc<Client>,
    pub(crate) readers: Vec<Arc<Client>>,
}

/// Every operation of section 16, in an order in which it can be done.
pub(crate) async fn rows(program: H160, cast: &Cast) -> Vec<Row> {
    let records = Records::new(program, cast.patient.clone());
    let create = records.create_record([9; 32], HANDLE, Bytes::from(noise(EPOCH.0)));
    let record = create.call().await.expect("simulated");
    let rows = vec![("createRecord", spent(create).await)];
    let mut chart = Chart { records: records.clone(), record, rows };
    let open = records.append_epoch(record, 8, [0; 32], Bytes::from(noise(EPOCH.0)));
    chart.rows.push(("appendEpoch, new section", spent(open).await));
    chart.append("append, 512-byte frame", &records, 512).await;
    chart.append("append, 512-byte frame, again", &records, 512).await;
    chart.append("append, 1,024-byte frame", &records, 1_024).await;
    chart.append("append, 2,048-byte frame", &records, 2_048).await;
    chart.append("append, 4,096-byte frame", &records, 4_096).await;
    chart.batch("appendBatch of 3", 3).await;
    chart.batch("appendBatch of 10", 10).await;
    let state = chart.state(HANDLE).await;
    let detached = records.append_detached(record, HANDLE, state, [0x5e; 32]);
    chart.rows.push(("appendDetached", spent_with(detached, &[state]).await));
    sharing(&mut chart, program, cast).await;
    rotating(&mut chart, cast).await;
    guarding(&mut chart, cast).await;
    chart.rows
}

async fn register(program: H160, account: &Arc<Client>) -> u64 {
    spent(Records::new(program, account.clone()).register_key(1, Bytes::from(noise(1_216)))).await
}

/// Digest of the registered words of these accounts.
fn keys(program: H160, chain_id: u64, accounts: &[Address]) -> [u8; 32] {
    let tag = keccak256("ehr1/key-id");
    let word = |account: &Address| {
        let mut preimage = [&tag[..], &chain_id.to_be_bytes(), program.as_bytes()].concat();
        preimage.extend_from_slice(account.as_bytes());
        preimage.extend_from_slice(&[1, 0, 0, 0, 1]);
        preimage.extend(noise(1_216));
        [&keccak256(preimage)[..28], &[0, 0, 0, 1]].concat()
    };
    keccak256(accounts.iter().flat_map(word).collect::<Vec<u8>>())
}

async fn sharing(chart: &mut Chart, program: H160, cast: &Cast) {
    let provider = cast.provider.address();
    let key = register(program, &cast.provider).await;
    chart.rows.push(("registerKey", key));
    for reader in &cast.readers {
        register(program, reader).await;
    }
    let registrar = Records::new(program, cast.registrar.clone());
    let credential = registrar.set_credential(provider, 1, EXPIRY, 0);
    chart.rows.push(("setCredential", spent(credential).await));
    let chain_id = cast.patient.signer().chain_id();
    let named = |account| keys(program, chain_id, &[account]);
    let list = delivery(provider, true, 2);
    chart
        .grant("grant to a new reader, 1 section", provider, 1 << HANDLE, named(provider), list)
        .await;
    let list = delivery(provider, false, 1);
    chart.grant("grant changed, channel", provider, 1 << HANDLE, [0; 32], list).await;
    let reader = cast.readers[0].address();
    let list = delivery(reader, true, 8);
    let seven = 0x7f << TOGETHER.start;
    chart.grant("grant to a new reader, 7 sections", reader, seven, named(reader), list).await;
    let by_provider = Records::new(program, cast.provider.clone());
    chart.append("append by a provider, 512-byte frame", &by_provider, 512).await;
}

async fn rotating(chart: &mut Chart, cast: &Cast) {
    for handle in TOGETHER {
        let blob = Bytes::from(noise(EPOCH.0));
        spent(chart.records.append_epoch(chart.record, handle, [0; 32], blob)).await;
    }
    let addresses: Vec<Address> = cast.readers.iter().map(|reader| reader.address()).collect();
    let chain_id = cast.patient.signer().chain_id();
    let channel = |readers: usize, items| {
        addresses[..readers].iter().flat_map(|to| delivery(*to, false, items)).collect::<Vec<u8>>()
    };
    let provider = cast.provider.address();
    let one = vec![HANDLE];
    let none = [0; 32];
    let name = "revoke and rotate 1 section, 4 readers";
    chart.rotate(name, provider, one.clone(), none, channel(4, 1)).await;
    for (name, is_direct) in [
        ("revoke and rotate 1 section, 10 readers", false),
        ("revoke and rotate 1 section, 10 readers, direct", true),
    ] {
        chart.regrant(provider, 1 << HANDLE).await;
        let direct = || addresses.iter().flat_map(|to| delivery(*to, true, 1)).collect();
        let list = if is_direct { direct() } else { channel(10, 1) };
        let program = chart.records.address();
        let named = if is_direct { keys(program, chain_id, &addresses) } else { none };
        chart.rotate(name, provider, one.clone(), named, list).await;
    }
    chart.regrant(provider, 0xff << TOGETHER.start).await;
    let name = "revoke and rotate 8 sections, 10 readers";
    chart.rotate(name, provider, TOGETHER.collect(), none, channel(10, 8)).await;
    chart.regrant(provider, 1 << HANDLE).await;
    let revoke = chart.records.revoke(chart.record, provider);
    chart.rows.push(("revoke", spent(revoke).await));
}

impl Chart {
    async fn regrant(&self, grantee: Address, handles: u64) {
        let empty = Bytes::default();
        let call = self.records.grant(self.record, grantee, 3, handles, EXPIRY, 1, [0; 32], empty);
        spent(call).await;
    }
}

async fn guarding(chart: &mut Chart, cast: &Cast) {
    let guardians: Vec<Address> = cast.readers[..5].iter().map(|reader| reader.address()).collect();
    let mut shares: Vec<u8> = guardians.iter().flat_map(|to| delivery(*to, true, 1)).collect();
    shares.extend(noise(104));
    let chain_id = cast.patient.signer().chain_id();
    let named = keys(chart.records.address(), chain_id, &guardians);
    let call = chart.records.set_guardians(chart.record, 1, 3, 48, named, Bytes::from(shares));
    chart.rows.push(("setGuardians, 5 with recovery blob", spent(call).await));
}

/// Ten readers with some coin, made from keys that are fixed.
pub(crate) async fn cast(url: &str, registrar: Arc<Client>) -> Cast {
    use crate::client::client;
    use ethers::core::types::Eip1559TransactionRequest;
    use ethers::providers::Middleware;

    let patient = client(url, &anvil_key(0)).await;
    let provider = client(url, &anvil_key(2)).await;
    let mut readers = Vec::new();
    for index in 0..10 {
        let coin = Eip1559TransactionRequest::new().to(address_of(index)).value(10_u64.pow(18));
        let sent = patient.send_transaction(coin, None).await.expect("sent");
        sent.await.expect("mined").expect("a receipt");
        readers.push(client(url, &key_of(index)).await);
    }
    Cast { patient, provider, registrar, readers }
}
