//! Starts the node, says so, and waits for the signal to end.

use std::io::Write;

use eyre::{Context, Result};
use nitro_devnode::Node;
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
        let node = flags.builder().spawn()?;
        if !flags.quiet {
            announce(&node, &flags)?;
        }
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
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
