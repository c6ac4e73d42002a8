//! How often somebody may guess, and how often refresh.
//!
//! A guess at a secret is counted before the secret is looked at, so that guesses at the same time
//! cannot slip past the limit together; one that was right is given back. Three limits hold, each
//! of which the others would leave a way round:
//!
//! - [`GuessRates::account_and_address`]: one client at one account, so that neither its
//!   neighbours nor the owner of the account, who is elsewhere, are held up by it;
//! - [`GuessRates::account`]: all clients at one account, for guesses that come from many addresses;
//! - [`GuessRates::address`]: one client at all accounts, for one password tried on many names.
//!
//! The last two do not hold for an account at an address where it lately logged in well, as long as
//! the first does: so its owner can log in while others guess, and whoever shares an address with a
//! guesser can too.
//!
//! What is counted stands under a keyed hash, so nobody reads a name or an address in it.

mod account;
mod counters;
mod guess;
mod key;
mod memory;
mod rates;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tegata::{Rate, Refusal, SessionId, Timestamp, UserId, client_network};

use crate::Failure;
use account::normalised;
pub use counters::Counters;
pub use guess::Guess;
use guess::{Limit, LimitName};
pub use key::CounterKey;
use key::Hash;
pub use memory::MemoryCounters;
pub use rates::{GuessRates, RefreshRates};

/// What may be guessed at; each counts for itself.
mod scope {
    pub(super) const LOGIN: &str = "login";
    pub(super) const PASSWORD: &str = "password";
    pub(super) const REFRESH: &str = "refresh";
    pub(super) const STEP: &str = "step";
}

const OUTAGE: &str = "What counts attempts cannot answer now; try again.";
const OUTAGE_RETRY_SECONDS: u64 = 1;
// Guesses that are still being checked are counted too, and may be given back at any moment.
const RETRY_WHILE_OTHERS_ARE_CHECKED: u64 = 1;
// A guess that was begun in one window may be given back after its end.
const SLACK: Duration = Duration::from_mins(1);

/// The limits of a site and what was counted. Cloning it is cheap, and clones count together.
///
/// ```
/// use tegata::Timestamp;
/// use tegata_axum::throttle::Throttle;
///
/// # async fn example() -> Result<(), tegata_axum::Failure> {
/// let throttle = Throttle::default();
/// let (now, address) = (Timestamp::from_seconds(1_700_000_000), "203.0.113.7".parse().ok());
/// for _ in 0..5 {
///     let guess = throttle.login(now, "alice", address).await?;
///     guess.failed().await;
/// }
/// let refused = throttle.login(now, "Alice", address).await.unwrap_err();
/// assert_eq!(refused.status(), 429);
/// # Ok(())
/// # }
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # let mut example = Box::pin(example());
/// # assert!(std::future::Future::poll(example.as_mut(), &mut context).is_ready());
/// ```
pub struct Throttle<C = MemoryCounters> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    guesses: GuessRates,
    refreshes: RefreshRates,
    hash: Hash,
    counters: C,
}

impl<C> Clone for Throttle<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

// Without the key of the hash.
impl<C> fmt::Debug for Throttle<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Throttle")
            .field("guesses", &self.inner.guesses)
            .field("refreshes", &self.inner.refreshes)
            .finish_non_exhaustive()
    }
}

impl Default for Throttle {
    /// The default rates, counted by this process.
    fn default() -> Self {
        Self::new(GuessRates::default(), RefreshRates::default())
    }
}

impl Throttle {
    /// Counted by this process, in [`MemoryCounters`].
    #[must_use]
    pub fn new(guesses: GuessRates, refreshes: RefreshRates) -> Self {
        let (hash, counters) = (Hash::of_this_process(), MemoryCounters::default());
        Self { inner: Arc::new(Inner { guesses, refreshes, hash, counters }) }
    }
}

impl<C: Counters> Throttle<C> {
    /// Counted elsewhere. `secret`, 32 bytes that nobody can guess, is the key of the hash under
    /// which counters stand: the same on every machine that counts there.
    #[must_use]
    pub fn with_counters(
        guesses: GuessRates,
        refreshes: RefreshRates,
        secret: &[u8; 32],
        counters: C,
    ) -> Self {
        let hash = Hash::of_secret(secret);
        Self { inner: Arc::new(Inner { guesses, refreshes, hash, counters }) }
    }

    /// What counts.
    #[must_use]
    pub fn counters(&self) -> &C {
        &self.inner.counters
    }

    /// Counts a guess at the password of an account, as the client names it, by the network of an
    /// address; call it before the password is looked at.
    ///
    /// # Errors
    /// `rate_limited` (429) with `Retry-After`, or `service_unavailable` (503) if the counters
    /// cannot answer.
    pub async fn login(
        &self,
        now: Timestamp,
        username: &str,
        address: Option<IpAddr>,
    ) -> Result<Guess<C>, Failure> {
        self.guess(now, scope::LOGIN, Some(username), network(address).as_deref()).await
    }

