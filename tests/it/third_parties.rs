//! Relatives who pay and insurers who settle, through the built CLI.

use chartkey_tests::{Home, PATIENT, Run, World, wallet};
use serde_json::Value;

/// The third of anvil's accounts: a relative, or an insurer.
const OTHER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";

/// A world with one more person.
struct Town {
    world: World,
    other: Home,
}

impl Town {
    fn new() -> Self {
        let world = World::new();
        let other = Home::at(&world.node.url());
        wallet(&other, "other", 2);
        Self { world, other }
    }

    fn as_other(&self, args: &[&str]) -> Run {
        self.other.run(&[args, &["--account", "other", "--yes"], &self.world.flags()[..]].concat())
    }

    fn claimed(&self) -> String {
        let stay = self.world.quote();
        drop(self.world.as_patient(&["appointment", "pay", &stay]).succeeds());
        let claim = ["appointment", "claim", &stay, "--insurer", OTHER, "1eth"];
        drop(self.world.as_patient(&claim).succeeds());
        stay
    }
}

fn data(run: Run) -> Value {
    run.succeeds().envelope()["data"].clone()
}

#[test]
fn a_relative_pays_what_is_booked_and_gets_the_refund() {
    let town = Town::new();
    let stay = town.world.quote();

    let early = town.as_other(&["appointment", "pay", &stay]).ends_with(3);
    drop(early.says("appointment book 1"));
    drop(town.world.as_patient(&["appointment", "book", &stay]).succeeds());
    drop(town.as_other(&["appointment", "pay", &stay]).succeeds().says("a refund comes back to"));
    drop(town.world.as_clinic(&["appointment", "cancel", &stay]).succeeds());
    let taken = data(town.as_other(&["payment", "withdraw", "--json"]));
    let statement = data(town.as_other(&["payment", "statement", "--json"]));

    assert_eq!(taken["amountWei"], "1500000000000000000");
    let kinds: Vec<_> =
        statement["movements"].as_array().expect("rows").iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["paid", "refunded", "withdrawn"]);
    drop(town.world.as_patient(&["payment", "withdraw"]).ends_with(3));
}

#[test]
fn an_insurer_settles_a_claim_in_parts_and_refuses_the_rest() {
    let town = Town::new();
    let stay = town.claimed();

    let first =
        town.as_other(&["appointment", "settle-claim", &stay, "0.25eth", "--to", "patient"]);
    let first = first.succeeds().stdout;
    let second = town.as_other(&["appointment", "settle-claim", &stay, "0.5eth", "--to", "clinic"]);
    drop(second.succeeds());
    let refused =
        town.as_other(&["appointment", "settle-claim", &stay, "--refuse"]).succeeds().stdout;
    let receipt = data(town.world.as_patient(&["payment", "receipt", &stay, "--json"]));
    let taken = data(town.world.as_patient(&["payment", "withdraw", "--json"]));

    assert!(first.contains("0.75 ETH of the claim is open"), "{first}");
    assert!(refused.contains("is refused"), "{refused}");
    assert_eq!(taken["amountWei"], "250000000000000000");
    let insured: Vec<_> = receipt["movements"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["kind"] == "insured" && row["insurer"] == OTHER)
        .map(|row| row["amountWei"].as_str().expect("an amount"))
        .collect();
    assert_eq!(insured, ["250000000000000000", "500000000000000000"]);
    assert_eq!(receipt["heldWei"], "1500000000000000000", "a claim is not part of the escrow");
}

#[test]
fn without_an_amount_a_claim_is_settled_in_whole() {
    let town = Town::new();
    let stay = town.claimed();

    let run = town.as_other(&["appointment", "settle-claim", &stay, "--to", "patient"]).succeeds();

    assert!(run.stdout.contains("the claim is closed"), "{}", run.stdout);
    let again = town.as_other(&["appointment", "settle-claim", &stay, "--to", "patient"]);
    drop(again.ends_with(8).says("nothing of stay 1 is claimed"));
}

#[test]
fn a_claim_is_taken_back_and_filed_anew() {
    let town = Town::new();
    let stay = town.claimed();
    let patient = |args: &[&str]| town.world.as_patient(&[&["appointment"], args].concat());

    drop(town.as_other(&["appointment", "withdraw-claim", &stay]).ends_with(3));
    let rest = ["settle-claim", &stay, "0.4eth", "--to", "patient"];
    drop(town.as_other(&[&["appointment"], &rest[..]].concat()).succeeds());
    let done = patient(&["withdraw-claim", &stay]).succeeds().stdout;

    assert!(done.contains("is not claimed any more"), "{done}");
    drop(town.as_other(&["appointment", "settle-claim", &stay, "--to", "patient"]).ends_with(8));
    drop(patient(&["withdraw-claim", &stay]).ends_with(8).says("nothing of stay 1 is claimed"));
    let clinic = ["claim", &stay, "--insurer", PATIENT];
    let claim = |amount: &str| patient(&[&clinic[..], &[amount]].concat());
    drop(claim("0eth").ends_with(2).says("withdraw-claim"));
    drop(claim("1.100000000000000001eth").ends_with(3));
    drop(claim("1.1eth").succeeds());
    let shown = patient(&["show", &stay, "--watch", "--from", "0", "--timeout", "0"]);
    let shown = shown.succeeds().stdout;
    assert!(shown.contains("stay 1 is not claimed from"), "{shown}");
    drop(town.world.as_patient(&["payment", "receipt", &stay]).succeeds());
}

#[test]
fn only_the_insurer_who_was_asked_settles() {
    let town = Town::new();
    let stay = town.claimed();

    let clinic = town.world.as_clinic(&["appointment", "settle-claim", &stay, "--to", "clinic"]);
    drop(clinic.ends_with(8).says("nothing of stay 1 is claimed from"));
    drop(
        town.as_other(&["appointment", "settle-claim", &stay, "0eth", "--to", "clinic"])
            .ends_with(2),
    );
    drop(town.as_other(&["appointment", "settle-claim", &stay]).ends_with(2));
}
