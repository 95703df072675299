//! `chartkey deploy`: both programs on chain, activated, and saved as a profile.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolError, sol};
use chartkey_abi::{IRecords, records_creation_code, stays_creation_code};
use serde_json::{Value, json};

use crate::args::Deploy;
use crate::error::Error;
use crate::files;
use crate::output::Report;
use crate::refusal::Refusal;
use crate::rpc::RpcError;
use crate::session::{Account, Session};
use crate::settings::{File, Profile};
use crate::transact::Plan;
use crate::{amount, dates};

sol! {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function programTimeLeft(address program) external view returns (uint64 timeLeft);
    error ProgramUpToDate();
}

/// ArbWasm, the precompile that activates programs.
const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// Offered in the simulation that tells the data fee, in wei: one ether.
const GENEROUS_FEE: u64 = 1_000_000_000_000_000_000;
/// How far the chain's clock may be behind this machine's, in seconds.
const SKEW_SECS: u64 = 3_600;
/// Length of a credential of one's own, in seconds: 365 days.
const YEAR_SECS: u64 = 365 * 86_400;
/// The fee moves between simulation and block; what is not needed comes back.
const FEE_HEADROOM_PERCENT: u64 = 130;

pub(super) async fn run(session: &Session, arguments: &Deploy) -> Result<Report, Error> {
    let folder = programs_folder(arguments);
    let profile_name = &session.settings.profile_name.value;
    let is_taken = session.settings.is_profile_taken;
    if is_taken && !arguments.force && !session.global.dry_run {
        return Err(Error::Usage {
            message: format!("profile {profile_name} names a deployment already"),
            hint: "choose another --profile, or --force to replace it".into(),
        });
    }
    let chain_id = session.rpc.chain_id().await?;
    let codes = [read(&folder, "records")?, read(&folder, "stays")?];
    let account = session.account().await?;
    let mut deployed = Vec::new();
    for (name, code) in ["records", "stays"].into_iter().zip(&codes) {
        // Whoever deploys the records program is its first registrar, and vouches for clinics.
        let creation = match deployed.first() {
            None => records_creation_code(code),
            Some(Deployed { address, .. }) => stays_creation_code(code, *address),
        };
        match program(session, account, name, (code, creation)).await? {
            Some(done) => deployed.push(done),
            None => return Ok(session.rehearsal()),
        }
    }
    if arguments.credential {
        vouch(session, account, deployed[0].address).await?;
    }
    let [records, stays] = [deployed[0].address, deployed[1].address];
    let profile = Profile {
        rpc_url: session.settings.rpc_urls.value.first().cloned(),
        chain_id: Some(chain_id),
        records: Some(records),
        records_code_hash: Some(keccak256(&codes[0])),
        records_block: u64::try_from(deployed[0].block).ok(),
        stays: Some(stays),
        stays_code_hash: Some(keccak256(&codes[1])),
        account: session.settings.account.as_ref().map(|account| account.value.clone()),
    };
    File::save_profile(&session.home.config_file(), profile_name, profile)?;
    let text: String = deployed.iter().map(Deployed::line).collect();
    let programs: Vec<Value> = deployed.iter().map(Deployed::json).collect();
    let data = json!({"profile": profile_name, "chainId": chain_id, "programs": programs});
    Ok(Report::new(data, format!("{text}saved as profile {profile_name}")))
}

/// `--programs`, `CHARTKEY_PROGRAMS`, `programs` beside the binary, `target/programs`.
fn programs_folder(arguments: &Deploy) -> PathBuf {
    let named = || std::env::var_os("CHARTKEY_PROGRAMS").filter(|value| !value.is_empty());
    let beside = || {
        let folder = std::env::current_exe().ok()?.parent()?.join("programs");
        folder.is_dir().then_some(folder)
    };
    arguments
        .programs
        .clone()
        .or_else(|| named().map(PathBuf::from))
        .or_else(beside)
        .unwrap_or_else(|| PathBuf::from("target/programs"))
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(format!("{name}.code"));
    files::read(&path).map_err(|error| Error::Usage {
        message: error.to_string(),
        hint: "build the programs with: make wasm; or give --programs DIR".into(),
    })
}

struct Deployed {
    name: &'static str,
    address: Address,
    block: U256,
    code_bytes: usize,
    gas: U256,
    data_fee_wei: U256,
    days_left: u64,
}

