//! The SDK's own export of each program, held against the interface that clients use.
//!
//! The exported Solidity is no interface to ship (it has no events and loses names), but what it says
//! of selectors and mutability is what the router does (guides/stylus-contracts.md section 5).

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use alloy_json_abi::{Error, Function, JsonAbi, StateMutability};
use stylus_sdk::abi::GenerateAbi;

/// Prints what the SDK exports.
struct Export<T>(PhantomData<T>);

impl<T: GenerateAbi> fmt::Display for Export<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt_abi(f)
    }
}

type Functions = BTreeSet<(String, String)>;

fn exported<T: GenerateAbi>() -> (Functions, BTreeSet<String>) {
    let text = Export::<T>(PhantomData).to_string();
    let lines = || text.lines().map(|line| line.trim().trim_end_matches(';'));
    let functions = lines().filter(|line| line.starts_with("function ")).map(|line| {
        let function = Function::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        (function.signature(), mutability(function.state_mutability))
    });
    let errors = lines().filter(|line| line.starts_with("error ")).map(|line| {
        Error::parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).signature()
    });
    (functions.collect(), errors.collect())
}

fn mutability(of: StateMutability) -> String {
    format!("{of:?}")
}

fn shared(abi: &JsonAbi) -> (Functions, BTreeSet<String>) {
    let functions = abi.functions().map(|f| (f.signature(), mutability(f.state_mutability)));
    (functions.collect(), abi.errors().map(Error::signature).collect())
}

#[test]
fn the_records_program_is_its_interface() {
    let abi = chartkey_abi::records_json_abi();
    assert_eq!(exported::<chartkey_records::Records>(), shared(&abi));
}

#[test]
fn the_stays_program_is_its_interface() {
    let abi = chartkey_abi::stays_json_abi();
    assert_eq!(exported::<chartkey_stays::Stays>(), shared(&abi));
}
