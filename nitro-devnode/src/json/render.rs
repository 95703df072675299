//! From the chain's own types to JSON (devnode.md sections 2.2, 2.6 and 2.9).

use alloy_consensus::{Header, Transaction as _, TxEnvelope};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{B256, Bytes, Signature, U256};
use devnode_chain::{Block, Body, Transaction};

use super::transaction::{AccessJson, AuthorizationJson};
use super::{BlockJson, HeaderJson, Hex, LogJson, ReceiptJson, TransactionJson, Transactions};

/// Type byte of the internal transaction that starts each block.
const INTERNAL_TYPE: u8 = 0x6a;

/// The header; `mixHash` and `extraData` also hold Arbitrum's members (devnode.md section 2.2).
pub(crate) fn header(block: &Block) -> HeaderJson {
    let header = &block.header;
    HeaderJson {
        number: header.number.into(),
        hash: Some(block.hash),
        parent_hash: header.parent_hash,
        nonce: Some(header.nonce),
        mix_hash: header.mix_hash,
        sha3_uncles: header.ommers_hash,
        logs_bloom: header.logs_bloom,
        state_root: header.state_root,
        miner: Some(header.beneficiary),
        difficulty: header.difficulty,
        extra_data: header.extra_data.clone(),
        gas_limit: header.gas_limit.into(),
        gas_used: header.gas_used.into(),
        timestamp: header.timestamp.into(),
        transactions_root: header.transactions_root,
        receipts_root: header.receipts_root,
        base_fee_per_gas: header.base_fee_per_gas.unwrap_or_default().into(),
        l1_block_number: l1_block_number(header).into(),
        send_count: mix_word(header, 0).into(),
        send_root: B256::try_from(header.extra_data.as_ref()).unwrap_or_default(),
    }
}

/// A block with its transactions, or with their hashes.
pub(crate) fn block(block: &Block, is_full: bool, chain_id: u64) -> BlockJson {
    let transactions = if is_full {
        let all = 0..block.transactions.len();
        Transactions::Full(all.map(|index| transaction(block, index, chain_id)).collect())
    } else {
        Transactions::Hashes(block.transactions.iter().map(|one| one.hash).collect())
    };
    BlockJson { header: header(block), size: block.size.into(), transactions, uncles: [] }
}

/// A block as `pending` shows it: not yet sealed.
pub(crate) fn unsealed(mut sealed: BlockJson) -> BlockJson {
    sealed.header = unsealed_header(sealed.header);
    sealed
}

/// A header as `pending` shows it.
pub(crate) const fn unsealed_header(mut sealed: HeaderJson) -> HeaderJson {
    sealed.hash = None;
    sealed.nonce = None;
    sealed.miner = None;
    sealed
}

/// The transaction at that position of the block.
pub(crate) fn transaction(block: &Block, index: usize, chain_id: u64) -> TransactionJson {
    let mut json = body(&block.transactions[index], &block.header, chain_id);
    json.block_hash = Some(block.hash);
    json.block_number = Some(block.header.number.into());
    json.transaction_index = Some(place(index));
    json
}

/// A transaction that waits for a block.
pub(crate) fn waiting(transaction: &Transaction, chain_id: u64) -> TransactionJson {
    body(transaction, &Header::default(), chain_id)
}

/// The receipt at that position of the block.
pub(crate) fn receipt(block: &Block, index: usize) -> ReceiptJson {
    let (transaction, receipt) = (&block.transactions[index], &block.receipts[index]);
    let (to, kind) = match &transaction.body {
        Body::Signed(signed) => (signed.to(), u8::from(signed.tx_type())),
        Body::Internal { .. } => (Some(transaction.from), INTERNAL_TYPE),
    };
    ReceiptJson {
        block_hash: block.hash,
        block_number: block.header.number.into(),
        transaction_hash: transaction.hash,
        transaction_index: place(index),
        from: transaction.from,
        to,
        gas_used: receipt.gas_used.into(),
        cumulative_gas_used: receipt.cumulative_gas_used.into(),
        contract_address: receipt.contract_address,
        logs: logs(block, index).collect(),
        logs_bloom: receipt.bloom,
        status: u64::from(receipt.succeeded).into(),
        kind: u64::from(kind).into(),
        effective_gas_price: Hex(receipt.effective_gas_price),
        gas_used_for_l1: receipt.gas_used_for_l1.into(),
        l1_block_number: l1_block_number(&block.header).into(),
        // Metadata is tracked from block 1 on (devnode.md section 1.2).
        timeboosted: (block.header.number > 0).then_some(false),
    }
}

