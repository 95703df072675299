//! Latency and throughput of the node, with anvil beside it where npm has brought it.
//!
//! `cargo run --release -p nitro-devnode --example bench [-- --quick]`
//!
//! Method: each node runs as a process of its own on this machine; one blocking, hand-written
//! HTTP/1.1 client on loopback, the same for both; transactions are signed before the clock starts;
//! medians (p50) and p99. Ratios hold for one machine in one run only.

mod client;
mod measure;
mod process;
mod signing;

use std::time::Duration;

use eyre::Result;

use crate::process::Program;

/// How much is measured.
struct Extent {
    starts: usize,
    samples: usize,
    /// Blocks after which send → receipt is measured again.
    long_chain: usize,
    /// anvil slows down with the length of the chain: enough to show it.
    long_chain_anvil: usize,
}

const FULL: Extent =
    Extent { starts: 20, samples: 2_000, long_chain: 100_000, long_chain_anvil: 4_800 };
const QUICK: Extent =
    Extent { starts: 5, samples: 500, long_chain: 5_000, long_chain_anvil: 1_000 };

const SENDERS: usize = 32;
const TRANSACTIONS_EACH: usize = 100;

fn main() -> Result<()> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let extent = if is_quick { QUICK } else { FULL };
    let ours = run(&Program::nitro_devnode()?, &extent, extent.long_chain, true)?;
    let theirs = match Program::anvil() {
        Some(anvil) => run(&anvil, &extent, extent.long_chain_anvil, false)?,
        None => {
            println!("anvil: not here (nitro-devnode/compat/foundry.sh installs it from npm)\n");
            return Ok(());
        }
    };
    println!("ratio anvil / nitro-devnode (above 1: nitro-devnode is faster)");
    println!("  start to first answer   {:6.1}", ratio(theirs.start, ours.start));
    println!("  send to receipt         {:6.1}", ratio(theirs.short, ours.short));
    println!("  the same, long chain    {:6.1}", ratio(theirs.long, ours.long));
    println!("  transactions per second {:6.1}", ours.per_second / theirs.per_second);
    Ok(())
}

/// The medians that are compared.
struct Medians {
    start: Duration,
    short: Duration,
    long: Duration,
    per_second: f64,
}

fn run(program: &Program, extent: &Extent, long: usize, is_stylus: bool) -> Result<Medians> {
    println!("{}", program.name);
    let (start, resident) = measure::start_up(program, extent.starts)?;
    line("start to first answer", &start);
    if let Some(kib) = resident {
        println!("  idle memory              {:8.1} MiB", f64::from(u32::try_from(kib)?) / 1_024.0);
    }
    let node = program.start()?;
    if is_stylus {
        line("cached Stylus eth_call", &measure::stylus_call(node.address, extent.samples)?);
    }
    let short = measure::send_to_receipt(node.address, extent.samples)?;
    line("send to receipt", &short);
    let spent = measure::lengthen(node.address, long)?;
    println!("  {long} more blocks took  {:8.1} s", spent.as_secs_f64());
    let after = measure::send_to_receipt(node.address, extent.samples)?;
    line("send to receipt, then", &after);
    drop(node);
    let node = program.start()?;
    let many = measure::many_senders(node.address, SENDERS, TRANSACTIONS_EACH)?;
    println!(
        "  {SENDERS} senders: {} of {} included, {:.0} per second\n",
        many.included,
        SENDERS * TRANSACTIONS_EACH,
        many.per_second
    );
    Ok(Medians {
        start: start.median(),
        short: short.median(),
        long: after.median(),
        per_second: many.per_second,
    })
}

fn line(what: &str, samples: &measure::Samples) {
    let (p50, p99) = (samples.median(), samples.percentile(0.99));
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    println!("  {what:<24} p50 {:8.3} ms   p99 {:8.3} ms", milliseconds(p50), milliseconds(p99));
}

fn ratio(theirs: Duration, ours: Duration) -> f64 {
    theirs.as_secs_f64() / ours.as_secs_f64()
}
