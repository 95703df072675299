//! Reading with two endpoints: both are asked, and must say the same (crypto.md section 9.4).

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes};
use chartkey_crypto::FRESH_SECONDS;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Session;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::rpc::{Call, LogFilter, Rpc, RpcError, RpcLog};

/// How long an endpoint may take to get the newest block of the other: a dozen of Arbitrum's blocks.
const MOST_LAG: Duration = Duration::from_secs(3);
/// Between two looks at an endpoint that lags.
const LAG_PAUSE: Duration = Duration::from_millis(50);

/// An answer to one call of a batch.
type Answer = Result<Box<RawValue>, RpcError>;

impl Session {
    /// Whether a single endpoint is all there is: it can hide what is newest.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.second.is_none()
    }

    pub(crate) fn disagreement(&self, second: &Rpc, what: &str) -> Error {
        Error::EndpointDisagreement {
            first: self.rpc.endpoint().to_owned(),
            second: second.endpoint().to_owned(),
            what: what.to_owned(),
        }
    }

    /// The newest block that all endpoints have, as a parameter of a call; `latest` where there is
    /// only one endpoint.
    ///
    /// # Errors
    ///
    /// Every [`RpcError`].
    pub async fn common_block(&self) -> Result<Value, Error> {
        if let Some(named) = self.named_block().await? {
            return Ok(json!(format!("{:#x}", named.number)));
        }
        if self.second.is_none() {
            return Ok("latest".into());
        }
        Ok(json!(format!("{:#x}", self.newest_common_block().await?)))
    }

    /// Logs, which all endpoints must have alike. `what` names them in the error.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or transport errors of either endpoint.
    pub async fn agreed_logs(&self, filter: &LogFilter, what: &str) -> Result<Vec<RpcLog>, Error> {
        let Some(second) = &self.second else { return Ok(self.rpc.logs(filter).await?) };
        let (ours, theirs) = tokio::join!(self.rpc.logs(filter), second.logs(filter));
        let (ours, theirs) = (ours?, theirs?);
        if ours == theirs { Ok(ours) } else { Err(self.disagreement(second, what)) }
    }

    /// The number of the newest block of any endpoint, once all have it: what is read at it belongs
    /// together. An endpoint may lag a little; one that stays behind hides what is newest, and to read
    /// at its block would let it.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], every [`RpcError`].
    pub async fn newest_common_block(&self) -> Result<u64, Error> {
        if let Some(named) = self.named_block().await? {
            return Ok(named.number);
        }
        let Some(second) = &self.second else { return Ok(self.rpc.block_number().await?) };
        let started = Instant::now();
        let (ours, theirs) = tokio::join!(self.rpc.block_number(), second.block_number());
        let (mut ours, mut theirs) = (ours?, theirs?);
        let newest = ours.max(theirs);
        while ours.min(theirs) < newest {
            if started.elapsed() >= MOST_LAG {
                let what = format!("the newest block: {ours} and {theirs}");
                return Err(self.disagreement(second, &what));
            }
            tokio::time::sleep(LAG_PAUSE).await;
            if ours < newest {
                ours = self.rpc.block_number().await?;
            } else {
                theirs = second.block_number().await?;
            }
        }
        Ok(newest)
    }

    /// Storage words that all endpoints name, or that are proven to be in a block whose hash they agree
    /// on; `what` names one in the error, by its place.
    ///
    /// # Errors
    ///
    /// As [`Self::agreed`].
    pub async fn words(
        &self,
        contract: Address,
        slots: &[B256],
        block: &Value,
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<B256>, Error> {
        const METHOD: &str = "eth_getStorageAt";
        if self.proves() {
            return self.proven_words(contract, slots, block, what).await;
        }
        let calls: Vec<_> =
            slots.iter().map(|slot| Call::new(METHOD, json!([contract, slot, block]))).collect();
        let answers = self.agreed(&calls, what).await?;
        answers.into_iter().map(|answer| Ok(self.rpc.typed(METHOD, answer)?)).collect()
    }

    /// First block that can hold logs of the records program, at most `newest`.
    #[must_use]
    pub fn first_block(&self, contract: Address, newest: u64) -> u64 {
        let saved = self.settings.records.as_ref();
        let is_saved =
            saved.is_some_and(|saved| saved.code_hash.is_some() && saved.address.value == contract);
        self.settings.from_block.filter(|from| is_saved && *from <= newest).unwrap_or(0)
    }

    /// Refuses a newest block that is too old to be the newest (crypto.md section 9.4). A node on this
    /// machine makes blocks when it is sent something; there it is checked only if `--max-age` says so.
    ///
    /// # Errors
    ///
    /// [`chartkey_crypto::Error::StaleChain`]
    pub fn require_fresh(&self, block_time: u64) -> Result<(), Error> {
        let is_local = self.endpoints().all(Rpc::is_loopback);
        let most = self.global.max_age.or_else(|| (!is_local).then_some(FRESH_SECONDS));
        match most {
            Some(most) => {
                Ok(chartkey_crypto::require_fresh(block_time, crate::dates::now(), most)?)
            }
            None => Ok(()),
        }
    }

    /// Makes the calls at every endpoint; their answers must be the same. `what` names a call in
    /// the error, by its place.
    ///
    /// # Errors
    ///
    /// [`Error::EndpointDisagreement`], or transport errors of either endpoint.
    pub async fn agreed(
        &self,
        calls: &[Call],
        what: impl Fn(usize) -> String,
    ) -> Result<Vec<Answer>, Error> {
        let Some(second) = &self.second else { return Ok(self.rpc.batch(calls).await?) };
        let (ours, theirs) = tokio::join!(self.rpc.batch(calls), second.batch(calls));
        let (ours, theirs) = (ours?, theirs?);
        for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let is_same = match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => same(ours.get(), theirs.get()),
                (
                    Err(RpcError::Node { error: ours, .. }),
                    Err(RpcError::Node { error: theirs, .. }),
                ) => ours.revert_data() == theirs.revert_data(),
                _ => false,
            };
            if !is_same {
                return Err(self.disagreement(second, &what(index)));
            }
        }
        Ok(ours)
    }

    /// Calls a view of a contract.
    ///
    /// # Errors
    ///
    /// As [`Self::agreed`]; [`Error::Reverted`] if the contract refuses.
    pub async fn view(&self, contract: Address, data: Bytes, what: &str) -> Result<Bytes, Error> {
        let block = self.common_block().await?;
        let call = Call::new("eth_call", json!([{"to": contract, "data": data}, block]));
        self.agreed_one(call, what).await.map_err(|error| match error {
            Error::Rpc(RpcError::Node { method, error }) => match error.revert_data() {
                Some(data) => Error::Reverted {
                    refusal: Box::new(Refusal::decode(&data, Some(contract))),
                    hash: None,
                },
                None => RpcError::Node { method, error }.into(),
            },
            other => other,
        })
    }

    /// The same for one call of any kind.
    ///
    /// # Errors
    ///
    /// As [`Self::agreed`], and what the node itself says.
    pub async fn agreed_one<R: DeserializeOwned>(
        &self,
        call: Call,
        what: &str,
    ) -> Result<R, Error> {
        if self.second.is_none() {
            return Ok(self.rpc.call(call.method, call.params).await?);
        }
        let method = call.method;
        let mut answers = self.agreed(&[call], |_| what.to_owned()).await?;
        let answer =
            answers.pop().ok_or_else(|| Error::Internal("one answer to one call".into()))?;
        Ok(self.rpc.typed(method, answer)?)
    }
}

/// The same JSON value, whatever its white space and the case of its hex digits.
fn same(ours: &str, theirs: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(&text.to_ascii_lowercase()).ok();
    ours == theirs || read(ours).is_some_and(|value| read(theirs) == Some(value))
}
