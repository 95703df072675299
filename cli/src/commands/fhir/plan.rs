//! How large and how dear an import is, reckoned before anything is sent.

use alloy_primitives::U256;
use serde_json::{Value, json};

use crate::amount;
use crate::error::Error;
use crate::records::Draft;
use crate::session::Session;

/// Envelope bytes beside the frame (crypto.md section 8.2).
const ENVELOPE_BYTES: usize = 73;
/// As appends are split: below 95,000 bytes per transaction (crypto.md section 16).
const BATCH_BYTES: usize = 80_000;
/// Bytes of a signed transaction beside its calldata (crypto.md section 16: 890 for 772).
const TRANSACTION_BYTES: usize = 118;

/// Transactions of one section.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Load {
    pub(super) transactions: usize,
    pub(super) calldata_bytes: usize,
    /// Without the share for the parent chain, which the node adds.
    gas: u64,
}

impl Load {
    /// The transactions that these drafts take.
    pub(super) fn of(drafts: &[Draft]) -> Result<Self, chartkey_crypto::Error> {
        let mut load = Self::default();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for draft in drafts {
            let length = draft.frame.encode()?.len() + ENVELOPE_BYTES;
            if bytes + length > BATCH_BYTES && !batch.is_empty() {
                load.call(&batch);
                batch.clear();
                bytes = 0;
            }
            bytes += length + 64;
            batch.push(length);
        }
        if !batch.is_empty() {
            load.call(&batch);
        }
        Ok(load)
    }

    /// One call of `append` or `appendBatch`: selector, four words, then the envelopes in ABI form.
    ///
    /// The gas is a line through docs/gas: 48,523 for one frame of 512 bytes, 24.08 for each further byte,
    /// 3,650 for each further entry; it meets the table within half a per cent.
    fn call(&mut self, envelopes: &[usize]) {
        let sum: usize = envelopes.iter().sum();
        let padded: usize = envelopes.iter().map(|length| length.next_multiple_of(32)).sum();
        let words = match envelopes.len() {
            1 => 1,
            several => 1 + 2 * several,
        };
        self.transactions += 1;
        self.calldata_bytes += 4 + 4 * 32 + 32 * words + padded;
        let further = envelopes.len() as u64 - 1;
        self.gas += 34_436 + sum as u64 * 2_408 / 100 + further * 3_650;
    }

    pub(super) const fn add(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.calldata_bytes += other.calldata_bytes;
        self.gas += other.gas;
    }

    const fn l1_bytes(&self) -> usize {
        self.calldata_bytes + self.transactions * TRANSACTION_BYTES
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "transactions": self.transactions,
            "calldataBytes": self.calldata_bytes,
            "l1Bytes": self.l1_bytes(),
        })
    }
}

/// What all of it costs at the price of now.
#[derive(Debug)]
pub(super) struct Cost {
    load: Load,
    fee_wei: U256,
}

impl Cost {
    pub(super) async fn of(session: &Session, load: Load) -> Result<Self, Error> {
        let price: U256 = session.rpc.call("eth_gasPrice", json!([])).await?;
        Ok(Self { load, fee_wei: price.saturating_mul(U256::from(load.gas)) })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "plan: {} transactions with entries, {} bytes of calldata ({} to the parent chain), about {} gas \
             and {} at the present price, besides what the parent chain takes\n",
            self.load.transactions,
            self.load.calldata_bytes,
            self.load.l1_bytes(),
            self.load.gas,
            amount::format(self.fee_wei)
        )
    }

    pub(super) fn json(&self) -> Value {
        let mut value = self.load.json();
        value["gas"] = self.load.gas.to_string().into();
        value["feeWei"] = self.fee_wei.to_string().into();
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/gas/rustup.md, program in the cache.
    #[test]
    fn the_gas_is_near_what_was_measured() {
        const FRAME: usize = 512 + ENVELOPE_BYTES;
        for (envelopes, measured) in [
            (vec![FRAME], 48_523_u64),
            (vec![1_024 + ENVELOPE_BYTES], 60_854),
            (vec![4_096 + ENVELOPE_BYTES], 134_840),
            (vec![FRAME; 3], 84_256),
            (vec![FRAME; 10], 208_227),
        ] {
            let mut load = Load::default();
            load.call(&envelopes);
            let difference = load.gas.abs_diff(measured);
            assert!(difference * 200 <= measured, "{} for {measured}", load.gas);
        }
    }

    /// crypto.md section 16: 772 for one frame of 512 bytes, 2,180 for three.
    #[test]
    fn the_calldata_is_that_of_the_specification() {
        for (count, bytes) in [(1, 772), (3, 2_180)] {
            let mut load = Load::default();
            load.call(&vec![512 + ENVELOPE_BYTES; count]);
            assert_eq!(load.calldata_bytes, bytes);
        }
    }
}
