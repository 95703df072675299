//! Acceptance item 93: estimates, which may differ by 1.5 %.

use super::cast::assemble;
use super::pair::{Pair, Probe};
use super::plot;
use super::random::Random;

const TRANSACTIONS: usize = 40;

#[tokio::test]
async fn item_93_estimates_are_within_one_and_a_half_percent() {
    let mut pair = Pair::meet("estimates").await;
    let mut random = Random::seeded(93);

    let cast = assemble(&mut pair, &mut random, 2, &[Probe::Estimate]).await;
    for number in 1..=TRANSACTIONS {
        let wish = plot::any(&pair, &cast, &mut random, number);
        pair.run(&wish, &[Probe::Estimate]).await;
    }

    let [succeeded, failed, _] = pair.tally;
    assert!(succeeded > TRANSACTIONS && failed >= 5, "{succeeded} succeeded, {failed} failed");
    pair.agrees();
}
