//! Acceptance item 88: the same signed transactions have the same outcome on both nodes.

use super::cast::assemble;
use super::pair::{Pair, Probe};
use super::plot;
use super::random::Random;

/// Transactions after the deployments.
const TRANSACTIONS: usize = 120;

#[tokio::test]
async fn item_88_signed_transactions_of_every_type_have_the_same_outcome() {
    let mut pair = Pair::meet("transactions").await;
    let mut random = Random::seeded(88);
    // The top frame holds the return data, its children what was created.
    let probes = [Probe::Trace(r#"{"tracer":"callTracer"}"#)];

    let cast = assemble(&mut pair, &mut random, 6, &probes).await;
    for number in 1..=TRANSACTIONS {
        let wish = plot::any(&pair, &cast, &mut random, number);
        pair.run(&wish, &probes).await;
    }
    cast.call_vectors(&mut pair, &probes).await;

    let [succeeded, failed, refused] = pair.tally;
    assert!(succeeded >= 60 && failed >= 20, "{succeeded} succeeded, {failed} failed");
    assert_eq!(refused, 0, "all of them can be included");
    pair.agrees();
}
