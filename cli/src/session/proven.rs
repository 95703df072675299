//! State that is proven rather than told: storage words by Merkle proofs against a block whose hash is
//! agreed by two endpoints or given by the user (crypto.md section 9.4).

use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U64, U256, keccak256};
use alloy_trie::proof::verify_proof;
use alloy_trie::{Nibbles, TrieAccount};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Session;
use crate::error::Error;
use crate::rpc::{Call, Rpc};

/// Slots in one call: go-ethereum refuses more than 1,024.
const MOST_SLOTS: usize = 512;

/// A block whose hash is not a single endpoint's word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrustedBlock {
    /// Its number.
    pub(crate) number: u64,
    /// Its hash, computed from its header.
    pub(crate) hash: B256,
    /// Its time in Unix seconds.
    pub(crate) time: u64,
    state_root: B256,
}

/// A header as nodes tell it. Arbitrum's is Ethereum's, with its own meanings in `mixHash` and
/// `extraData`; what it adds besides is no part of the hash.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeaderJson {
    parent_hash: B256,
    sha3_uncles: B256,
    miner: Address,
    state_root: B256,
    transactions_root: B256,
    receipts_root: B256,
    logs_bloom: Bloom,
    difficulty: U256,
    number: U64,
    gas_limit: U64,
    gas_used: U64,
    timestamp: U64,
    extra_data: Bytes,
    mix_hash: B256,
    nonce: B64,
    base_fee_per_gas: Option<U64>,
    withdrawals_root: Option<B256>,
    blob_gas_used: Option<U64>,
    excess_blob_gas: Option<U64>,
    parent_beacon_block_root: Option<B256>,
    requests_hash: Option<B256>,
}

