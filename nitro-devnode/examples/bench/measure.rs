//! The measurements.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use alloy_primitives::{Bytes, TxKind, U256};
use eyre::{Result, ensure, eyre};
use serde_json::{Value, json};

use crate::client::{Client, request};
use crate::process::Program;
use crate::signing::{PAYEE, Signer};

/// Sorted durations.
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    fn collect(count: usize, mut one: impl FnMut() -> Result<Duration>) -> Result<Self> {
        let mut samples = (0..count).map(|_| one()).collect::<Result<Vec<_>>>()?;
        samples.sort_unstable();
        Ok(Self(samples))
    }

    /// The value below which `share` of the samples lie.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        let last = self.0.len() - 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a few thousand samples"
        )]
        let index = (last as f64 * share).round() as usize;
        self.0[index]
    }

    /// All together.
    pub(crate) fn total(&self) -> Duration {
        self.0.iter().sum()
    }

    /// The middle.
    pub(crate) fn median(&self) -> Duration {
        self.percentile(0.5)
    }
}

/// Program start to first answer, and resident memory a second later.
pub(crate) fn start_up(program: &Program, runs: usize) -> Result<(Samples, Option<u64>)> {
    let mut resident = None;
    let samples = Samples::collect(runs, || {
        let node = program.start()?;
        if resident.is_none() {
            std::thread::sleep(Duration::from_secs(1));
            resident = node.resident_kib();
        }
        Ok(node.first_answer)
    })?;
    Ok((samples, resident))
}

/// One transfer after another on one connection; each sample ends with its receipt in hand.
pub(crate) fn send_to_receipt(address: SocketAddr, count: usize) -> Result<Samples> {
    let mut client = Client::connect(address)?;
    let mut signer = Signer::funded(&mut client)?;
    let mut transfers = Vec::with_capacity(count);
    for _ in 0..count {
        let raw = signer.transfer(PAYEE, U256::from(1))?;
        transfers.push(request("eth_sendRawTransaction", &json!([raw])));
    }
    let mut transfers = transfers.iter();
    Samples::collect(count, || {
        let send = transfers.next().expect("as many as samples");
        let began = Instant::now();
        let sent: Value = serde_json::from_slice(client.post(send)?)?;
        let hash = sent.get("result").ok_or_else(|| eyre!("not accepted: {sent}"))?;
        let ask = request("eth_getTransactionReceipt", &json!([hash]));
        loop {
            // The status is in the answer only once there is a receipt.
            let receipt = client.post(&ask)?;
            if receipt.windows(14).any(|window| window == b"\"status\":\"0x1\"") {
                return Ok(began.elapsed());
            }
        }
    })
}

/// What came of many senders at once.
pub(crate) struct Throughput {
    pub included: usize,
    pub per_second: f64,
}

/// `senders` accounts, each on its own connection, each sending one transaction after another;
/// the clock stops when every nonce has been used or nothing moved for ten seconds.
pub(crate) fn many_senders(address: SocketAddr, senders: usize, each: usize) -> Result<Throughput> {
    let mut client = Client::connect(address)?;
    let mut payer = Signer::funded(&mut client)?;
    let mut work = Vec::with_capacity(senders);
    let mut accounts = Vec::with_capacity(senders);
    for number in 0..senders {
        let mut signer = payer.fresh(number)?;
        let ether = U256::from(10).pow(U256::from(18));
        client.call("eth_sendRawTransaction", &json!([payer.transfer(signer.address, ether)?]))?;
        accounts.push(signer.address);
        let texts = (0..each).map(|_| {
            let raw = signer.transfer(PAYEE, U256::from(1))?;
            Ok(request("eth_sendRawTransaction", &json!([raw])))
        });
        work.push(texts.collect::<Result<Vec<_>>>()?);
    }
    let last = json!([accounts.last(), "latest"]);
    let funded_by = Instant::now();
    while client.call("eth_getBalance", &last)? == "0x0" {
        ensure!(funded_by.elapsed() < Duration::from_secs(20), "the senders were not funded");
    }
    let gate = Arc::new(Barrier::new(senders + 1));
    let threads: Vec<_> = work
        .into_iter()
        .map(|texts| {
            let (mut client, gate) = (Client::connect(address)?, Arc::clone(&gate));
            Ok(std::thread::spawn(move || {
                gate.wait();
                texts.iter().try_for_each(|text| client.post(text).map(drop))
            }))
        })
        .collect::<Result<_>>()?;
    gate.wait();
    let began = Instant::now();
    for thread in threads {
        thread.join().map_err(|_| eyre!("a sender panicked"))??;
    }
    let included = wait_for_nonces(&mut client, &accounts, each)?;
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand transactions")]
    let per_second = included as f64 / seconds;
    Ok(Throughput { included, per_second })
}

fn wait_for_nonces(
    client: &mut Client,
    accounts: &[alloy_primitives::Address],
    each: usize,
) -> Result<usize> {
    let mut moved = (Instant::now(), 0);
    loop {
        let mut included = 0;
        for account in accounts {
            let nonce = client.quantity("eth_getTransactionCount", &json!([account, "latest"]))?;
            included += usize::try_from(nonce)?;
        }
        if included == accounts.len() * each || moved.0.elapsed() > Duration::from_secs(10) {
            return Ok(included);
        }
        if included > moved.1 {
            moved = (Instant::now(), included);
        }
    }
}

/// A Stylus program that answers with its input; deployed, activated, then called again and again.
pub(crate) fn stylus_call(address: SocketAddr, count: usize) -> Result<Samples> {
    let mut client = Client::connect(address)?;
    let mut signer = Signer::funded(&mut client)?;
    let program = deploy(&mut client, &mut signer)?;
    let call = request("eth_call", &json!([{ "to": program, "data": "0x2a" }, "latest"]));
    let first = String::from_utf8(client.post(&call)?.to_vec())?;
    ensure!(first.contains("\"result\":\"0x2a\""), "the program answers wrongly: {first}");
    Samples::collect(count, || {
        let began = Instant::now();
        client.post(&call)?;
        Ok(began.elapsed())
    })
}

fn deploy(client: &mut Client, signer: &mut Signer) -> Result<Value> {
    let wasm = wat::parse_str(include_str!("echo.wat"))?;
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut wasm.as_slice(), &mut code, &parameters)?;
    // PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN; then the code.
    let length = u16::try_from(code.len())?.to_be_bytes();
    let mut init = vec![0x61, length[0], length[1], 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3];
    init.extend_from_slice(&code);
    let deployed =
        mined(client, &signer.sign(TxKind::Create, U256::ZERO, init.into(), 20_000_000)?)?;
    let program = deployed["contractAddress"].clone();
    let arb_wasm = alloy_primitives::address!("0000000000000000000000000000000000000071");
    // activateProgram(address)
    let mut input = vec![0x58, 0xc7, 0x80, 0xc2];
    let address: alloy_primitives::Address = serde_json::from_value(program.clone())?;
    input.extend_from_slice(address.into_word().as_slice());
    let fee = U256::from(10).pow(U256::from(17));
    let raw = signer.sign(TxKind::Call(arb_wasm), fee, Bytes::from(input), 20_000_000)?;
    mined(client, &raw)?;
    Ok(program)
}

fn mined(client: &mut Client, raw: &str) -> Result<Value> {
    let hash = client.call("eth_sendRawTransaction", &json!([raw]))?;
    let receipt = client.call("eth_getTransactionReceipt", &json!([hash]))?;
    ensure!(receipt["status"] == "0x1", "the transaction failed: {receipt}");
    Ok(receipt)
}
