//! What every Rust host does with the engine's answers: load, ask, write, and ask again when a
//! compare-and-swap hits no row.

use std::time::Duration;

use thiserror::Error;

use crate::{
    AccessClaims, Admission, AnyClaims, CustomClaims, Device, EndSession, Engine, Loaded,
    MintError, Randomness, RefreshClaims, Refusal, Revoke, Rotation, Session, SessionStore,
    Timestamp, TokenPair, UserId, UserState,
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
    /// Its session's row.
    pub session: Session,
    /// What its user's row says.
    pub user: UserState,
}

/// What a refresh hands out; there is no refresh token where rotation is off.
#[derive(Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The access token.
    pub access_token: String,
    /// The next refresh token.
    pub refresh_token: Option<String>,
    /// How long the access token lives from now.
    pub expires_in: Duration,
}

impl std::fmt::Debug for Refreshed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Refreshed").finish_non_exhaustive()
    }
}

/// Opens a session for a user whose login was accepted.
///
/// # Errors
/// [`HostError::Mint`] or [`HostError::Store`].
pub async fn log_in<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    random: &(dyn Randomness + Sync),
    user: &UserState,
    device: Device,
    custom: &CustomClaims,
) -> HostResult<TokenPair, S::Error> {
    let opened = engine.open_session(now, random, user, device, custom)?;
    store.insert(opened.session).await.map_err(HostError::Store)?;
    Ok(opened.tokens)
}

/// Lets a request in by its access token.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn authenticate<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    access_token: &str,
) -> HostResult<Known, S::Error> {
    let claims = engine
        .read_access(now, access_token)
        .map_err(|unread| HostError::Refused(unread.refusal))?;
    let (session, user) = load(store, claims.session_id()).await?;
    let admission = engine.admit(now, &claims, session.as_ref(), user.as_ref());
    carry_out(store, admission).await?;
    match (session, user) {
        (Some(session), Some(user)) => Ok(Known { claims, session, user }),
        _ => Err(HostError::Refused(Refusal::SessionNotFound)),
    }
}

const ATTEMPTS: usize = 3;

/// Gives the next tokens for a refresh token; `custom` makes the claims of the access token anew
/// from the rows as they are now.
///
/// # Errors
/// Any [`HostError`].
pub async fn refresh<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    random: &(dyn Randomness + Sync),
    refresh_token: &str,
    custom: impl Fn(&UserState, &Session) -> CustomClaims + Send,
) -> HostResult<Refreshed, S::Error> {
    let claims = engine
        .read_refresh(now, refresh_token)
        .map_err(|unread| HostError::Refused(unread.refusal))?;
    // A statement that hits no row has lost to another one, so the next answer differs.
    for _ in 0..ATTEMPTS {
        let (session, user) = load(store, claims.session_id()).await?;
        let standing = engine.check_refresh(now, &claims, session.as_ref(), user.as_ref());
        let custom = match (&user, &session) {
            // The site is asked for claims only where they will be needed.
            (Some(user), Some(session)) if standing == Admission::Admit => custom(user, session),
            _ => CustomClaims::none(),
        };
        match engine.rotate(now, random, &claims, session.as_ref(), user.as_ref(), &custom)? {
            Rotation::Advance(advance) => {
                if store.advance(&advance.swap).await.map_err(HostError::Store)? {
                    return Ok(pair(advance.tokens));
                }
            }
            Rotation::Repeat(tokens) => return Ok(pair(tokens)),
            Rotation::Renew(renew) => {
                if store.touch(&renew.touch).await.map_err(HostError::Store)? {
                    let (access_token, expires_in) = (renew.access_token, renew.expires_in);
                    return Ok(Refreshed { access_token, refresh_token: None, expires_in });
                }
            }
            Rotation::Revoke(revoke) => return Err(end_then_refuse(store, revoke).await),
            Rotation::Refuse(refusal) => return Err(HostError::Refused(refusal)),
        }
    }
    Err(HostError::Refused(Refusal::ServiceUnavailable))
}

/// Says what a token of either kind is, if it is good now. Nothing is consumed.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
pub async fn verify<S: SessionStore>(
    engine: &Engine,
    store: &S,
    now: Timestamp,
    token: &str,
) -> HostResult<AnyClaims, S::Error> {
    let claims = engine.read(now, token).map_err(|unread| HostError::Refused(unread.refusal))?;
    let (AnyClaims::Access(AccessClaims(common)) | AnyClaims::Refresh(RefreshClaims(common))) =
        &claims;
    let (session, user) = load(store, &common.session_id).await?;
    let admission = match &claims {
        AnyClaims::Access(access) => engine.admit(now, access, session.as_ref(), user.as_ref()),
        AnyClaims::Refresh(refresh) => {
            engine.check_refresh(now, refresh, session.as_ref(), user.as_ref())
        }
    };
    carry_out(store, admission).await?;
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
) -> HostResult<(), S::Error> {
    let log_out = engine.log_out(now, access_token, refresh_token).map_err(HostError::Refused)?;
    for end in &log_out.ends {
        end_own(store, &log_out.user_id, end).await?;
    }
    Ok(())
}

async fn end_own<S: SessionStore>(
    store: &S,
    user: &UserId,
    end: &EndSession,
) -> HostResult<(), S::Error> {
    let loaded = store.load(&end.id).await.map_err(HostError::Store)?;
    if loaded.is_some_and(|loaded| loaded.session.user_id == *user) {
        let _ended = store.end(end).await.map_err(HostError::Store)?;
    }
    Ok(())
}

async fn load<S: SessionStore>(
    store: &S,
    id: &crate::SessionId,
) -> HostResult<(Option<Session>, Option<UserState>), S::Error> {
    let loaded = store.load(id).await.map_err(HostError::Store)?;
    Ok(loaded.map_or((None, None), |Loaded { session, user }| (Some(session), user)))
}

async fn carry_out<S: SessionStore>(store: &S, admission: Admission) -> HostResult<(), S::Error> {
    match admission {
        Admission::Admit => Ok(()),
        Admission::AdmitFirstUse(first_use) => {
            store.note_first_use(&first_use).await.map_err(HostError::Store)
        }
        Admission::Revoke(revoke) => Err(end_then_refuse(store, revoke).await),
        Admission::Refuse(refusal) => Err(HostError::Refused(refusal)),
    }
}

async fn end_then_refuse<S: SessionStore>(store: &S, revoke: Revoke) -> HostError<S::Error> {
    match store.end(revoke.end()).await {
        Ok(ended) => HostError::Refused(revoke.refusal(ended)),
        Err(error) => HostError::Store(error),
    }
}

fn pair(tokens: TokenPair) -> Refreshed {
    Refreshed {
        access_token: tokens.access_token,
        refresh_token: Some(tokens.refresh_token),
        expires_in: tokens.expires_in,
    }
}
