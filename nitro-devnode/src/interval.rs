//! Blocks by the clock (devnode.md section 7.2, `evm_setIntervalMining`).

use std::sync::Weak;
use std::time::Duration;

use devnode_chain::Chain;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::rpc_server::heavily;

/// A hundred years.
const LONGEST_PERIOD: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Makes a block after each period, as long as there is a period, and somebody to set it.
pub(crate) async fn mine_by_the_clock(
    chain: Weak<Chain>,
    mut period: watch::Receiver<Option<Duration>>,
) {
    loop {
        let chosen = *period.borrow_and_update();
        let is_over = match chosen {
            None => period.changed().await.is_err(),
            Some(every) => mine_every(&chain, every, &mut period).await,
        };
        if is_over {
            return;
        }
    }
}

/// Ends with the period; true if there will be no other.
async fn mine_every(
    chain: &Weak<Chain>,
    every: Duration,
    period: &mut watch::Receiver<Option<Duration>>,
) -> bool {
    // The clock cannot be read further ahead; nobody sees the difference.
    let every = every.min(LONGEST_PERIOD);
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = period.changed() => return changed.is_err(),
            _ = ticks.tick() => {
                let Some(chain) = chain.upgrade() else { return true };
                heavily(|| chain.mine());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_period_beyond_the_clock_is_waited_for() {
        let (sender, period) = watch::channel(Some(Duration::from_secs(u64::MAX)));

        let miner = tokio::spawn(mine_by_the_clock(Weak::new(), period));
        tokio::task::yield_now().await;
        drop(sender);

        miner.await.expect("the miner is still there to be told");
    }
}
