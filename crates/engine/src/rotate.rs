use crate::legacy::generation_in;
use crate::standing::Standing;
use crate::{
    Admission, Claims, CustomClaims, Device, EndReason, Ending, Engine, Link, MintError,
    Randomness, RefreshClaims, Refusal, Revoke, Session, SessionId, Timestamp, Tokens, UserState,
};

/// What to do with a refresh token that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Rotation {
    /// Swap, then hand out the next generation.
    Advance(Advance),
    /// Count, then hand out fresh tokens of the live generation.
    Repeat(Repeat),
    /// Rotation is off: touch the row, then hand out an access token.
    Renew(Renew),
    /// No rows of sessions are kept: hand out tokens; write nothing.
    Reissue(Tokens),
    /// End the session, then refuse.
    Revoke(Revoke),
    /// Refuse.
    Refuse(Refusal),
}

/// The next generation. Its tokens were minted before the old one is consumed, so a failed mint
/// leaves the old one live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// What to write. If it hits no row, load the rows and ask again.
    pub swap: Swap,
    /// What to hand out once the swap has hit its row and is durable.
    pub tokens: Tokens,
}

/// One statement, a compare-and-swap: where the session is not ended and its generation is
/// `from`, set the generation to `from + 1`, `minted_at`, `refreshed_at` and `updated_at` to `at`,
/// `repeats` to 0, and clear `first_used_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Which session.
    pub id: SessionId,
    /// The generation that must be live.
    pub from: u64,
    /// When the next one was minted.
    pub at: Timestamp,
}

impl Swap {
    /// The generation that is live afterwards.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.from + 1
    }
}

/// The answer of the last rotation once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// What to write. If it hits no row, load the rows and ask again.
    pub count: Count,
    /// What to hand out once the count has hit its row and is durable.
    pub tokens: Tokens,
}

/// One statement: where the session is not ended, its generation is `generation`, `repeats` is
/// below `limit` and, if `unused`, `first_used_at` is not set, add 1 to `repeats` and set
/// `updated_at` to `at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which session.
    pub id: SessionId,
    /// The generation that is handed out again.
    pub generation: u64,
    /// How many repeats of it there may be.
    pub limit: u32,
    /// Whether the decision holds only as long as nobody was seen using the generation.
    pub unused: bool,
    /// `updated_at`.
    pub at: Timestamp,
}

/// A new access token for the same refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renew {
    /// What to write. If it hits no row, load the rows and ask again.
    pub touch: Touch,
    /// What to hand out afterwards; no refresh token is among it.
    pub tokens: Tokens,
}

/// One statement: where the session is not ended, set `updated_at`, and `refreshed_at` unless a
/// later refresh was written first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Which session.
    pub id: SessionId,
    /// `refreshed_at` and `updated_at`.
    pub at: Timestamp,
}

impl Engine {
    /// Decides about a refresh by its token and the rows that belong to it; see [`Engine::link`]
    /// for the table. The new tokens have the tenant of the old one, and cover no more than it allows.
    /// Where no rows of sessions are kept, `session` is not looked at, and the user
    /// alone decides.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then, and the token is as good as before.
    pub fn rotate(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        claims: &RefreshClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
        custom: &CustomClaims,
    ) -> Result<Rotation, MintError> {
        if !self.policy.session_check.keeps_sessions() {
            return self.reissue(now, random, claims, user, custom);
        }
        let session = match self.standing(now, claims, session, user) {
            Standing::Good(session) => session,
            Standing::Revoke(revoke) => return Ok(Rotation::Revoke(revoke)),
            Standing::Refuse(refusal) => return Ok(Rotation::Refuse(refusal)),
        };
        let bounds = &claims.bounds;
        match self.link(now, generation_in(claims, session), session) {
            Link::Live if self.policy.rotate_refresh_tokens => {
                let (swap, next) = next_generation(now, session);
                let tokens = self.mint_pair(now, random, &next, bounds, custom)?;
                Ok(Rotation::Advance(Advance { swap, tokens }))
            }
            Link::Live if self.is_outlived(now, session) => {
                Ok(Rotation::Refuse(Refusal::SessionExpired))
            }
            Link::Live => {
                let touch = Touch { id: session.id.clone(), at: now };
                let next = Session { refreshed_at: now, ..session.clone() };
                let tokens = self.mint_access(now, random, &next, bounds, custom)?;
                Ok(Rotation::Renew(Renew { touch, tokens }))
            }
            Link::Repeatable => {
                let count = self.once_more(now, session);
                let tokens = self.mint_pair(now, random, session, bounds, custom)?;
                Ok(Rotation::Repeat(Repeat { count, tokens }))
            }
            Link::Reused => Ok(Rotation::Revoke(reuse(now, session))),
        }
    }

