//! What every Rust host does with the engine's answers: load, ask, write, and ask again when a
//! compare-and-swap hits no row.

use std::future::{Future, ready};

use thiserror::Error;

use crate::{
    AccessClaims, Admission, AnyClaims, Bounds, Claims, CustomClaims, Device, EndSessions, Ended,
    Engine, Loaded, MintError, NewSession, Randomness, RefreshClaims, Refusal, Revoke, Rotation,
    Session, SessionCheck, SessionId, SessionStore, Tenant, Timestamp, Tokens, UserState,
};

/// Why a host answers no.
#[derive(Debug, Error)]
pub enum HostError<E> {
    /// The engine refuses; tell the client.
    #[error("{0}")]
    Refused(Refusal),
    /// No token could be made; a fault of the site.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The database failed: 503 [`Refusal::ServiceUnavailable`].
    #[error("the session store failed")]
    Store(E),
}

/// The outcome of a host's question to a store of error type `E`.
pub type HostResult<T, E> = Result<T, HostError<E>>;

/// A request whose access token was admitted.
#[derive(Clone, Debug)]
pub struct Known {
    /// The claims of its token.
    pub claims: AccessClaims,
    /// Its session's row, if it was looked at.
    pub session: Option<Session>,
    /// What its user's row says, if it was looked at.
    pub user: Option<UserState>,
}

/// Opens a session for a user whose login was accepted.
///
/// # Errors
/// Any [`HostError`]; it refuses if scopes were asked for and none of them is granted.
#[expect(clippy::too_many_arguments, reason = "where from, when, who, and what for")]
pub async fn log_in<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    random: &(dyn Randomness + Sync),
    user: &UserState,
    device: Device,
    bounds: &Bounds,
    custom: &CustomClaims,
) -> HostResult<Tokens, S::Error> {
    let opened = match engine.open_session(now, random, user, device, bounds, custom) {
        Err(MintError::NoScope) => return Err(HostError::Refused(Refusal::InsufficientScope)),
        opened => opened?,
    };
    if let Some(row) = opened.row {
        store.insert(row).await.map_err(HostError::Store)?;
    }
    Ok(opened.tokens)
}

/// Lets a request of `tenant` in by its access token, checked against the rows that
/// [`crate::Policy::session_check`] names. This loop has no cache, so it looks at the rows where a
/// cache would be asked.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn authenticate<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    access_token: &str,
    tenant: Option<&Tenant>,
) -> HostResult<Known, S::Error> {
    let check = engine.policy().session_check;
    authenticate_by(check, engine, store, now, access_token, tenant).await
}

/// As [`authenticate`], for a route with a check of its own. Where the site keeps no rows of
/// sessions, none can be looked at, so `check` is not for those.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn authenticate_by<S: SessionStore>(
    check: SessionCheck,
    engine: &Engine,
    store: &S,
    now: Timestamp,
    access_token: &str,
    tenant: Option<&Tenant>,
) -> HostResult<Known, S::Error> {
    let claims = engine
        .read_access(now, access_token, tenant)
        .map_err(|unread| HostError::Refused(unread.refusal))?;
    admit_by(check, engine, store, now, claims).await
}

/// What [`authenticate`] does with claims that were read already, such as by a host whose cache
/// had no answer for them.
///
/// # Errors
/// As [`authenticate`].
pub async fn admit<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    claims: AccessClaims,
) -> HostResult<Known, S::Error> {
    admit_by(engine.policy().session_check, engine, store, now, claims).await
}

/// As [`admit`], for a route with a check of its own; see [`authenticate_by`].
///
/// # Errors
/// As [`authenticate`].
pub async fn admit_by<S: SessionStore>(
    check: SessionCheck,
    engine: &Engine,
    store: &S,
    now: Timestamp,
    claims: AccessClaims,
) -> HostResult<Known, S::Error> {
    let (admission, session, user) = match claims.session_check(check) {
        SessionCheck::Request | SessionCheck::Cache => {
            let (session, user) = load(engine, store, now, &claims).await?;
            (engine.admit(now, &claims, session.as_ref(), user.as_ref()), session, user)
        }
        SessionCheck::User => {
            let user = store.load_user(claims.user_id()).await.map_err(HostError::Store)?;
            (engine.admit_user(now, &claims, user.as_ref()), None, user)
        }
        SessionCheck::Refresh | SessionCheck::Off => (Admission::Admit, None, None),
    };
    carry_out(engine, store, admission).await?;
    Ok(Known { claims, session, user })
}

