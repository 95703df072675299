//! Runs the built `chartkey` binary as a person or a script would.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The password of every keystore in the tests.
const PASSWORD: &str = "correct horse battery staple";

/// One person's folder and the endpoint they talk to.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    url: String,
}

/// What one run of the binary left.
#[derive(Debug)]
pub struct Run {
    /// The command line, for messages.
    pub command: String,
    /// Exit code; 255 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Home {
    /// An empty home whose commands talk to `url`.
    ///
    /// # Panics
    ///
    /// If no temporary folder can be made.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("password"), PASSWORD).expect("writable");
        Self { folder, url: url.to_owned() }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file beside the home's own and returns its path.
    ///
    /// # Panics
    ///
    /// If the folder is gone.
    #[must_use]
    pub fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("writable");
        path.display().to_string()
    }

    /// As [`file`](Self::file), readable by nobody else.
    ///
    /// # Panics
    ///
    /// If the folder is gone.
    #[must_use]
    pub fn private_file(&self, name: &str, content: &[u8]) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.file(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("ours");
        path
    }

    /// Runs `chartkey` with `args`, the home's endpoint and its password file.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Run {
        let password = self.path().join("password").display().to_string();
        let url = ["--rpc-url", &self.url];
        let url = if args.contains(&"--rpc-url") { &[][..] } else { &url[..] };
        self.run_raw(&[args, url, &["--password-file", &password]].concat(), b"")
    }

    /// Runs `chartkey` with exactly `args` (and the home), feeding `input` to standard input.
    #[must_use]
    pub fn run_raw(&self, args: &[&str], input: &[u8]) -> Run {
        self.run_in(args, input, &[])
    }

    /// The same with more environment.
    ///
    /// # Panics
    ///
    /// If the binary is not built.
    #[must_use]
    pub fn run_in(&self, args: &[&str], input: &[u8], env: &[(&str, String)]) -> Run {
        let mut child = self.start(args, env);
        // A command that reads nothing may close its input before this is written.
        let _ = child.stdin.take().expect("piped").write_all(input);
        Run::of(args, child)
    }

    /// Starts `chartkey` with exactly `args`; its input, output and errors are pipes.
    ///
    /// # Panics
    ///
    /// If the binary is not built.
    #[must_use]
    pub fn start(&self, args: &[&str], env: &[(&str, String)]) -> Child {
        let mut command = Command::new(binary());
        command
            .args(args)
            .env_clear()
            .env("HOME", self.path())
            .env("CHARTKEY_HOME", self.path().join("chartkey"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    /// Runs with `--json` and returns `data` of a success.
    ///
    /// # Panics
    ///
    /// If the command fails.
    #[must_use]
    pub fn json(&self, args: &[&str]) -> Value {
        let run = self.run(&[args, &["--json"]].concat()).succeeds();
        run.envelope()["data"].clone()
    }
}

impl Run {
    /// What a started command leaves in the end.
    ///
    /// # Panics
    ///
    /// If it cannot be waited for.
    #[must_use]
    pub fn of(args: &[&str], child: Child) -> Self {
        let output = child.wait_with_output().expect("the binary ends");
        Self {
            command: args.join(" "),
            code: output.status.code().unwrap_or(255),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, if it ended with 0.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[must_use]
    pub fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    /// The run, if it ended with `code`.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[must_use]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "chartkey {}\n--- stdout\n{}\n--- stderr\n{}",
            self.command, self.stdout, self.stderr
        );
        self
    }

    /// The run, if its standard error holds `text`.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[must_use]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "expected {text:?} in stderr of chartkey {}\n{}",
            self.command,
            self.stderr
        );
        self
    }

    /// The one JSON document on standard output.
    ///
    /// # Panics
    ///
    /// If standard output is anything else.
    #[must_use]
    pub fn envelope(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("chartkey {}: {error}\n{}", self.command, self.stdout))
    }
}

/// `chartkey` beside the test binary's folder: `target/<profile>/deps/it-…` → `target/<profile>`.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let binary = folder.join("chartkey");
    assert!(
        binary.exists(),
        "{} is missing; `make test` builds it (cargo build --workspace --bins)",
        binary.display()
    );
    binary
}