/// The logs of the transaction at that position; numbered over the block.
pub(crate) fn logs(block: &Block, index: usize) -> impl Iterator<Item = LogJson> + '_ {
    let before: usize = block.receipts[..index].iter().map(|one| one.logs.len()).sum();
    block.receipts[index].logs.iter().enumerate().map(move |(offset, log)| LogJson {
        address: log.address,
        topics: log.data.topics().to_vec(),
        data: log.data.data.clone(),
        block_number: block.header.number.into(),
        transaction_hash: block.transactions[index].hash,
        transaction_index: place(index),
        block_hash: block.hash,
        block_timestamp: block.header.timestamp.into(),
        log_index: place(before + offset),
        removed: false,
    })
}

/// The canonical bytes: type byte and RLP.
pub(crate) fn raw(transaction: &Transaction) -> Bytes {
    transaction.encoded()
}

const fn place(index: usize) -> Hex {
    Hex(index as u128)
}

fn l1_block_number(header: &Header) -> u64 {
    mix_word(header, 1)
}

/// `mixHash` holds four 64-bit words: send count, L1 block number, ArbOS version, flags.
fn mix_word(header: &Header, index: usize) -> u64 {
    let bytes = &header.mix_hash[index * 8..][..8];
    u64::from_be_bytes(bytes.try_into().expect("eight bytes were taken"))
}

fn body(transaction: &Transaction, header: &Header, chain_id: u64) -> TransactionJson {
    match &transaction.body {
        Body::Signed(signed) => signed_body(transaction, signed, header),
        Body::Internal { data } => internal_body(transaction, data.clone(), chain_id),
    }
}

fn signed_body(transaction: &Transaction, signed: &TxEnvelope, header: &Header) -> TransactionJson {
    let is_dynamic = signed.is_dynamic_fee();
    let is_legacy = signed.is_legacy();
    let base_fee = header.base_fee_per_gas;
    let signature = signed.signature();
    TransactionJson {
        block_hash: None,
        block_number: None,
        transaction_index: None,
        hash: transaction.hash,
        from: transaction.from,
        to: signed.to(),
        nonce: signed.nonce().into(),
        value: signed.value(),
        input: signed.input().clone(),
        gas: signed.gas_limit().into(),
        gas_price: Hex(signed.effective_gas_price(base_fee)),
        max_fee_per_gas: is_dynamic.then(|| Hex(signed.max_fee_per_gas())),
        max_priority_fee_per_gas: signed.max_priority_fee_per_gas().map(Hex),
        kind: u64::from(u8::from(signed.tx_type())).into(),
        access_list: access_list(signed),
        chain_id: signed.chain_id().map(Into::into),
        authorization_list: authorization_list(signed),
        v: v(signed, signature),
        r: signature.r(),
        s: signature.s(),
        y_parity: (!is_legacy).then(|| Hex(signature.v().into())),
    }
}

fn internal_body(transaction: &Transaction, input: Bytes, chain_id: u64) -> TransactionJson {
    TransactionJson {
        block_hash: None,
        block_number: None,
        transaction_index: None,
        hash: transaction.hash,
        from: transaction.from,
        to: Some(transaction.from),
        nonce: Hex(0),
        value: U256::ZERO,
        input,
        gas: Hex(0),
        gas_price: Hex(0),
        max_fee_per_gas: None,
        max_priority_fee_per_gas: None,
        kind: u64::from(INTERNAL_TYPE).into(),
        access_list: None,
        chain_id: Some(chain_id.into()),
        authorization_list: None,
        v: Hex(0),
        r: U256::ZERO,
        s: U256::ZERO,
        y_parity: None,
    }
}

/// Legacy: with the chain id folded in where there is one (EIP-155); else the parity.
fn v(signed: &TxEnvelope, signature: &Signature) -> Hex {
    let parity = u128::from(signature.v());
    if !signed.is_legacy() {
        return Hex(parity);
    }
    signed
        .chain_id()
        .map_or(Hex(27 + parity), |chain_id| Hex(35 + 2 * u128::from(chain_id) + parity))
}

fn access_list(signed: &TxEnvelope) -> Option<Vec<AccessJson>> {
    signed.access_list().map(access_entries)
}

/// An access list.
pub(crate) fn access_entries(list: &AccessList) -> Vec<AccessJson> {
    let entry = |item: &AccessListItem| AccessJson {
        address: item.address,
        storage_keys: item.storage_keys.clone(),
    };
    list.iter().map(entry).collect()
}

fn authorization_list(signed: &TxEnvelope) -> Option<Vec<AuthorizationJson>> {
    let entries = signed.authorization_list()?.iter().map(|item| AuthorizationJson {
        chain_id: item.chain_id,
        address: item.address,
        nonce: item.nonce.into(),
        y_parity: u64::from(item.y_parity()).into(),
        r: item.r(),
        s: item.s(),
    });
    Some(entries.collect())
}