    /// Whether the live generation stays and has lived as long as it may. A token of ours has expired
    /// by then; one of another library may have been given more.
    fn is_outlived(&self, now: Timestamp, session: &Session) -> bool {
        let policy = &self.policy;
        let end = session.minted_at.plus(policy.refresh_token_lifetime).plus(policy.leeway);
        !policy.rotate_refresh_tokens && now >= end
    }

    /// A refresh where nothing is remembered: the login is what the token says of it.
    fn reissue(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        claims: &RefreshClaims,
        user: Option<&UserState>,
        custom: &CustomClaims,
    ) -> Result<Rotation, MintError> {
        let login = match self.told_login(now, claims, user) {
            Ok(login) => login,
            Err(refusal) => return Ok(Rotation::Refuse(refusal)),
        };
        let bounds = &claims.bounds;
        let tokens = if self.policy.rotate_refresh_tokens {
            let generation = login.generation.saturating_add(1);
            self.mint_pair(now, random, &Session { generation, ..login }, bounds, custom)?
        } else {
            self.mint_access(now, random, &login, bounds, custom)?
        };
        Ok(Rotation::Reissue(tokens))
    }

    /// The login that a refresh token tells of, refreshed at `now`, if it may be.
    pub(crate) fn told_login(
        &self,
        now: Timestamp,
        claims: &Claims,
        user: Option<&UserState>,
    ) -> Result<Session, Refusal> {
        if self.user_standing(now, claims, user) != Admission::Admit {
            return Err(Refusal::InvalidUser);
        }
        let login = Session {
            id: claims.session_id.clone(),
            user_id: claims.user_id.clone(),
            created_at: claims.auth_time.ok_or(Refusal::InvalidToken)?,
            updated_at: now,
            expired_at: None,
            end_reason: None,
            device: Device::unknown(),
            generation: claims.generation,
            minted_at: now,
            refreshed_at: now,
            repeats: 0,
            first_used_at: None,
            security_stamp: String::new(),
            legacy_jti: None,
        };
        if login.is_live(&self.policy, now) { Ok(login) } else { Err(Refusal::SessionExpired) }
    }

    /// The count of one more repeat of the live generation.
    pub(crate) fn once_more(&self, now: Timestamp, session: &Session) -> Count {
        Count {
            id: session.id.clone(),
            generation: session.generation,
            limit: self.policy.max_refresh_repeats,
            unused: session.first_used_at.is_none(),
            at: now,
        }
    }

    /// What [`Engine::rotate`] would say of this token, without consuming it. A token that was
    /// used before is refused, but asking about it is no reuse.
    pub fn check_refresh(
        &self,
        now: Timestamp,
        claims: &RefreshClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
    ) -> Admission {
        self.check_presented(now, claims, session, user, |session| {
            if self.is_outlived(now, session) {
                Admission::Refuse(Refusal::SessionExpired)
            } else {
                Admission::Admit
            }
        })
    }

    /// What is to be said of a token that is presented for a refresh, which asking does not consume;
    /// `live` says it of one of the live generation.
    pub(crate) fn check_presented(
        &self,
        now: Timestamp,
        claims: &Claims,
        session: Option<&Session>,
        user: Option<&UserState>,
        live: impl FnOnce(&Session) -> Admission,
    ) -> Admission {
        if !self.policy.session_check.keeps_sessions() {
            return match self.told_login(now, claims, user) {
                Ok(_) => Admission::Admit,
                Err(refusal) => Admission::Refuse(refusal),
            };
        }
        match self.standing(now, claims, session, user) {
            Standing::Good(session) => {
                match self.link(now, generation_in(claims, session), session) {
                    Link::Live => live(session),
                    Link::Repeatable => Admission::Admit,
                    Link::Reused => Admission::Refuse(Refusal::TokenReuseDetected),
                }
            }
            Standing::Revoke(revoke) => Admission::Revoke(revoke),
            Standing::Refuse(refusal) => Admission::Refuse(refusal),
        }
    }
}

/// The swap to the next generation, and the session as it is after that.
pub(crate) fn next_generation(now: Timestamp, session: &Session) -> (Swap, Session) {
    let swap = Swap { id: session.id.clone(), from: session.generation, at: now };
    let next =
        Session { generation: swap.to(), minted_at: now, refreshed_at: now, ..session.clone() };
    (swap, next)
}

/// The end of a session one of whose tokens was used twice.
pub(crate) fn reuse(now: Timestamp, session: &Session) -> Revoke {
    let sessions = Ending::Session(session.id.clone());
    Revoke::new(sessions, now, EndReason::TokenReuse, Refusal::TokenReuseDetected)
}
