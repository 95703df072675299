//! Branch tables with more targets than the compiler takes act and cost as the rules say.

use devnode_stylus::{OutcomeKind, RunContext, run_with_ink};

use crate::scripted::{ScriptedChain, engine, program};

const TARGETS: u32 = 100_000;
const INK: u64 = 1_000_000_000;

/// Targets alternate between the labels 0 and 1; the default is 2.
fn targets() -> String {
    (0..TARGETS).map(|i| format!("{} ", i % 2)).collect()
}

/// Runs a program that gets the index as calldata; returns its status and its ink.
fn run_at(text: &str, indices: &[u32]) -> Vec<(OutcomeKind, u64)> {
    let (_, program) = program(&engine(), text);
    indices
        .iter()
        .map(|index| {
            let mut chain = ScriptedChain::with_pages(1);
            let calldata = index.to_le_bytes();
            let outcome = run_with_ink(&program, &calldata, INK, &RunContext::dev(), &mut chain)
                .expect("it ends");
            (outcome.kind, INK - outcome.ink_left)
        })
        .collect()
}

const INDICES: [u32; 9] = [0, 1, 32_767, 32_768, 65_536, 65_537, TARGETS - 1, TARGETS, u32::MAX];

/// Success for label 0, revert for label 1, failure for the default.
const fn expected(index: u32) -> OutcomeKind {
    match index {
        TARGETS.. => OutcomeKind::Failure,
        even if even.is_multiple_of(2) => OutcomeKind::Success,
        _ => OutcomeKind::Revert,
    }
}

#[test]
fn a_table_of_any_size_branches_like_one() {
    let text = format!(
        "(module (import \"vm_hooks\" \"read_args\" (func $args (param i32)))
         (memory (export \"memory\") 1 1)
         (func (export \"user_entrypoint\") (param i32) (result i32)
            (call $args (i32.const 0))
            block block block
                (i32.load (i32.const 0)) br_table {} 2
            end i32.const 0 return
            end i32.const 1 return
            end unreachable))",
        targets()
    );

    for (index, (kind, ink)) in INDICES.into_iter().zip(run_at(&text, &INDICES)) {
        assert_eq!(kind, expected(index), "index {index}");
        // [const, call]; the host call; [block x3, const, load, br_table]; one block after it.
        let table = 2400 + 325 * u64::from(TARGETS);
        let blocks = 6251 + (3 + 1 + 670 + table + 2450) + (2 + 2450);
        assert_eq!(ink, blocks + 13_440, "index {index}");
    }
}

#[test]
fn a_split_table_carries_its_values() {
    // Each label takes an i64 and an f32; only the i64 decides.
    let text = format!(
        "(module (import \"vm_hooks\" \"read_args\" (func $args (param i32)))
         (memory (export \"memory\") 1 1) (type $pair (func (result i64 f32)))
         (func (export \"user_entrypoint\") (param i32) (result i32) (local f32)
            (call $args (i32.const 0))
            block (type $pair) block (type $pair) block (type $pair)
                i64.const 7 local.get 1 (i32.load (i32.const 0)) br_table {} 2
            end drop i64.const 7 i64.sub i32.wrap_i64 return
            end drop i64.const 6 i64.sub i32.wrap_i64 return
            end drop drop unreachable))",
        targets()
    );

    for (index, (kind, _)) in INDICES.into_iter().zip(run_at(&text, &INDICES)) {
        assert_eq!(kind, expected(index), "index {index}");
    }
}

#[test]
fn a_table_that_is_never_reached_may_have_labels_of_different_types() {
    let text = format!(
        "(module (memory (export \"memory\") 0 0)
         (func (export \"user_entrypoint\") (param i32) (result i32)
            i32.const 0 return
            block (result i64) block (result i32)
                unreachable br_table {} 1
            end drop i64.const 0 end
            drop i32.const 0))",
        "0 ".repeat(40_000)
    );

    // [const, return] is all that runs.
    assert_eq!(run_at(&text, &[0]), [(OutcomeKind::Success, 2 + 2450)]);
}
