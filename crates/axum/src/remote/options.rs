use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tegata::Policy;
use tegata_jose::Limits;

/// What a site adds to the client that fetches: a proxy, a CA of its own, a header. Redirects are
/// followed by none.
pub type Configure = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// Instants that only ever grow.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// How keys are fetched and kept, and what holds for tokens of every issuer.
///
/// ```
/// use std::time::Duration;
/// use tegata_axum::remote::FetchOptions;
///
/// let quick = FetchOptions { timeout: Duration::from_secs(2), ..FetchOptions::default() };
/// assert_eq!(quick.max_bytes, 512 * 1024);
/// ```
#[derive(Clone)]
pub struct FetchOptions {
    /// For all of a fetch, the metadata included; 5 seconds.
    pub timeout: Duration,
    /// How long a document may be; 512 KiB.
    pub max_bytes: usize,
    /// Between two fetches because of a token with an unknown `kid`; 30 seconds.
    pub min_refetch_interval: Duration,
    /// How long a set is fresh whose answer does not say; 5 minutes.
    pub default_lifetime: Duration,
    /// The shortest, whatever the answer says; a minute.
    pub min_lifetime: Duration,
    /// The longest, whatever the answer says; a day.
    pub max_lifetime: Duration,
    /// How long the last good set stays in use after it was fresh, while no new one can be had; a
    /// day.
    pub max_stale: Duration,
    /// Whether `http` will do, for a test or a network of which every part is trusted.
    pub allow_http: bool,
    /// What is added to the client.
    pub configure: Option<Configure>,
    /// By what keys age; the machine's by default.
    pub clock: Clock,
    /// How far clocks may be apart, for the times in tokens; 10 seconds.
    pub leeway: Duration,
    /// How long and how deep a token may be.
    pub limits: Limits,
}

impl Default for FetchOptions {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            timeout: Duration::from_secs(5),
            max_bytes: 512 * 1024,
            min_refetch_interval: Duration::from_secs(30),
            default_lifetime: Duration::from_mins(5),
            min_lifetime: Duration::from_mins(1),
            max_lifetime: DAY,
            max_stale: DAY,
            allow_http: false,
            configure: None,
            clock: Arc::new(Instant::now),
            leeway: Policy::default().leeway,
            limits: Limits::DEFAULT,
        }
    }
}

// What is configured may hold credentials.
impl fmt::Debug for FetchOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetchOptions")
            .field("timeout", &self.timeout)
            .field("max_bytes", &self.max_bytes)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

impl FetchOptions {
    /// How long a set is fresh whose answer states such a time, or none.
    pub(super) fn lifetime(&self, stated: Option<Duration>) -> Duration {
        let wanted = stated.unwrap_or(self.default_lifetime);
        wanted.max(self.min_lifetime).min(self.max_lifetime)
    }
}