impl HeaderJson {
    fn header(self) -> Header {
        Header {
            parent_hash: self.parent_hash,
            ommers_hash: self.sha3_uncles,
            beneficiary: self.miner,
            state_root: self.state_root,
            transactions_root: self.transactions_root,
            receipts_root: self.receipts_root,
            logs_bloom: self.logs_bloom,
            difficulty: self.difficulty,
            number: self.number.to(),
            gas_limit: self.gas_limit.to(),
            gas_used: self.gas_used.to(),
            timestamp: self.timestamp.to(),
            extra_data: self.extra_data,
            mix_hash: self.mix_hash,
            nonce: self.nonce,
            base_fee_per_gas: self.base_fee_per_gas.map(|fee| fee.to()),
            withdrawals_root: self.withdrawals_root,
            blob_gas_used: self.blob_gas_used.map(|gas| gas.to()),
            excess_blob_gas: self.excess_blob_gas.map(|gas| gas.to()),
            parent_beacon_block_root: self.parent_beacon_block_root,
            requests_hash: self.requests_hash,
            ..Header::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProofJson {
    account_proof: Vec<Bytes>,
    balance: U256,
    code_hash: B256,
    nonce: U64,
    storage_hash: B256,
    storage_proof: Vec<SlotJson>,
}

#[derive(Deserialize)]
struct SlotJson {
    value: U256,
    proof: Vec<Bytes>,
}

impl Session {
    /// Whether words must be proven.
    pub(super) const fn proves(&self) -> bool {
        self.global.prove || self.global.block_hash.is_some()
    }

    /// The block that the user named by its hash, if one was named.
    ///
    /// # Errors
    ///
    /// [`Error::BadProof`] if the endpoint gives another block.
    pub(crate) async fn named_block(&self) -> Result<Option<TrustedBlock>, Error> {
        let Some(hash) = self.global.block_hash else { return Ok(None) };
        let read = async || {
            let call = Call::new("eth_getBlockByHash", json!([hash, false]));
            let block = self.header(&self.rpc, call).await?;
            if block.hash == hash {
                return Ok(block);
            }
            Err(self.bad_proof("the block", format!("its header has the hash {}", block.hash)))
        };
        Ok(Some(*self.named_block.get_or_try_init(read).await?))
    }

    /// The block that words are proven against: the one that the user named, or block `number`, whose
    /// hash the endpoints agree on.
    async fn trusted_block(&self, number: &Value) -> Result<TrustedBlock, Error> {
        if let Some(named) = self.named_block().await? {
            return Ok(named);
        }
        let Some(second) = &self.second else {
            return Err(Error::Usage {
                message: "a proof by one endpoint proves nothing: the block is its own word too"
                    .into(),
                hint: "give --rpc-url twice, or --block-hash from a source that you trust".into(),
            });
        };
        let call = || Call::new("eth_getBlockByNumber", json!([number, false]));
        let block = self.header(&self.rpc, call()).await?;
        let theirs: HashJson = second.call(call().method, call().params).await?;
        if theirs.hash != block.hash {
            return Err(self.disagreement(second, &format!("block {}", block.number)));
        }
        Ok(block)
    }

    async fn header(&self, endpoint: &Rpc, call: Call) -> Result<TrustedBlock, Error> {
        let header: HeaderJson = endpoint.call(call.method, call.params).await?;
        let header = header.header();
        Ok(TrustedBlock {
            number: header.number,
            hash: header.hash_slow(),
            time: header.timestamp,
            state_root: header.state_root,
        })
    }

    /// Storage words of the first endpoint, each proven to be in a block that it has not made up.
    ///
    /// # Errors
    ///
    /// [`Error::BadProof`], [`Error::EndpointDisagreement`] about the block; [`Error::Usage`] with a
    /// single endpoint and no block.
    pub(super) async fn proven_words(
        &self,
        contract: Address,
        slots: &[B256],
        block: &Value,
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<B256>, Error> {
        let trusted = self.trusted_block(block).await?;
        let at = format!("{:#x}", trusted.number);
        let mut words = Vec::with_capacity(slots.len());
        for part in slots.chunks(MOST_SLOTS) {
            let proof: ProofJson =
                self.rpc.call("eth_getProof", json!([contract, part, at])).await?;
            let storage_root = account(&trusted, contract, &proof)
                .map_err(|reason| self.bad_proof(&format!("account {contract}"), reason))?;
            if proof.storage_proof.len() != part.len() {
                let reason =
                    format!("{} proofs for {} slots", proof.storage_proof.len(), part.len());
                return Err(self.bad_proof(&format!("account {contract}"), reason));
            }
            for (slot, proven) in part.iter().zip(&proof.storage_proof) {
                // What the endpoint says the slot's name is does not matter: the proof is for ours.
                word(storage_root, *slot, proven)
                    .map_err(|reason| self.bad_proof(&what(words.len()), reason))?;
                words.push(B256::from(proven.value));
            }
        }
        Ok(words)
    }

    /// What this endpoint proves is something else.
    pub(crate) fn bad_proof(&self, what: &str, reason: String) -> Error {
        let endpoint = self.rpc.endpoint().to_owned();
        Error::BadProof { endpoint, what: what.to_owned(), reason }
    }
}

#[derive(Deserialize)]
struct HashJson {
    hash: B256,
}

/// The root of an account's storage, proven by the block's state.
fn account(block: &TrustedBlock, address: Address, proof: &ProofJson) -> Result<B256, String> {
    let account = TrieAccount {
        nonce: proof.nonce.to(),
        balance: proof.balance,
        storage_root: proof.storage_hash,
        code_hash: proof.code_hash,
    };
    let key = Nibbles::unpack(keccak256(address));
    verify_proof(block.state_root, key, Some(alloy_rlp::encode(account)), &proof.account_proof)
        .map_err(|error| error.to_string())?;
    Ok(proof.storage_hash)
}

/// Checks that a slot holds what is said; an empty one is not in the tree.
fn word(storage_root: B256, slot: B256, proven: &SlotJson) -> Result<(), String> {
    let expected = (!proven.value.is_zero()).then(|| alloy_rlp::encode(proven.value));
    let key = Nibbles::unpack(keccak256(slot));
    verify_proof(storage_root, key, expected, &proven.proof).map_err(|error| error.to_string())
}