const ATTEMPTS: usize = 3;

/// Gives the next tokens for a refresh token of the request's tenant; `custom` makes the claims of the access token anew
/// from the rows as they are now; there is no session's row where none are kept.
///
/// # Errors
/// Any [`HostError`].
pub async fn refresh<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    random: &(dyn Randomness + Sync),
    refresh_token: &str,
    tenant: Option<&Tenant>,
    custom: impl Fn(&UserState, Option<&Session>) -> CustomClaims + Send,
) -> HostResult<Tokens, S::Error> {
    let claims = engine
        .read_refresh(now, refresh_token, tenant)
        .map_err(|unread| HostError::Refused(unread.refusal))?;
    let custom =
        move |user: UserState, session: Option<Session>| ready(Ok(custom(&user, session.as_ref())));
    refresh_by(engine, store, now, random, &claims, custom).await
}

/// As [`refresh`], by claims that were read already, and for a site that has to look up what goes
/// into the token, or may not be able to.
///
/// # Errors
/// Any [`HostError`]; what `custom` refuses is refused, and changes nothing.
pub async fn refresh_by<S: SessionStore, F>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    random: &(dyn Randomness + Sync),
    claims: &RefreshClaims,
    custom: impl Fn(UserState, Option<Session>) -> F + Send,
) -> HostResult<Tokens, S::Error>
where
    F: Future<Output = Result<CustomClaims, Refusal>> + Send,
{
    // A statement that hits no row has lost to another one, so the next answer differs.
    for _ in 0..ATTEMPTS {
        let (session, user) = match load_row(engine, store, claims).await? {
            (None, _) if claims.opens_session() => {
                take_over(engine, store, now, claims).await?;
                load_row(engine, store, claims).await?
            }
            rows => rows,
        };
        let standing = engine.check_refresh(now, claims, session.as_ref(), user.as_ref());
        let custom = match &user {
            // The site is asked for claims only where they will be needed.
            Some(user) if standing == Admission::Admit => {
                custom(user.clone(), session.clone()).await.map_err(HostError::Refused)?
            }
            _ => CustomClaims::none(),
        };
        match engine.rotate(now, random, claims, session.as_ref(), user.as_ref(), &custom)? {
            Rotation::Advance(advance) => {
                if store.advance(&advance.swap).await.map_err(HostError::Store)? {
                    return Ok(advance.tokens);
                }
            }
            Rotation::Repeat(repeat) => {
                if store.count_repeat(&repeat.count).await.map_err(HostError::Store)? {
                    return Ok(repeat.tokens);
                }
            }
            Rotation::Renew(renew) => {
                if store.touch(&renew.touch).await.map_err(HostError::Store)? {
                    return Ok(renew.tokens);
                }
            }
            Rotation::Reissue(tokens) => return Ok(tokens),
            Rotation::Revoke(revoke) => return Err(end_then_refuse(engine, store, revoke).await),
            Rotation::Refuse(refusal) => return Err(HostError::Refused(refusal)),
        }
    }
    Err(HostError::Refused(Refusal::ServiceUnavailable))
}

/// Says what a token of either kind is, if it is good now for a request of `tenant`. Nothing is
/// consumed.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn verify<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    token: &str,
    tenant: Option<&Tenant>,
) -> HostResult<AnyClaims, S::Error> {
    let claims =
        engine.read(now, token, tenant).map_err(|unread| HostError::Refused(unread.refusal))?;
    let common: &Claims = match &claims {
        AnyClaims::Access(access) => access,
        AnyClaims::Refresh(refresh) => refresh,
    };
    let (session, user) = load(engine, store, now, common).await?;
    let admission = match &claims {
        AnyClaims::Access(access) if !engine.policy().session_check.keeps_sessions() => {
            engine.admit_user(now, access, user.as_ref())
        }
        AnyClaims::Access(access) => engine.admit(now, access, session.as_ref(), user.as_ref()),
        AnyClaims::Refresh(refresh) => {
            engine.check_refresh(now, refresh, session.as_ref(), user.as_ref())
        }
    };
    carry_out(engine, store, admission).await?;
    Ok(claims)
}

