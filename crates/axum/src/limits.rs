//! Counting what the auth routes let be tried, wherever that is counted.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;

use tegata::{SessionId, Timestamp, UserId, client_network};

use crate::Failure;
use crate::throttle::{Counters, Guess, Throttle};

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Counted<'a> = Later<'a, Result<Box<dyn CountedGuess>, Failure>>;

/// A [`Throttle`] of any counters.
pub(crate) trait Limits: fmt::Debug + Send + Sync {
    /// A guess at an account's password, or at nobody's.
    fn login<'a>(
        &'a self,
        now: Timestamp,
        account: Option<&'a str>,
        address: Option<IpAddr>,
    ) -> Counted<'a>;

    fn step<'a>(&'a self, now: Timestamp, user: &'a UserId, address: Option<IpAddr>)
    -> Counted<'a>;

    fn password<'a>(
        &'a self,
        now: Timestamp,
        user: &'a UserId,
        session: &'a SessionId,
    ) -> Counted<'a>;

    /// A refresh with a good token of a session, or with one that is not good.
    fn refresh<'a>(
        &'a self,
        now: Timestamp,
        session: Option<&'a SessionId>,
        address: Option<IpAddr>,
    ) -> Later<'a, Result<(), Failure>>;
}

/// A [`Guess`] of any counters.
pub(crate) trait CountedGuess: Send {
    fn failed(self: Box<Self>) -> Later<'static, ()>;
    fn succeeded(self: Box<Self>) -> Later<'static, ()>;
    fn undo(self: Box<Self>) -> Later<'static, ()>;
}

impl<C: Counters + 'static> CountedGuess for Guess<C> {
    fn failed(self: Box<Self>) -> Later<'static, ()> {
        Box::pin(Self::failed(*self))
    }

    fn succeeded(self: Box<Self>) -> Later<'static, ()> {
        Box::pin(Self::succeeded(*self))
    }

    fn undo(self: Box<Self>) -> Later<'static, ()> {
        Box::pin(Self::undo(*self))
    }
}

/// Says of a guess how it went: `Ok(true)` is right. Where the database cannot answer, or the site's
/// code, nothing was checked, and it is given back.
pub(crate) async fn told(guess: Box<dyn CountedGuess>, outcome: Result<bool, &Failure>) {
    match outcome {
        Ok(true) => guess.succeeded().await,
        Err(failure) if failure.status().is_server_error() => guess.undo().await,
        Ok(false) | Err(_) => guess.failed().await,
    }
}

fn boxed<C: Counters + 'static>(guess: Guess<C>) -> Box<dyn CountedGuess> {
    Box::new(guess)
}

impl<C: Counters + 'static> Limits for Throttle<C> {
    fn login<'a>(
        &'a self,
        now: Timestamp,
        account: Option<&'a str>,
        address: Option<IpAddr>,
    ) -> Counted<'a> {
        Box::pin(async move {
            if let Some(account) = account {
                return Self::login(self, now, account, address).await.map(boxed);
            }
            let network = address.map(|address| client_network(address).to_string());
            self.guess(now, "login", None, network.as_deref()).await.map(boxed)
        })
    }

    fn step<'a>(
        &'a self,
        now: Timestamp,
        user: &'a UserId,
        address: Option<IpAddr>,
    ) -> Counted<'a> {
        Box::pin(async move { Self::step(self, now, &user.to_string(), address).await.map(boxed) })
    }

    fn password<'a>(
        &'a self,
        now: Timestamp,
        user: &'a UserId,
        session: &'a SessionId,
    ) -> Counted<'a> {
        Box::pin(async move { Self::password(self, now, user, session).await.map(boxed) })
    }

    fn refresh<'a>(
        &'a self,
        now: Timestamp,
        session: Option<&'a SessionId>,
        address: Option<IpAddr>,
    ) -> Later<'a, Result<(), Failure>> {
        Box::pin(async move {
            match session {
                Some(session) => self.refresh_of_session(now, session).await,
                None => self.refresh_of_nobody(now, address).await,
            }
        })
    }
}
