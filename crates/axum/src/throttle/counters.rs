use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::CounterKey;

/// Where attempts are counted: in this process ([`super::MemoryCounters`]), or in a store that
/// many machines share.
///
/// What cannot answer says so by an error, and the client is told `503 service_unavailable`.
pub trait Counters: Send + Sync {
    /// What can go wrong. It is logged, so it must not say keys.
    type Error: fmt::Display + Send;

    /// Counts one more, in one step that nobody comes between, and says how many there are now.
    /// The entry may be forgotten once it is `kept` old.
    fn count(
        &self,
        key: &CounterKey,
        kept: Duration,
    ) -> impl Future<Output = Result<u32, Self::Error>> + Send;

    /// How many there are under each key.
    fn counts(
        &self,
        keys: &[CounterKey],
    ) -> impl Future<Output = Result<Vec<u32>, Self::Error>> + Send;

    /// Counts one less under each key that there is, and never less than none.
    fn take_back(
        &self,
        keys: &[CounterKey],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Writes an entry that [`Counters::counts`] counts as one, for as long as `kept`.
    fn remember(
        &self,
        key: &CounterKey,
        kept: Duration,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
