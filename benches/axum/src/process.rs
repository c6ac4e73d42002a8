//! A site as a process of its own, on one processor where that can be asked for.

use std::net::SocketAddr;
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::load::{Connection, Question};
use crate::sites::Site;

/// What a site says of itself when it is ready.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) address: SocketAddr,
    /// The header by which each of its sessions is known; one that is empty is none.
    pub(crate) headers: Vec<String>,
}

/// A running site. It ends when this is dropped.
pub(crate) struct Running {
    pub(crate) ready: Ready,
    child: Child,
}

impl Running {
    pub(crate) async fn start(site: Site, database: &str, sessions: usize) -> Outcome<Self> {
        let program = std::env::current_exe()?;
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(program);
        command.args(["site", site.name(), database, "--sessions", &sessions.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("taskset: {error}"))?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        let ready = serde_json::from_str(&line).map_err(|_| format!("{} fails", site.name()))?;
        Ok(Self { ready, child })
    }

    /// The protected route, asked by its first session.
    pub(crate) fn question(&self) -> Question {
        Question::get(self.ready.address, "/protected", &self.ready.headers[0])
    }

    /// Whether the protected route is one: it lets its own session in and nobody else.
    pub(crate) async fn check(&self, site: Site) -> Outcome<()> {
        let mut connection = Connection::open(self.ready.address).await?;
        let stranger = Question::get(self.ready.address, "/protected", "");
        let (known, _) = connection.ask(&self.question().request).await?;
        let (unknown, _) = connection.ask(&stranger.request).await?;
        let expected = if site == Site::Bare { (200, 200) } else { (200, 401) };
        if (known, unknown) != expected {
            return Err(format!("{}: {known} with, {unknown} without", site.name()).into());
        }
        Ok(())
    }

    /// The memory that it has in use, in bytes.
    pub(crate) fn memory(&self) -> Outcome<u64> {
        let id = self.child.id().ok_or("it has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmRSS")?;
        Ok(number.trim().parse::<u64>()? * 1024)
    }
}
