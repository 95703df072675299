//! The adversaries of crypto.md section 17: the tests that `docs/threats.md` names are there.

use std::collections::BTreeSet;
use std::path::Path;

/// Names of all functions below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("source text");
            let names = text.split("fn ").skip(1);
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            found.extend(names.map(|rest| rest.chars().take_while(|c| is_name(*c)).collect()));
        }
    }
}

#[test]
fn every_adversary_has_tests_and_every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for folder in ["crypto/src", "crypto/tests", "contract/records/src", "tests/it"] {
        functions(&root.join(folder), &mut found);
    }
    let table = std::fs::read_to_string(root.join("docs/threats.md")).expect("the table");

    for number in 1..=23 {
        let label = format!("| C{number:02} |");
        let line = table.lines().find(|line| line.starts_with(&label)).expect(&label);
        let named: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{label} has no test");
        for name in named {
            assert!(found.contains(name), "{label} {name}");
        }
    }
    let numbered = found.iter().filter(|name| {
        let digits = name.get(1..3).is_some_and(|digits| digits.parse::<u8>().is_ok());
        name.starts_with('c') && digits && name.as_bytes().get(3) == Some(&b'_')
    });
    for name in numbered {
        assert!(table.contains(name.as_str()), "docs/threats.md lacks {name}");
    }
}
