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
            connections: 10_000,
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
