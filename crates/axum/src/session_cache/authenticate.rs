use tegata::host::{self, HostError, HostResult, Known};
use tegata::{AccessClaims, Engine, SessionCheck, SessionStore, Tenant, Timestamp};

use super::Cached;

/// As [`tegata::host::authenticate`], and where the engine's policy says
/// [`SessionCheck::Cache`], the cache is asked first. Of a request that it lets in, [`Known`] has
/// the claims alone.
///
/// `clock` gives the time, never an earlier one than before.
///
/// # Errors
/// [`HostError::Refused`] or [`HostError::Store`].
///
/// ```
/// use tegata::{
///     Algorithm, Bounds, CustomClaims, Device, Engine, Key, KeySet, MemoryStore, Policy,
///     SessionCheck, SystemRandomness, Timestamp, UserId, UserState, host, security_stamp,
/// };
/// use tegata_axum::session_cache::{Cached, authenticate};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = Policy {
///     issuer: "https://shop.example".to_owned(),
///     audience: vec!["api".to_owned()],
///     client_id: "web".to_owned(),
///     session_check: SessionCheck::Cache,
///     ..Policy::default()
/// };
/// let store = Cached::new(MemoryStore::default(), &policy);
/// let engine = Engine::new(policy, KeySet::new(vec![Key::generate(Algorithm::Es256)?])?)?;
/// let id = UserId::Integer(1);
/// let security_stamp = security_stamp(&id, &["argon2$…"]);
/// let alice = UserState { id, is_active: true, security_stamp };
/// store.store().put_user(alice.clone());
///
/// let now = Timestamp::from_seconds(1_700_000_000);
/// let (random, device) = (SystemRandomness, Device::unknown());
/// let (bounds, custom) = (Bounds::none(), CustomClaims::none());
/// let pair =
///     host::log_in(&engine, &store, now, &random, &alice, device, &bounds, &custom).await?;
/// for _ in 0..3 {
///     authenticate(&engine, &store, || now, &pair.access_token, None).await?;
/// }
/// assert_eq!(store.stats().hits, 2);
/// # Ok(())
/// # }
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # let mut example = Box::pin(example());
/// # let std::task::Poll::Ready(done) = std::future::Future::poll(example.as_mut(), &mut context)
/// # else { panic!() };
/// # done.unwrap();
/// ```
pub async fn authenticate<S: SessionStore>(
    engine: &Engine,
    store: &Cached<S>,
    clock: impl Fn() -> Timestamp,
    access_token: &str,
    tenant: Option<&Tenant>,
) -> HostResult<Known, S::Error> {
    let before = clock();
    let claims = engine
        .read_access(before, access_token, tenant)
        .map_err(|unread| HostError::Refused(unread.refusal))?;
    admit_by(engine.policy().session_check, engine, store, before, clock, claims).await
}

/// As [`authenticate`], by claims that were read `before`, and for a route with a check of its own.
pub(crate) async fn admit_by<S: SessionStore>(
    check: SessionCheck,
    engine: &Engine,
    store: &Cached<S>,
    before: Timestamp,
    clock: impl Fn() -> Timestamp,
    claims: AccessClaims,
) -> HostResult<Known, S::Error> {
    if claims.session_check(check) != SessionCheck::Cache {
        return host::admit_by(check, engine, store, before, claims).await;
    }
    if store.cache().admits(engine, clock, &claims) {
        return Ok(Known { claims, session: None, user: None });
    }
    let at = store.cache().before_rows(&claims);
    let known = host::admit_by(check, engine, store, before, claims).await?;
    if let (Some(at), Some(session)) = (at, &known.session) {
        store.cache().keep(engine, before, &known.claims, session, at);
    }
    Ok(known)
}
