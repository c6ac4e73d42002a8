use std::fmt;
use std::time::Duration;

use super::{CounterKey, Counters, RETRY_WHILE_OTHERS_ARE_CHECKED, SLACK, Throttle};
use super::{down, rate_limited};
use crate::Failure;

// How long an account's good address is known.
const KNOWN: Duration = Duration::from_hours(30 * 24);

/// One guess, which is counted.
///
/// Whoever checks it says how it went: [`Guess::succeeded`], [`Guess::failed`], or
/// [`Guess::undo`] where nothing was checked. One of which nobody says so stays counted, as that of
/// a client that hung up does.
#[must_use = "say how the guess went"]
pub struct Guess<C> {
    throttle: Throttle<C>,
    counted: Vec<Limit>,
    known: Option<CounterKey>,
}

impl<C> fmt::Debug for Guess<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Guess").finish_non_exhaustive()
    }
}

/// One limit, as it stands at one moment.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) name: LimitName,
    pub(super) key: CounterKey,
    pub(super) most: u32,
    pub(super) retry_after: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitName {
    AccountAndAddress,
    Account,
    Address,
    Session,
}

impl LimitName {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::AccountAndAddress => "account_and_address",
            Self::Account => "account",
            Self::Address => "address",
            Self::Session => "session",
        }
    }
}

impl Limit {
    pub(super) fn kept(&self) -> Duration {
        Duration::from_secs(self.retry_after) + SLACK
    }

    /// Seconds until it opens; 0 if it is open.
    fn wait(&self, counted: u32, failed: u32) -> u64 {
        if failed >= self.most {
            self.retry_after
        } else if counted >= self.most {
            RETRY_WHILE_OTHERS_ARE_CHECKED
        } else {
            0
        }
    }
}

impl<C: Counters> Guess<C> {
    pub(super) async fn begin(
        throttle: Throttle<C>,
        limits: Vec<Limit>,
        known: Option<CounterKey>,
    ) -> Result<Self, Failure> {
        let keys = limits.iter().flat_map(|limit| [limit.key, limit.key.failed()]);
        let keys: Vec<_> = keys.chain(known).collect();
        let found = throttle.counters().counts(&keys).await.map_err(down)?;
        if found.len() != keys.len() {
            return Err(down("it gave another number of counts than there are keys"));
        }
        let of_limits = &found[..2 * limits.len()];
        let has_pair = limits.iter().any(|limit| limit.name == LimitName::AccountAndAddress);
        // Something has to hold at home too.
        let is_at_home = has_pair && known.is_some() && found.last().is_some_and(|it| *it > 0);
        let binds = |limit: &Limit| limit.name == LimitName::AccountAndAddress || !is_at_home;
        let waits = limits.iter().zip(of_limits.chunks_exact(2));
        let waits = waits.filter(|(limit, _)| binds(limit));
        let wait = waits.map(|(limit, found)| limit.wait(found[0], found[1])).max();
        if let Some(wait @ 1..) = wait {
            return Err(rate_limited(wait));
        }
        let mut guess = Self { throttle, counted: Vec::with_capacity(limits.len()), known };
        for limit in limits {
            let counters = guess.throttle.counters();
            let count = counters.count(&limit.key, limit.kept()).await.map_err(down)?;
            let is_beyond = count > limit.most && binds(&limit);
            guess.counted.push(limit);
            if is_beyond {
                guess.undo().await;
                return Err(rate_limited(RETRY_WHILE_OTHERS_ARE_CHECKED));
            }
        }
        Ok(guess)
    }

    /// Leaves the guess counted, and says that it will not be given back any more.
    pub async fn failed(self) {
        for limit in &self.counted {
            let counters = self.throttle.counters();
            match counters.count(&limit.key.failed(), limit.kept()).await {
                Ok(count) if count == limit.most => {
                    tracing::warn!(limit = limit.name.text(), "a limit of guesses is reached");
                }
                Ok(_) => {}
                Err(error) => return lost(error),
            }
        }
    }

    /// Gives the guess back, and remembers that this account is at home at this address.
    pub async fn succeeded(self) {
        let (throttle, known) = (self.throttle.clone(), self.known);
        self.undo().await;
        if let Some(known) = known
            && let Err(error) = throttle.counters().remember(&known, KNOWN).await
        {
            lost(error);
        }
    }

    /// Gives the guess back.
    pub async fn undo(self) {
        let keys: Vec<_> = self.counted.iter().map(|limit| limit.key).collect();
        if let Err(error) = self.throttle.counters().take_back(&keys).await {
            lost(error);
        }
    }
}

/// What was guessed is decided already, so that an outage changes no answer.
fn lost<E: fmt::Display>(error: E) {
    tracing::warn!(%error, "what counts attempts cannot answer");
}
