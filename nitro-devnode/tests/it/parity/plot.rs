//! Random transactions for a cast.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, U256};

use super::bytecode::random_code;
use super::cast::Cast;
use super::pair::Pair;
use super::random::Random;
use super::wish::{Kind, Wish};
use crate::rig::{init_code, store};
use crate::signer::{CHAIN_ID, Signer};
use crate::trace_rig::{evm_relay, key_and_value, relay};

/// Set-code transactions exist from this ArbOS version on.
const SET_CODE_VERSION: u64 = 40;

/// The next transaction: what it does, and of which type it is.
pub(crate) fn any(pair: &Pair, cast: &Cast, random: &mut Random, number: usize) -> Wish {
    let mut wish = deed(cast, random);
    match random.below(10) {
        0..=1 => wish.kind = Kind::Legacy,
        2 => wish.kind = Kind::Unprotected,
        3..=4 => {
            wish.kind = Kind::AccessList;
            wish.access_list = access_list(cast, random);
        }
        5 => wish.access_list = access_list(cast, random),
        6 if pair.arbos_version >= SET_CODE_VERSION && wish.to.is_call() => {
            wish.kind = set_code(pair, cast, random, number);
        }
        _ => {}
    }
    if random.one_in(8) {
        // Sometimes enough, sometimes not; the type and the list are paid first.
        wish.gas = 60_000 + random.below(60_000);
    }
    wish.step = format!("transaction {number} ({}, {})", kind_name(&wish.kind), wish.step);
    wish
}

const fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Legacy => "type 0",
        Kind::Unprotected => "type 0 without chain id",
        Kind::AccessList => "type 1",
        Kind::Dynamic => "type 2",
        Kind::SetCode(_) => "type 4",
    }
}

fn deed(cast: &Cast, random: &mut Random) -> Wish {
    match random.below(16) {
        0 => transfer(cast, random),
        1..=3 => {
            let init = [&random_code(random)[..], &[0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]].concat();
            Wish { gas: 400_000, ..Wish::create("random init code", init) }
        }
        4 => {
            let length = random.index(300);
            Wish::create("a contract of random bytes", init_code(&random.bytes(length)))
        }
        5 => Wish { gas: 200_000, ..Wish::call("an endless loop", cast.evm_endless, []) },
        6..=8 => {
            let vector = random.pick(&cast.vectors);
            let step = format!("the program {}", vector.name);
            Wish::call(step, vector.program, vector.input.clone())
        }
        9 => Wish::call("a dormant program", cast.dormant, key_and_value(1, 2)),
        _ => {
            let depth = random.below(5);
            let (step, to, input) = nested(cast, random, depth);
            let value = U256::from(if random.one_in(4) { random.below(1000) } else { 0 });
            Wish { value, gas: 1_500_000, ..Wish::call(step, to, input) }
        }
    }
}

fn transfer(cast: &Cast, random: &mut Random) -> Wish {
    let strangers = [cast.stranger(random), cast.evm_payee, cast.storer, cast.reverter];
    let value = U256::from(random.below(1_000_000));
    Wish { value, gas: 400_000, ..Wish::call("a transfer", *random.pick(&strangers), []) }
}

/// A call through so many EVM contracts and programs: what it is, its target and its calldata.
pub(crate) fn nested(cast: &Cast, random: &mut Random, depth: u64) -> (String, Address, Vec<u8>) {
    if depth == 0 {
        return leaf(cast, random);
    }
    let (inner, to, input) = nested(cast, random, depth - 1);
    if random.one_in(2) {
        (format!("EVM > {inner}"), cast.evm_caller, evm_relay(to, &input))
    } else {
        (format!("program > {inner}"), cast.caller, relay(to, &input))
    }
}

fn leaf(cast: &Cast, random: &mut Random) -> (String, Address, Vec<u8>) {
    let (key, value) = (random.byte() % 4, random.byte() % 3);
    let length = random.index(80);
    let noise = random.bytes(length);
    let (name, to, input) = match random.below(12) {
        0..=1 => ("store of the EVM", cast.evm_store, store(value)),
        2 => ("revert of the EVM", cast.evm_store, Vec::new()),
        3..=4 => ("store of a program", cast.storer, key_and_value(key, value)),
        5 => ("revert of a program", cast.reverter, noise),
        6 => ("CREATE2", cast.evm_creator, init_code(&noise)),
        7 => ("create1", cast.creator, init_code(&noise)),
        8 => ("create1 of random code", cast.creator, random_code(random)),
        9 => ("an endless loop", cast.evm_endless, Vec::new()),
        10 => ("nobody", cast.stranger(random), noise),
        // identity, SHA-256 and RIPEMD-160 of Ethereum
        _ => ("a precompile of Ethereum", Address::with_last_byte(2 + random.byte() % 3), noise),
    };
    (name.to_owned(), to, input)
}

fn access_list(cast: &Cast, random: &mut Random) -> AccessList {
    let accounts = [cast.evm_store, cast.storer, cast.evm_payee, cast.stranger(random)];
    let entries = (0..random.below(4)).map(|_| AccessListItem {
        address: *random.pick(&accounts),
        storage_keys: (0..random.below(4))
            .map(|_| B256::with_last_byte(random.byte() % 4))
            .collect(),
    });
    AccessList(entries.collect())
}

/// An account that nobody has seen becomes a contract of the cast.
fn set_code(pair: &Pair, cast: &Cast, random: &mut Random, number: usize) -> Kind {
    let authority = Signer::with_key(pair.key(&format!("authority {number}")));
    let address = *random.pick(&[cast.evm_store, cast.storer, Address::ZERO]);
    let chain_id = U256::from(*random.pick(&[0, CHAIN_ID, 1]));
    let authorization = Authorization { chain_id, address, nonce: u64::from(random.one_in(4)) };
    let signature = authority.signature(authorization.signature_hash());
    Kind::SetCode(authorization.into_signed(signature))
}