    /// Counts an answer to a step of a login, such as a one-time code.
    ///
    /// # Errors
    /// As [`Throttle::login`].
    pub async fn step(
        &self,
        now: Timestamp,
        username: &str,
        address: Option<IpAddr>,
    ) -> Result<Guess<C>, Failure> {
        self.guess(now, scope::STEP, Some(username), network(address).as_deref()).await
    }

    /// Counts a guess at the current password of a user who is logged in: by session, so that a
    /// thief's guesses do not keep the owner from changing it.
    ///
    /// # Errors
    /// As [`Throttle::login`].
    pub async fn password(
        &self,
        now: Timestamp,
        user: &UserId,
        session: &SessionId,
    ) -> Result<Guess<C>, Failure> {
        self.guess(now, scope::PASSWORD, Some(&user.to_string()), Some(session.as_str())).await
    }

    /// Counts a guess in a scope of the site's own.
    ///
    /// `account` is whose secret it is, as the client names it; `source` is where the guess comes
    /// from. Where either is unknown, the limits by the other alone hold.
    ///
    /// # Errors
    /// As [`Throttle::login`].
    pub async fn guess(
        &self,
        now: Timestamp,
        scope: &str,
        account: Option<&str>,
        source: Option<&str>,
    ) -> Result<Guess<C>, Failure> {
        let account = account.map(normalised);
        let (account, rates) = (account.as_deref(), &self.inner.guesses);
        let pair = account.zip(source);
        let limits = [
            (LimitName::AccountAndAddress, pair.map(|(account, source)| vec![account, source])),
            (LimitName::Account, account.map(|account| vec![account])),
            (LimitName::Address, source.map(|source| vec![source])),
        ];
        let limits: Vec<_> = limits
            .into_iter()
            .filter_map(|(name, of)| Some(self.limit(now, scope, name, rates.of(name)?, &of?)))
            .collect();
        let known = pair
            .filter(|_| !limits.is_empty())
            .map(|(account, source)| self.inner.hash.known(scope, account, source));
        Guess::begin(self.clone(), limits, known).await
    }

    /// Counts a refresh with a good token for its session, whoever else is at its address.
    ///
    /// # Errors
    /// As [`Throttle::login`].
    pub async fn refresh_of_session(
        &self,
        now: Timestamp,
        session: &SessionId,
    ) -> Result<(), Failure> {
        let rate = self.inner.refreshes.session;
        self.count_refresh(now, LimitName::Session, rate, Some(session.as_str())).await
    }

    /// Counts a refresh with a token that is not good, for the address that it came from.
    ///
    /// # Errors
    /// As [`Throttle::login`].
    pub async fn refresh_of_nobody(
        &self,
        now: Timestamp,
        address: Option<IpAddr>,
    ) -> Result<(), Failure> {
        let rate = self.inner.refreshes.address;
        self.count_refresh(now, LimitName::Address, rate, network(address).as_deref()).await
    }

    async fn count_refresh(
        &self,
        now: Timestamp,
        name: LimitName,
        rate: Option<Rate>,
        of: Option<&str>,
    ) -> Result<(), Failure> {
        let Some((rate, of)) = rate.zip(of) else { return Ok(()) };
        let limit = self.limit(now, scope::REFRESH, name, rate, &[of]);
        let key = limit.key.refreshed();
        let count = self.counters().count(&key, limit.kept()).await.map_err(down)?;
        if count > limit.most { Err(rate_limited(limit.retry_after)) } else { Ok(()) }
    }

    fn limit(
        &self,
        now: Timestamp,
        scope: &str,
        name: LimitName,
        rate: Rate,
        of: &[&str],
    ) -> Limit {
        let digest = self.inner.hash.limit(scope, name.text(), of);
        let window = rate.window_at(now, digest.phase());
        Limit {
            name,
            key: digest.in_window(window.number),
            most: rate.limit(),
            retry_after: window.retry_after(now),
        }
    }
}

fn network(address: Option<IpAddr>) -> Option<String> {
    address.map(|address| client_network(address).to_string())
}

/// The 429; `retry_after` is in seconds.
fn rate_limited(retry_after: u64) -> Failure {
    let unit = if retry_after == 1 { "second" } else { "seconds" };
    Failure::endpoint(Refusal::RateLimited)
        .with_detail(format!("Too many attempts; try again in {retry_after} {unit}."))
        .with_retry_after(retry_after)
}

fn down<E: fmt::Display>(error: E) -> Failure {
    tracing::warn!(%error, "what counts attempts cannot answer");
    Failure::endpoint(Refusal::ServiceUnavailable)
        .with_detail(OUTAGE)
        .with_retry_after(OUTAGE_RETRY_SECONDS)
}
