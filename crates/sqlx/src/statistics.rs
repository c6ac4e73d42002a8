//! What a store has done and does, for those who watch over it.

use std::sync::atomic::{AtomicU64, Ordering};

use tegata::EndReason;

use crate::SqlxStore;

/// Numbers of one process; others on the same database have their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Connections to the database that nobody uses now.
    pub connections_idle: usize,
    /// Connections that somebody uses now.
    pub connections_used: usize,
    /// Passwords that are being hashed.
    pub hashing_running: usize,
    /// What waits for that.
    pub hashing_waiting: usize,
    /// Sessions that were opened since the start.
    pub sessions_opened: u64,
    /// Sessions that were ended since the start, by reason; those that a change of the password or
    /// of the account has ended are among them.
    pub sessions_ended: Vec<(EndReason, u64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    opened: AtomicU64,
    ended: [AtomicU64; EndReason::ALL.len()],
}

impl Counters {
    pub(crate) fn note_opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn note_ended(&self, reason: EndReason, count: u64) {
        let at = EndReason::ALL.iter().position(|other| *other == reason);
        if let Some(counter) = at.and_then(|at| self.ended.get(at)) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
}

impl SqlxStore {
    /// What this store has done since the start, and does now.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = tegata_sqlx::SqlxStore::connect("sqlite::memory:").await?;
    /// assert_eq!(store.statistics().sessions_opened, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let counters = &self.inner.counters;
        let (connections_idle, connections_used) = self.inner.database.connections();
        let (hashing_running, hashing_waiting) = self.inner.hashing.at_work();
        let ended = counters.ended.iter().map(|counter| counter.load(Ordering::Relaxed));
        Statistics {
            connections_idle,
            connections_used,
            hashing_running,
            hashing_waiting,
            sessions_opened: counters.opened.load(Ordering::Relaxed),
            sessions_ended: EndReason::ALL.into_iter().zip(ended).collect(),
        }
    }
}
