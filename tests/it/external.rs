//! The tests on a node that was there before them (`NITRO_URL`), and what they leave out there.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chartkey_tests::TestNode;
use serde_json::json;

/// Tests that need this project's node: name and reason.
const OWN_NODE: &str = include_str!("../own-node.txt");

/// A node of the built binary that serves Nitro's methods only; it ends with the test.
struct Strict {
    process: Child,
    url: String,
}

impl Strict {
    fn start() -> Self {
        let node = folder_of_binaries().join("nitro-devnode");
        let mut command = Command::new(&node);
        command.args(["--strict", "--port", "0"]).stdout(Stdio::piped());
        let mut process = command.spawn().expect("`make test` builds the node's binary");
        let banner = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut words = banner.map_while(Result::ok);
        let line = words.find(|line| line.contains("http://")).expect("an address");
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        Self { process, url: url.expect("found above").to_owned() }
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// `target/<profile>`, seen from `target/<profile>/deps/it-…`.
fn folder_of_binaries() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    test.ancestors().nth(2).expect("target/<profile>/deps").to_owned()
}

#[test]
fn the_main_job_runs_on_a_node_that_has_nitros_methods_only() {
    let strict = Strict::start();
    let node = TestNode::at(&strict.url);
    let before = node.head();

    let tests = ["main_job::a_stay", "main_job::an_update", "main_job::nothing_of"];
    let mut run = Command::new(std::env::current_exe().expect("a running test has a path"));
    let output = run.args(tests).env("NITRO_URL", &strict.url).output().expect("it runs");

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("3 passed"), "{said}");
    // Three deployments of two programs, and what was done with them.
    assert!(node.head() - before > 3 * 4, "all three used that node");
    assert_eq!(node.answer("evm_snapshot", &json!([]))["error"]["code"], -32601);
}

#[test]
fn what_is_left_out_on_another_node_exists_and_has_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it");
    for line in OWN_NODE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (test, reason) = line.split_once(' ').expect("a name and a reason");
        let (module, function) = test.rsplit_once("::").expect("a module and a function");
        let file = folder.join(module.replace("::", "/")).with_extension("rs");

        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no module {module}"));

        assert!(text.contains(&format!("fn {function}(")), "no test {test}");
        assert!(reason.len() > 10, "{test}: {reason:?} is no reason");
    }
}
