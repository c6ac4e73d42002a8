use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tegata::{AccessClaims, Refusal, Requirement, Scopes};

use super::{Authed, Caller};
use crate::{Failure, Guard};

/// What a route asks of a token beyond being good; see [`Scoped`].
///
/// What cannot be is an error of the compiler: a name that no scope has, a rule that asks for
/// nothing, a login younger than a second.
pub trait Rule {
    /// The scopes, all of which the token must cover.
    const SCOPES: &'static [&'static str] = &[];
    /// How long ago the user may have logged in at most; a refresh does not count.
    const FRESH: Option<Duration> = None;
}

/// No rule: for what takes a rule, or none. There is no [`Scoped`] of it.
impl Rule for () {}

/// [`Authed`], or another that carries claims, if its token meets a [`Rule`].
///
/// ```
/// use std::time::Duration;
/// use tegata_axum::{Rule, Scoped};
///
/// struct WriteReports;
///
/// impl Rule for WriteReports {
///     const SCOPES: &'static [&'static str] = &["reports:write"];
///     const FRESH: Option<Duration> = Some(Duration::from_secs(300));
/// }
///
/// async fn write(caller: Scoped<WriteReports>) -> String {
///     format!("written by {}", caller.user.id)
/// }
/// ```
///
/// ```compile_fail
/// # use tegata_axum::{Auth, MemoryUsers, Rule, Scoped};
/// struct Nothing;
///
/// impl Rule for Nothing {}
///
/// async fn handler(_caller: Scoped<Nothing>) {}
/// let app = axum::Router::<Auth<MemoryUsers>>::new().route("/", axum::routing::get(handler));
/// ```
#[derive(Clone)]
pub struct Scoped<R, T = Authed> {
    caller: T,
    rule: PhantomData<fn() -> R>,
}

impl<R, T: fmt::Debug> fmt::Debug for Scoped<R, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Scoped").field(&self.caller).finish()
    }
}

impl<R, T> Scoped<R, T> {
    /// Who it is.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.caller
    }
}

impl<R, T> Deref for Scoped<R, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.caller
    }
}

/// An extractor that knows the claims of the token.
pub trait CarriesClaims {
    /// The claims.
    fn access_claims(&self) -> &AccessClaims;
}

impl<C> CarriesClaims for Authed<C> {
    fn access_claims(&self) -> &AccessClaims {
        &self.claims
    }
}

impl<C> CarriesClaims for Caller<C> {
    fn access_claims(&self) -> &AccessClaims {
        self.claims()
    }
}

impl<R: Rule, T> Scoped<R, T> {
    const IS_GOOD: () = {
        assert!(!R::SCOPES.is_empty() || R::FRESH.is_some(), "the rule asks for nothing");
        let mut at = 0;
        while at < R::SCOPES.len() {
            assert!(
                is_name(R::SCOPES[at].as_bytes()),
                "no scope has such a name (RFC 6749 section 3.3)"
            );
            at += 1;
        }
        if let Some(age) = R::FRESH {
            assert!(age.as_secs() > 0, "a fresh login must be allowed at least 1 second");
        }
    };

    fn requirement(guard: &Guard) -> Result<Requirement, Failure> {
        let () = Self::IS_GOOD;
        if let Some(unknown) = R::SCOPES.iter().find(|name| !guard.site().knows_scope(name)) {
            tracing::error!(scope = unknown, "a rule asks for a scope that `scopes` lacks");
        }
        let scopes = Scopes::from_names(R::SCOPES.iter().copied()).unwrap_or_default();
        let asked = Requirement::scopes(scopes);
        let asked = R::FRESH.map_or(Ok(asked.clone()), |age| asked.and_fresh(age));
        asked.map_err(|_| Failure::gate(Refusal::LoginRequired))
    }
}

const fn is_name(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if !matches!(name[at], 0x21 | 0x23..=0x5b | 0x5d..=0x7e) {
            return false;
        }
        at += 1;
    }
    !name.is_empty()
}

impl<S, R, T> FromRequestParts<S> for Scoped<R, T>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    R: Rule,
    T: CarriesClaims + FromRequestParts<S, Rejection = Failure> + Send,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let guard = Guard::from_ref(state);
        let caller = T::from_request_parts(parts, state).await?;
        guard.require(caller.access_claims(), &Self::requirement(&guard)?)?;
        Ok(Self { caller, rule: PhantomData })
    }
}
