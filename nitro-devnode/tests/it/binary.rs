//! The program `nitro-devnode`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nitro-devnode"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends the child when a test fails in between.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    fn start() -> (Self, BufReader<ChildStdout>, String) {
        Self::with(&[])
    }

    /// Starts it on a free port with more flags: the process, its output after the banner's address,
    /// the address.
    pub(crate) fn with(flags: &[&str]) -> (Self, BufReader<ChildStdout>, String) {
        let mut child = Self(program().args(["--port", "0"]).args(flags).spawn().unwrap());
        let mut lines = BufReader::new(child.0.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the banner has no address");
        }
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let url = url.to_owned();
        (child, lines, url)
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

#[tokio::test]
async fn the_banner_is_true_and_both_signals_end_the_node_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let (mut running, mut lines, url) = Running::start();
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" });
        let request = reqwest::Client::new().post(&url).header("content-type", "application/json");
        let answer = request.body(call.to_string()).send().await.unwrap().text().await.unwrap();

        running.signal(signal);
        let status = running.0.wait().unwrap();

        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(answer.contains("0x64aba"), "{answer}");
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(rest.contains("412346"), "{rest}");
        assert_eq!(rest.matches("\n  0x").count(), 11, "{rest}");
    }
}

#[test]
fn a_taken_port_ends_with_code_1_and_a_hint() {
    let (_running, _lines, url) = Running::start();
    let port = url.rsplit(':').next().unwrap();

    let output = program().args(["--port", port]).output().unwrap();

    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(port) && error.contains("--port"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_unknown_version_of_arbos_is_refused_with_the_known_ones() {
    let output = program().args(["--port", "0", "--arbos-version", "7"]).output().unwrap();

    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("51"), "{error}");
}

#[test]
fn help_names_every_flag_and_wrong_flags_end_with_code_2() {
    const FLAGS: [&str; 12] = [
        "--host",
        "--port",
        "--chain-id",
        "--bare",
        "--accounts",
        "--balance",
        "--arbos-version",
        "--code-size-limit",
        "--allow-origin",
        "--no-cors",
        "--vhost",
        "--quiet",
    ];
    let help = program().arg("--help").output().unwrap();
    let wrong = program().arg("--fork-url").output().unwrap();

    let text = String::from_utf8(help.stdout).unwrap();
    for flag in FLAGS {
        assert!(text.contains(flag), "{flag}");
    }
    assert_eq!(wrong.status.code(), Some(2));
}
