//! Tegata, on its store, in each of its checks.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::routing::get;
use tegata::{
    Algorithm, Bounds, CustomClaims, Device, Engine, Key, KeySet, Policy, SessionCheck,
    SessionStore, SystemRandomness, Timestamp, UserId, UserState, host, security_stamp,
};
use tegata_axum::session_cache::{Cached, SessionCache};
use tegata_axum::throttle::{GuessRates, RefreshRates, Throttle};
use tegata_axum::{Auth, Caller, UserStore};
use tegata_sqlx::{CreateUserError, Hasher, NewUser, SqlxStore, StoreOptions};

use super::{ANSWER, Built, PASSWORD, Site, USERNAME};
use crate::Outcome;

const SECRET: &[u8] = b"a secret of forty-eight bytes, public as any key";

pub(super) async fn site(site: Site, url: &str, sessions: usize) -> Outcome<Built> {
    // Real hashes are what a flood of logins is about, and nothing to the others.
    let hasher = match site {
        Site::Flooded => Hasher::ARGON2ID,
        _ => Hasher::Pbkdf2Sha256 { iterations: 1 },
    };
    let options = StoreOptions { hasher: Some(hasher), ..StoreOptions::default() };
    let store = SqlxStore::connect_with(url, options).await?;
    let engine = engine(site)?;
    match site {
        Site::Cache => {
            let capacity = 2 * sessions as u64 + 1000;
            let cache = SessionCache::new(engine.policy(), capacity);
            serve(engine, Cached::with_cache(store.clone(), cache), &store, sessions).await
        }
        _ => serve(engine, store.clone(), &store, sessions).await,
    }
}

pub(super) fn engine(site: Site) -> Outcome<Engine> {
    let session_check = match site {
        Site::Cache => SessionCheck::Cache,
        Site::User => SessionCheck::User,
        Site::Refresh => SessionCheck::Refresh,
        Site::Off => SessionCheck::Off,
        _ => SessionCheck::Request,
    };
    let lifetime = std::time::Duration::from_secs(3600);
    let policy = Policy { session_check, access_token_lifetime: lifetime, ..Policy::default() };
    let key = Key::from_secret(SECRET, Algorithm::Hs256)?;
    Ok(Engine::new(policy, KeySet::new(vec![key])?)?)
}

/// Opens a session, and gives the header by which it is known.
pub(super) async fn logged_in<S: SessionStore>(
    engine: &Engine,
    store: &S,
    user: &UserState,
) -> Outcome<String> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let now = Timestamp::from_seconds(0).plus(since_1970);
    let (device, bounds, custom) = (Device::unknown(), Bounds::none(), CustomClaims::none());
    let random = &SystemRandomness;
    let tokens = host::log_in(engine, store, now, random, user, device, &bounds, &custom).await;
    let access_token = tokens.map_err(|_| "a login fails")?.access_token;
    Ok(format!("Authorization: Bearer {access_token}"))
}

pub(super) fn unstored_user() -> UserState {
    let id = UserId::Integer(1);
    let security_stamp = security_stamp(&id, &["a hash"]);
    UserState { id, is_active: true, security_stamp }
}

async fn serve<S: UserStore + Clone>(
    engine: Engine,
    rows: S,
    users: &SqlxStore,
    sessions: usize,
) -> Outcome<Built> {
    // Nobody is held up: what is measured is not the throttle.
    let throttle = Throttle::new(GuessRates::none(), RefreshRates::none());
    let auth = Auth::builder(engine, rows).throttle(throttle).build()?;
    let user = user(users, &auth).await?;
    let mut headers = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        headers.push(logged_in(&auth.engine(), auth.store(), &user).await?);
    }
    let app = Router::new()
        .route("/protected", get(protected))
        .nest("/auth", auth.router())
        .with_state(auth);
    Ok((app, headers))
}

async fn protected(caller: Caller) -> &'static str {
    std::hint::black_box(caller.user_id());
    ANSWER
}

async fn user<S: UserStore>(users: &SqlxStore, auth: &Auth<S>) -> Outcome<UserState> {
    match users.create_user(NewUser::new(USERNAME, PASSWORD), auth.now()).await {
        Err(CreateUserError::Taken) => {
            let found = users.find_user(USERNAME).await?.ok_or("the user is gone")?;
            Ok(found.state)
        }
        made => Ok(made?),
    }
}
