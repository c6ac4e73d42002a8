use std::time::Duration;

use tegata_jose::Times;

use crate::legacy::generation_in;
use crate::open::{bounds_of_login, new_session};
use crate::policy::REFRESH_EXP;
use crate::rotate::{next_generation, reuse};
use crate::standing::Standing;
use crate::{
    Admission, Advance, Bounds, Claims, CustomClaims, Device, Engine, Link, MintError, Opened,
    Randomness, Refusal, Repeat, Rotation, Session, Tenant, Timestamp, TokenType, Tokens, Unread,
    UserState,
};

/// How long a token made by hand or a sliding token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long it opens protected routes.
    pub token: Duration,
    /// How long after the login it can be refreshed; means nothing for any other type.
    pub refresh: Duration,
}

impl From<Duration> for Lifetimes {
    /// Those of a token that cannot be refreshed after its end.
    fn from(lifetime: Duration) -> Self {
        Self { token: lifetime, refresh: lifetime }
    }
}

/// The claims of a sliding token that may still be refreshed. Only [`Engine::read_sliding`] makes
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlidingClaims(pub(crate) Claims);

impl std::ops::Deref for SlidingClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

impl Engine {
    /// As [`Engine::open_session`], for a client that gets one sliding token instead of a pair: it
    /// is the `access_token`, and there is no other.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then.
    #[expect(clippy::too_many_arguments, reason = "those of `open_session`, and the lifetimes")]
    pub fn open_sliding(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        user: &UserState,
        device: Device,
        bounds: &Bounds,
        custom: &CustomClaims,
        lifetimes: Lifetimes,
    ) -> Result<Opened, MintError> {
        let session = new_session(now, random, user, device)?;
        let bounds = bounds_of_login(bounds, custom)?;
        let tokens = self.mint_sliding(now, random, &session, &bounds, custom, lifetimes)?;
        Ok(Opened { row: self.row_to_insert(now, session), tokens })
    }

    /// Reads a sliding token to be refreshed: past its `exp` it is still good, until its
    /// `refresh_exp`.
    ///
    /// # Errors
    /// As [`Engine::read_access`].
    pub fn read_sliding(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<SlidingClaims, Unread> {
        let typed = self.read_typed_undated(now, token, Some(&[TokenType::SLIDING]), tenant)?;
        let times = typed.times();
        let no_deadline = Unread::ours(Refusal::InvalidToken, "`refresh_exp` is missing");
        let claims = typed.into_access().ok_or(no_deadline)?.into_claims();
        let deadline = claims.refresh_expires_at.ok_or(no_deadline)?;
        self.check_moments(now, Times { exp: Some(deadline), ..times })?;
        Ok(SlidingClaims(claims))
    }

    /// What [`Engine::rotate_sliding`] would say of this token, without consuming it.
    pub fn check_sliding(
        &self,
        now: Timestamp,
        claims: &SlidingClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
    ) -> Admission {
        self.check_presented(now, claims, session, user, |_| Admission::Admit)
    }

    /// Decides about the refresh of a sliding token, as [`Engine::rotate`] does about that of a
    /// refresh token; the next one is of the next generation whether or not refresh tokens rotate,
    /// and can be refreshed no longer after the login than `lifetimes` says. It has the tenant of the
    /// old one, and covers no more than the old one did, if that covered anything.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then, and the token is as good as before.
    #[expect(clippy::too_many_arguments, reason = "those of `rotate`, and the lifetimes")]
    pub fn rotate_sliding(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        claims: &SlidingClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
        custom: &CustomClaims,
        lifetimes: Lifetimes,
    ) -> Result<Rotation, MintError> {
        let bounds = &claims.bounds;
        let mint =
            |session: &Session| self.mint_sliding(now, random, session, bounds, custom, lifetimes);
        if !self.policy.session_check.keeps_sessions() {
            return Ok(match self.told_login(now, claims, user) {
                Ok(login) => {
                    let generation = login.generation.saturating_add(1);
                    Rotation::Reissue(mint(&Session { generation, ..login })?)
                }
                Err(refusal) => Rotation::Refuse(refusal),
            });
        }
        let session = match self.standing(now, claims, session, user) {
            Standing::Good(session) => session,
            Standing::Revoke(revoke) => return Ok(Rotation::Revoke(revoke)),
            Standing::Refuse(refusal) => return Ok(Rotation::Refuse(refusal)),
        };
        Ok(match self.link(now, generation_in(claims, session), session) {
            Link::Live => {
                let (swap, next) = next_generation(now, session);
                Rotation::Advance(Advance { swap, tokens: mint(&next)? })
            }
            Link::Repeatable => {
                let count = self.once_more(now, session);
                Rotation::Repeat(Repeat { count, tokens: mint(session)? })
            }
            Link::Reused => Rotation::Revoke(reuse(now, session)),
        })
    }

    /// Until when a sliding token of a session can be refreshed.
    pub(crate) fn sliding_deadline(&self, session: &Session, lifetimes: Lifetimes) -> Timestamp {
        session
            .created_at
            .plus(lifetimes.refresh)
            .min(session.minted_at.plus(self.policy.refresh_token_lifetime))
            .min(session.idle_end(&self.policy))
    }

    fn mint_sliding(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        session: &Session,
        bounds: &Bounds,
        custom: &CustomClaims,
        lifetimes: Lifetimes,
    ) -> Result<Tokens, MintError> {
        self.check_custom(custom)?;
        let deadline = self.sliding_deadline(session, lifetimes);
        let expires_at = now.plus(lifetimes.token).min(deadline);
        let scopes = custom.scopes_within(bounds.scopes.as_ref());
        let bounds = Bounds { tenant: bounds.tenant.clone(), scopes };
        let custom = custom.with(REFRESH_EXP, &deadline)?;
        let access_token =
            self.mint(&TokenType::SLIDING, now, expires_at, random, session, &bounds, &custom)?;
        let expires_in = expires_at.since(now);
        Ok(Tokens {
            access_token,
            refresh_token: None,
            expires_in,
            refresh_expires_in: Some(deadline.since(now)),
            scopes: bounds.scopes,
        })
    }
}
