//! alloy's provider against the node (devnode.md acceptance item_98 and, for its types, item_109).

use alloy_network::eip2718::Typed2718;
use alloy_network::{AnyNetwork, EthereumWallet, TransactionBuilder, TransactionResponse};
use alloy_primitives::{U256, address, hex};
use alloy_provider::ext::AnvilApi;
use alloy_provider::{Provider, ProviderBuilder};
use alloy_rpc_types_eth::{BlockId, Filter, TransactionRequest};
use alloy_signer_local::PrivateKeySigner;
use eyre::{Result, ensure};

/// Stores the word after the selector in slot 0, logs it, answers with it; empty calldata reverts.
const CREATE: &str = "60198060095f395ff3366007575f5ffd5b600435805f55805f5260205fa160205ff3";

const INTERNAL: u8 = 0x6a;

fn check(name: &str, holds: bool) -> Result<()> {
    ensure!(holds, "FAILED: {name}");
    println!("ok  {name}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(key)) = (arguments.next(), arguments.next()) else {
        eyre::bail!("usage: compat-alloy URL KEY");
    };
    let wallet = EthereumWallet::from(key.parse::<PrivateKeySigner>()?);
    strict(&url, wallet).await?;
    any(&url).await?;
    println!("alloy: all checks passed");
    Ok(())
}

/// The provider of Ethereum's types with the recommended fillers.
async fn strict(url: &str, wallet: EthereumWallet) -> Result<()> {
    let provider = ProviderBuilder::new().wallet(wallet).connect_http(url.parse()?);
    let payee = address!("0x0000000000000000000000000000000000007777");

    check("chain id", provider.get_chain_id().await? == 412_346)?;
    let fees = provider.estimate_eip1559_fees().await?;
    check("fees", fees.max_fee_per_gas == 200_000_001 && fees.max_priority_fee_per_gas == 1)?;
    let transfer = TransactionRequest::default().with_to(payee).with_value(U256::from(5));
    let receipt = provider.send_transaction(transfer).await?.get_receipt().await?;
    check("transfer: filled, sent, awaited", receipt.status() && receipt.gas_used == 21_000)?;
    check("transfer: price", receipt.effective_gas_price == 100_000_000)?;
    check("transfer: balance", provider.get_balance(payee).await? == U256::from(5))?;
    let block = provider.get_block(BlockId::latest()).await?;
    check("block of hashes", block.is_some_and(|block| block.transactions.len() == 2))?;

    let create = TransactionRequest::default().with_deploy_code(hex::decode(CREATE)?);
    let created = provider.send_transaction(create).await?.get_receipt().await?;
    let contract = created.contract_address.ok_or_else(|| eyre::eyre!("no address"))?;
    let mut input = vec![0; 36];
    input[35] = 42;
    let store = TransactionRequest::default().with_to(contract).with_input(input);
    let answer = provider.call(store.clone()).await?;
    check("call", U256::from_be_slice(&answer) == U256::from(42))?;
    let stored = provider.send_transaction(store).await?.get_receipt().await?;
    check("log in the receipt", stored.logs().len() == 1)?;
    let logs = provider.get_logs(&Filter::new().address(contract).from_block(0)).await?;
    check("logs by address", logs.len() == 1 && logs[0].block_timestamp.is_some())?;
    let refused = provider.call(TransactionRequest::default().with_to(contract)).await;
    let data = refused.err().and_then(|error| error.as_error_resp()?.as_revert_data());
    check("revert data of a call", data.is_some_and(|data| data.is_empty()))
}

/// The provider that reads every kind of transaction.
async fn any(url: &str) -> Result<()> {
    let provider = ProviderBuilder::new().network::<AnyNetwork>().connect_http(url.parse()?);

    let block = provider.get_block(BlockId::latest()).full().await?;
    let block = block.ok_or_else(|| eyre::eyre!("no latest block"))?;
    let transactions = block.transactions.as_transactions().unwrap_or_default();
    let kinds: Vec<u8> = transactions.iter().map(|one| one.inner.ty()).collect();
    check("block with whole transactions: types", kinds == [INTERNAL, 2])?;
    let internal = provider.get_transaction_by_hash(transactions[0].tx_hash()).await?;
    check("internal transaction by hash", internal.is_some_and(|one| one.inner.ty() == INTERNAL))?;
    let receipts = provider.get_block_receipts(BlockId::latest()).await?.unwrap_or_default();
    check("receipts of a block", receipts.len() == 2)?;

    // item_109
    let node = provider.anvil_node_info().await?;
    check("anvil_nodeInfo", node.environment.chain_id == 412_346)?;
    let metadata = provider.anvil_metadata().await?;
    check("anvil_metadata", metadata.chain_id == 412_346)
}
