//! A node as a child process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eyre::{Context, Result, eyre};
use serde_json::json;

use crate::client::Client;

/// How long a node may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that can be measured.
pub(crate) struct Program {
    pub name: &'static str,
    path: PathBuf,
    flags: &'static [&'static str],
}

impl Program {
    /// Our node: the release binary beside this example; built now if it is not there.
    pub(crate) fn nitro_devnode() -> Result<Self> {
        let here = std::env::current_exe()?;
        let folder =
            here.parent().and_then(Path::parent).ok_or_else(|| eyre!("no target folder"))?;
        let path = folder.join("nitro-devnode");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        build.args([
            "build",
            "--quiet",
            "--locked",
            "-p",
            "nitro-devnode",
            "--bin",
            "nitro-devnode",
        ]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let built = build.status().wrap_err("cannot run cargo")?;
        if !built.success() || !path.exists() {
            return Err(eyre!("the binary {} could not be built", path.display()));
        }
        Ok(Self { name: "nitro-devnode", path, flags: &["--quiet"] })
    }

    /// anvil, from `$ANVIL` or from where `compat/foundry.sh` installs it; `None` if absent.
    pub(crate) fn anvil() -> Option<Self> {
        let named = std::env::var_os("ANVIL").map(PathBuf::from);
        let installed = std::env::current_exe().ok().and_then(|here| {
            let target = here.ancestors().nth(3)?.to_owned();
            let package = format!("anvil-linux-{}", npm_architecture());
            Some(
                target
                    .join("foundry/anvil/node_modules/@foundry-rs")
                    .join(package)
                    .join("bin/anvil"),
            )
        });
        let path = named.or(installed).filter(|path| path.exists())?;
        Some(Self { name: "anvil", path, flags: &["--silent"] })
    }

    /// Size of the program's file.
    pub(crate) fn bytes(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }

    /// Starts it on a free port and waits for its first answer.
    pub(crate) fn start(&self) -> Result<Running> {
        let address = free_address()?;
        let began = Instant::now();
        let child = Command::new(&self.path)
            .args(self.flags)
            .args(["--port", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .wrap_err_with(|| format!("cannot start {}", self.path.display()))?;
        let mut running = Running { child, address, first_answer: Duration::ZERO };
        while !running.answers() {
            if began.elapsed() > PATIENCE || running.child.try_wait()?.is_some() {
                return Err(eyre!("{} does not answer", self.name));
            }
            // Fine enough to measure milliseconds, and it leaves the core to the node.
            std::thread::sleep(Duration::from_micros(200));
        }
        running.first_answer = began.elapsed();
        Ok(running)
    }
}

const fn npm_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

fn free_address() -> Result<SocketAddr> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(probe.local_addr()?)
}

/// A running node; ends with this value.
pub(crate) struct Running {
    child: Child,
    pub address: SocketAddr,
    /// From starting the program to having the answer to `eth_chainId`.
    pub first_answer: Duration,
}

impl Running {
    fn answers(&self) -> bool {
        let client = Client::connect(self.address);
        client.and_then(|mut client| client.quantity("eth_chainId", &json!([]))).is_ok()
    }

    /// Resident memory in KiB, as Linux counts it; `None` elsewhere.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both can only fail when the process has ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
