//! Starts the node, says so, and waits for the signal to end.

use std::io::Write;
use std::path::Path;

use eyre::{Context, Result};
use nitro_devnode::{Node, TEST_PHRASE};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::flags::Flags;

/// Runs until SIGINT or SIGTERM.
pub(crate) fn run(flags: Flags) -> Result<()> {
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .wrap_err("cannot wait for signals")?;
    waiting.block_on(async {
        // Before the node is there: a signal during the start must end it as well.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut node = flags.builder().spawn()?;
        if let Some(file) = &flags.config_out {
            write_config(&node, &flags, file)?;
        }
        if !flags.quiet {
            announce(&node, &flags)?;
        }
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        node.save().wrap_err("cannot write the state file")
    })
}

/// Writes what anvil writes with the same flag (devnode.md section 7.3).
fn write_config(node: &Node, flags: &Flags, file: &Path) -> Result<()> {
    let head = node.chain().block(node.chain().head_number());
    let price = head.and_then(|head| head.header.base_fee_per_gas).unwrap_or_default().to_string();
    let config = json!({
        "available_accounts": flags.accounts().map(|one| one.address).collect::<Vec<_>>(),
        "private_keys": flags.accounts().map(|one| one.private_key).collect::<Vec<_>>(),
        "wallet": { "derivation_path": "m/44'/60'/0'/0/", "mnemonic": TEST_PHRASE },
        "base_fee": price,
        "gas_limit": (1_u64 << 50).to_string(),
        "gas_price": price,
        "genesis_timestamp": node.chain().block(1).map_or(0, |block| block.header.timestamp).to_string(),
    });
    std::fs::write(file, serde_json::to_vec_pretty(&config)?)
        .wrap_err_with(|| format!("cannot write {}", file.display()))
}

/// Says where the node listens and which accounts have money. The node answers already.
fn announce(node: &Node, flags: &Flags) -> Result<()> {
    let mut out = Vec::with_capacity(4_096);
    writeln!(out, "nitro-devnode {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Listening on  {} (and {})", node.url(), node.ws_url())?;
    writeln!(out, "Chain id      {}", node.chain().chain_id())?;
    writeln!(out, "Accounts with play money (their keys are public: never use them elsewhere)")?;
    for account in flags.accounts() {
        writeln!(out, "  {}  {}", account.address, account.private_key)?;
    }
    // A closed pipe must not end the node.
    drop(std::io::stdout().lock().write_all(&out));
    Ok(())
}
