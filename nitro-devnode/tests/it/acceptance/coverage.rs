//! Which items of the acceptance list have a test: their names begin with `item_` and the number.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Items of devnode.md section 8.
const ITEMS: u32 = 109;

/// Items without a test in the repository, with the reason: one line each, `number reason`. A line
/// whose reason begins with `branch` may outlive its gap until that branch is merged. A `~` before the
/// number: there is a test, but what it says about Nitro takes a Nitro node.
const GAPS: &str = include_str!("gaps.txt");

#[test]
fn every_item_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    search(&root.join("nitro-devnode"), &mut found);
    search(&root.join("tests"), &mut found);
    let lines = || GAPS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let gaps = numbered(lines().filter(|line| !line.starts_with('~')));
    let partly = numbered(lines().filter_map(|line| line.strip_prefix('~')));

    let missing: Vec<u32> =
        (1..=ITEMS).filter(|item| !found.contains_key(item) && !gaps.contains_key(item)).collect();
    let unneeded: Vec<_> = gaps
        .iter()
        .filter(|(item, reason)| found.contains_key(item) && !reason.starts_with("branch "))
        .collect();
    let untested: Vec<_> = partly.keys().filter(|item| !found.contains_key(item)).collect();
    println!("{} of {ITEMS} items have a test; without one:", found.len());
    gaps.iter().for_each(|(item, reason)| println!("  {item:>3} {reason}"));
    println!("of those with one, these need NITRO_URL to say something about Nitro:");
    partly.iter().for_each(|(item, reason)| println!("  {item:>3} {reason}"));
    assert!(missing.is_empty(), "no test and no reason in gaps.txt: {missing:?}");
    assert!(unneeded.is_empty(), "in gaps.txt, but there is a test: {unneeded:?}");
    assert!(untested.is_empty(), "in gaps.txt as tested, but there is no test: {untested:?}");
}

/// Lines of an item number and a reason.
fn numbered<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<u32, &'a str> {
    lines
        .map(|line| {
            let (number, reason) = line.split_once(' ').expect("a number and a reason");
            (number.parse().expect("an item number"), reason)
        })
        .collect()
}

/// Item numbers in the names of tests: functions in Rust, lines in scripts.
fn search(folder: &Path, found: &mut BTreeMap<u32, usize>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("a folder of the repository").path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("fuzz") {
                search(&path, found);
            }
            continue;
        }
        let kind = path.extension().and_then(|kind| kind.to_str());
        if matches!(kind, Some("rs" | "sh" | "mjs" | "py"))
            && let Ok(text) = fs::read_to_string(&path)
        {
            for rest in text.split("item_").skip(1) {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(item @ 1..=ITEMS) = digits.parse() {
                    *found.entry(item).or_default() += 1;
                }
            }
        }
    }
}
