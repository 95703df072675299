//! Latency and throughput of the node, with anvil beside it where npm has brought it.
//!
//! `cargo run --release -p nitro-devnode --example bench [-- --quick]`
//!
//! The method is printed above the numbers.

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

/// What the numbers mean, printed above them.
const METHOD: &str = "\
Each node is a process of its own on this machine; one blocking HTTP/1.1 client on loopback, the
same for both; transactions are signed before the clock starts. Medians (p50) and p99; ratios hold
for this machine in this run only.";

fn main() -> Result<()> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let extent = if is_quick { QUICK } else { FULL };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{METHOD}\n{} starts, {} samples, {cores} cores\n", extent.starts, extent.samples);
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
    println!("  idle memory             {:6.1}", theirs.memory / ours.memory);
    println!("  binary                  {:6.1}", theirs.binary / ours.binary);
    println!(
        "nitro-devnode, block {} against block 1: {:+.0} %",
        extent.long_chain,
        (ratio(ours.long, ours.short) - 1.0) * 100.0
    );
    Ok(())
}

/// The medians that are compared.
struct Medians {
    start: Duration,
    short: Duration,
    long: Duration,
    per_second: f64,
    /// MiB.
    memory: f64,
    /// MiB.
    binary: f64,
}

fn run(program: &Program, extent: &Extent, long: usize, is_stylus: bool) -> Result<Medians> {
    println!("{}", program.name);
    println!("  binary                   {:8.1} MiB", mebibytes(program.bytes()?));
    let (start, resident) = measure::start_up(program, extent.starts)?;
    line("start to first answer", &start);
    if let Some(kib) = resident {
        println!("  idle memory              {:8.1} MiB", mebibytes(kib * 1_024));
    }
    let node = program.start()?;
    if is_stylus {
        line("cached Stylus eth_call", &measure::stylus_call(node.address, extent.samples)?);
    }
    let short = measure::send_to_receipt(node.address, extent.samples)?;
    line("send to receipt", &short);
    let spent = measure::send_to_receipt(node.address, long)?.total();
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
        memory: resident.map_or(f64::NAN, |kib| mebibytes(kib * 1_024)),
        binary: mebibytes(program.bytes()?),
    })
}

fn mebibytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let bytes = bytes as f64;
    bytes / f64::from(1 << 20)
}

fn line(what: &str, samples: &measure::Samples) {
    let (p50, p99) = (samples.median(), samples.percentile(0.99));
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    println!("  {what:<24} p50 {:8.3} ms   p99 {:8.3} ms", milliseconds(p50), milliseconds(p99));
}

fn ratio(theirs: Duration, ours: Duration) -> f64 {
    theirs.as_secs_f64() / ours.as_secs_f64()
}