/// Ends the sessions of the tokens that came: see [`Engine::log_out`].
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn log_out<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    access_token: Result<&str, Refusal>,
    refresh_token: Option<&str>,
    tenant: Option<&Tenant>,
) -> HostResult<(), S::Error> {
    let log_out =
        engine.log_out(now, access_token, refresh_token, tenant).map_err(HostError::Refused)?;
    if let Some(claims) = &log_out.opening
        && load_row(engine, store, claims).await?.0.is_none()
    {
        match take_over(engine, store, now, claims).await {
            // Then there is nothing that it could open.
            Ok(()) | Err(HostError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    for end in &log_out.ends {
        let _ended = store.end(end).await.map_err(HostError::Store)?;
    }
    Ok(())
}

/// Ends sessions. Where a user's all end, no token of another library opens one of them anew.
///
/// # Errors
/// [`HostError::Store`].
pub async fn end<S: SessionStore>(
    engine: &Engine,
    store: &S,
    sessions: &EndSessions,
) -> HostResult<Ended, S::Error> {
    if let Some(mark) = engine.give_up_legacy(sessions)
        && let Err(error) = store.insert(NewSession { session: mark.clone(), limit: None }).await
        && !matches!(store.load(&mark.id).await, Ok(Some(_)))
    {
        return Err(HostError::Store(error));
    }
    store.end(sessions).await.map_err(HostError::Store)
}

type Rows = (Option<Session>, Option<UserState>);

/// The rows of a token that nothing is written about: of one that would open a session, that session.
async fn load<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    claims: &Claims,
) -> HostResult<Rows, S::Error> {
    match load_row(engine, store, claims).await? {
        (None, _) if claims.opens_session() => {
            let (row, user) = row_to_be(engine, store, now, claims).await?;
            Ok((Some(row.session), user))
        }
        rows => Ok(rows),
    }
}

/// Makes the row of a token that has none, unless somebody else was first.
async fn take_over<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    claims: &Claims,
) -> HostResult<(), S::Error> {
    let (row, _) = row_to_be(engine, store, now, claims).await?;
    let Err(error) = store.insert(row).await else { return Ok(()) };
    match store.load(&claims.session_id).await {
        Ok(Some(_)) => Ok(()),
        _ => Err(HostError::Store(error)),
    }
}

async fn row_to_be<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    claims: &Claims,
) -> HostResult<(NewSession, Option<UserState>), S::Error> {
    let user = store.load_user(&claims.user_id).await.map_err(HostError::Store)?;
    let mark = SessionId::of_given_up_legacy(&claims.user_id);
    let given_up = store.load(&mark).await.map_err(HostError::Store)?.is_some();
    let row = engine
        .take_over(now, claims, user.as_ref(), given_up, None, Device::unknown(), None)
        .map_err(HostError::Refused)?;
    Ok((row, user))
}

async fn load_row<S: SessionStore>(
    engine: &Engine,
    store: &S,
    claims: &Claims,
) -> HostResult<Rows, S::Error> {
    if !engine.policy().session_check.keeps_sessions() {
        let user = store.load_user(&claims.user_id).await.map_err(HostError::Store)?;
        return Ok((None, user));
    }
    let loaded = store.load(&claims.session_id).await.map_err(HostError::Store)?;
    Ok(loaded.map_or((None, None), |Loaded { session, user }| (Some(session), user)))
}

async fn carry_out<S: SessionStore>(
    engine: &Engine,
    store: &S,
    admission: Admission,
) -> HostResult<(), S::Error> {
    match admission {
        Admission::Admit => Ok(()),
        Admission::AdmitFirstUse(first_use) => {
            store.note_first_use(&first_use).await.map_err(HostError::Store)
        }
        Admission::Revoke(revoke) => Err(end_then_refuse(engine, store, revoke).await),
        Admission::Refuse(refusal) => Err(HostError::Refused(refusal)),
    }
}

async fn end_then_refuse<S: SessionStore>(
    engine: &Engine,
    store: &S,
    revoke: Revoke,
) -> HostError<S::Error> {
    match end(engine, store, revoke.end()).await {
        Ok(ended) => HostError::Refused(revoke.refusal(ended)),
        Err(error) => error,
    }
}