impl Deployed {
    fn line(&self) -> String {
        format!(
            "{:<8} {}  {} bytes, {} gas, data fee {}, active for {} days\n",
            self.name,
            self.address,
            self.code_bytes,
            self.gas,
            amount::format(self.data_fee_wei),
            self.days_left
        )
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "address": self.address.to_checksum(None),
            "block": self.block.to_string(),
            "codeBytes": self.code_bytes,
            "gas": self.gas.to_string(),
            "dataFeeWei": self.data_fee_wei.to_string(),
            "daysLeft": self.days_left,
        })
    }
}

async fn program(
    session: &Session,
    account: Account,
    name: &'static str,
    (code, creation): (&[u8], Vec<u8>),
) -> Result<Option<Deployed>, Error> {
    let create = Plan {
        to: None,
        value_wei: U256::ZERO,
        data: creation.into(),
        what: format!("Create the program {name} ({} bytes)", code.len()),
        public: "its code, and that this account created it".into(),
    };
    let Some(created) = session.send(account, &create).await? else { return Ok(None) };
    let address = created
        .contract_address
        .ok_or_else(|| Error::Internal("a creation has an address".into()))?;
    let activation = activateProgramCall { program: address }.abi_encode();
    let mut deployed = Deployed {
        name,
        address,
        block: created.block_number,
        code_bytes: code.len(),
        gas: created.gas_used,
        data_fee_wei: U256::ZERO,
        days_left: 0,
    };
    let Some(data_fee_wei) = data_fee(session, account.address, &activation).await? else {
        session.screen.progress(&format!("the code of {name} is active on this chain already"));
        deployed.days_left = days_left(session, address).await?;
        return Ok(Some(deployed));
    };
    let activate = Plan {
        to: Some(ARB_WASM),
        value_wei: data_fee_wei * U256::from(FEE_HEADROOM_PERCENT) / U256::from(100),
        data: activation.into(),
        what: format!("Activate the program {name}; what is left of the value comes back"),
        public: "that this account activated it".into(),
    };
    let Some(activated) = session.send(account, &activate).await? else { return Ok(None) };
    deployed.gas += activated.gas_used;
    deployed.data_fee_wei = data_fee_wei;
    deployed.days_left = days_left(session, address).await?;
    Ok(Some(deployed))
}

/// The registrar states its own account's credential.
async fn vouch(session: &Session, account: Account, records: Address) -> Result<(), Error> {
    let now = dates::now();
    let (from, until) = (now.saturating_sub(SKEW_SECS), now.saturating_add(YEAR_SECS));
    let call = IRecords::setCredentialCall {
        account: account.address,
        validFrom: from,
        validUntil: until,
        flags: 0,
    };
    let plan = Plan {
        to: Some(records),
        value_wei: U256::ZERO,
        data: call.abi_encode().into(),
        what: format!(
            "State as registrar that {} is a provider until {}",
            account.address,
            dates::format_instant(until)
        ),
        public: "the account, and from when until when it is a provider".into(),
    };
    session.send(account, &plan).await?;
    Ok(())
}

/// What activation costs besides gas; `None` where this code is active already, by whoever paid for it.
async fn data_fee(
    session: &Session,
    from: Address,
    activation: &[u8],
) -> Result<Option<U256>, Error> {
    let request = json!({
        "from": from,
        "to": ARB_WASM,
        "value": U256::from(GENEROUS_FEE),
        "data": Bytes::copy_from_slice(activation),
    });
    let output = match session.rpc.eth_call(&request).await {
        Ok(output) => output,
        Err(RpcError::Node { error, .. }) if error.revert_data().is_some() => {
            let data = error.revert_data().unwrap_or_default();
            if ProgramUpToDate::abi_decode(&data).is_ok() {
                return Ok(None);
            }
            let refusal = Box::new(Refusal::decode(&data, Some(ARB_WASM)));
            return Err(Error::Reverted { refusal, hash: None });
        }
        Err(other) => return Err(other.into()),
    };
    let answer =
        activateProgramCall::abi_decode_returns(&output).map_err(|_| not_arbitrum(session))?;
    Ok(Some(answer.dataFee))
}

/// On a plain EVM chain a call of ArbWasm succeeds and returns nothing.
fn not_arbitrum(session: &Session) -> Error {
    Error::Usage {
        message: format!("{} is no Arbitrum chain with Stylus", session.rpc.endpoint()),
        hint: "choose another --rpc-url; a local one: chartkey node".into(),
    }
}

async fn days_left(session: &Session, program: Address) -> Result<u64, Error> {
    let data: Bytes = programTimeLeftCall { program }.abi_encode().into();
    let output = session.rpc.eth_call(&json!({"to": ARB_WASM, "data": data})).await?;
    let seconds =
        programTimeLeftCall::abi_decode_returns(&output).map_err(|_| not_arbitrum(session))?;
    Ok(seconds / 86_400)
}
