use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::CounterKey;

/// Where attempts are counted: in this process ([`super::MemoryCounters`]), or in a store that
/// many machines share.
///
/// What cannot answer says so by an error, and the client is told `503 service_unavailable`. The text
/// of a key is what a store of its own takes for one, such as Redis with `INCR` and `EXPIRE`.
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
/// use std::sync::Mutex;
/// use std::time::Duration;
/// use tegata_axum::throttle::{CounterKey, Counters, GuessRates, RefreshRates, Throttle};
///
/// /// For a test: nothing is ever forgotten.
/// #[derive(Default)]
/// struct Kept(Mutex<HashMap<String, u32>>);
///
/// impl Counters for Kept {
///     type Error = Infallible;
///
///     async fn count(&self, key: &CounterKey, _kept: Duration) -> Result<u32, Infallible> {
///         let mut counts = self.0.lock().unwrap();
///         let count = counts.entry(key.to_string()).or_default();
///         *count += 1;
///         Ok(*count)
///     }
///
///     async fn counts(&self, keys: &[CounterKey]) -> Result<Vec<u32>, Infallible> {
///         let counts = self.0.lock().unwrap();
///         Ok(keys.iter().map(|key| *counts.get(&key.to_string()).unwrap_or(&0)).collect())
///     }
///
///     async fn take_back(&self, keys: &[CounterKey]) -> Result<(), Infallible> {
///         for key in keys {
///             if let Some(count) = self.0.lock().unwrap().get_mut(&key.to_string()) {
///                 *count = count.saturating_sub(1);
///             }
///         }
///         Ok(())
///     }
///
///     async fn remember(&self, key: &CounterKey, _kept: Duration) -> Result<(), Infallible> {
///         self.0.lock().unwrap().insert(key.to_string(), 1);
///         Ok(())
///     }
/// }
///
/// // All machines with the same counters have the same secret.
/// let secret = [7; 32];
/// let (guesses, refreshes) = (GuessRates::default(), RefreshRates::default());
/// let throttle = Throttle::with_counters(guesses, refreshes, &secret, Kept::default());
/// # let _ = throttle;
/// ```
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

    /// How many there are under each key: as many numbers as keys, in their order.
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
