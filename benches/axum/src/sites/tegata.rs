//! Tegata, on its store, in each of its checks.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use tegata::{
    Algorithm, Bounds, CustomClaims, Device, Engine, Key, KeySet, Policy, SessionCheck,
    SystemRandomness, UserState, host,
};
use tegata_axum::session_cache::{Cached, SessionCache};
use tegata_axum::throttle::{GuessRates, RefreshRates, Throttle};
use tegata_axum::{Auth, Caller, UserStore};
use tegata_sqlx::{CreateUserError, Hasher, NewUser, SqlxStore, StoreOptions};

use super::{ANSWER, Built, PASSWORD, Site, USERNAME};
use crate::Outcome;

const SECRET: &[u8] = b"a secret of forty-eight bytes, public as any key";

pub(super) async fn site(site: Site, url: &str, sessions: usize) -> Outcome<Built> {
    let session_check = match site {
        Site::Cache => SessionCheck::Cache,
        Site::User => SessionCheck::User,
        Site::Refresh => SessionCheck::Refresh,
        Site::Off => SessionCheck::Off,
        _ => SessionCheck::Request,
    };
    // Real hashes are what a flood of logins is about, and nothing to the others.
    let hasher = match site {
        Site::Flooded => Hasher::ARGON2ID,
        _ => Hasher::Pbkdf2Sha256 { iterations: 1 },
    };
    let options = StoreOptions { hasher: Some(hasher), ..StoreOptions::default() };
    let store = SqlxStore::connect_with(url, options).await?;
    let lifetime = std::time::Duration::from_secs(3600);
    let policy = Policy { session_check, access_token_lifetime: lifetime, ..Policy::default() };
    let key = Key::from_secret(SECRET, Algorithm::Hs256)?;
    let engine = Engine::new(policy.clone(), KeySet::new(vec![key])?)?;
    match site {
        Site::Cache => {
            let capacity = 2 * sessions as u64 + 1000;
            let cache = SessionCache::new(&policy, capacity);
            serve(engine, Cached::with_cache(store.clone(), cache), &store, sessions).await
        }
        _ => serve(engine, store.clone(), &store, sessions).await,
    }
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
        let tokens = host::log_in(
            &auth.engine(),
            auth.store(),
            auth.now(),
            &SystemRandomness,
            &user,
            Device::unknown(),
            &Bounds::none(),
            &CustomClaims::none(),
        )
        .await
        .map_err(|_| "a login fails")?;
        headers.push(format!("Authorization: Bearer {}", tokens.access_token));
    }
    let app = Router::new()
        .route("/protected", get(protected))
        .nest("/auth", auth.router())
        .layer(axum::middleware::map_request(async |mut request: Request| {
            // As a server that knows who connects would have it.
            let peer = SocketAddr::from(([127, 0, 0, 1], 1));
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            request
        }))
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
