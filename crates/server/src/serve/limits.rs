//! How much of the server one client can take.

use std::time::Duration;

use crate::config::Config;

/// Bounds on connections, requests and the end.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// How many connections are open at once; more wait to be accepted.
    pub(crate) connections: usize,
    /// How long a client may take to send the head of a request, and how long a connection may
    /// be idle between two.
    pub(crate) head: Duration,
    /// How many bytes a head has at most.
    pub(crate) head_bytes: usize,
    /// How many bytes a body has at most. What a route of `tegata-axum` reads of one is less, and
    /// longer ones are refused there in the words of the Django face.
    pub(crate) body_bytes: usize,
    /// How long a request may take, its body included.
    pub(crate) request: Duration,
    /// How long a client may leave what it was sent unread.
    pub(crate) write: Duration,
    /// How long requests that run have left when the server is told to stop.
    pub(crate) shutdown: Duration,
    /// How long the database may take to answer `/healthz`.
    pub(crate) health: Duration,
}

impl Limits {
    /// Those of a configuration. What it does not name follows from how long a request may take:
    /// a head or an answer is no longer under way than that.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            connections: connections(open_files()),
            head: config.request_timeout.min(Duration::from_secs(15)),
            head_bytes: 32 * 1024,
            body_bytes: 4 * 1024 * 1024,
            request: config.request_timeout,
            write: config.request_timeout,
            shutdown: config.shutdown_timeout,
            health: Duration::from_secs(2),
        }
    }
}

const MOST_CONNECTIONS: usize = 10_000;

/// How many connections a process takes that may have so many files open: some of them are for the
/// database, for hooks and for the files of keys, and nobody who only connects must take those away.
fn connections(open_files: Option<usize>) -> usize {
    let for_all = open_files.unwrap_or(usize::MAX);
    let for_others = (for_all / 4).min(256);
    for_all.saturating_sub(for_others).clamp(1, MOST_CONNECTIONS)
}

/// As Linux tells it; elsewhere it is not known.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn connections_leave_files_for_the_database() {
        for (open_files, taken) in [
            (None, 10_000),
            (Some(1024), 768),
            (Some(128), 96),
            (Some(0), 1),
            (Some(1 << 20), 10_000),
        ] {
            assert_eq!(connections(open_files), taken, "{open_files:?}");
        }
    }
}
