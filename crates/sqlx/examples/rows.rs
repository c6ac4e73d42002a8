//! The store's operations as lines of JSON, one request and one answer a line: so the tests in
//! `tests/sqlx` see what a Rust host makes of Django's rows, and Django of a Rust host's.
//!
//! ```text
//! {"connect": {"url": "sqlite://auth.db", "users": {"table": "auth_user"}}}
//! {"authenticate": {"username": "ada", "password": "…"}}
//! ```

use std::error::Error;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tegata::{
    Algorithm, ChallengeId, Device, EndReason, EndSessions, Ending, Engine, Key, KeySet, LiveSince,
    LoginChallenge, NewSession, Policy, Session, SessionId, SessionLimit, SessionStore, Swap,
    Timestamp, UserId, UserState,
};
use tegata_sqlx::{Hasher, NewUser, OpenChallenge, Purge, SqlxStore, StoreOptions, UserTable};

type Outcome = Result<Value, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Advance { id: SessionId, from: u64, at: i64 },
    Authenticate { username: String, password: String },
    Challenge { id: String },
    ChangePassword { id: UserId, current: String, new: String, spared: Option<SessionId>, at: i64 },
    Connect { url: String, users: UserTable, hasher: Option<String> },
    CreateUser { username: String, password: String, at: i64 },
    Data { id: SessionId },
    Deactivate { id: UserId, at: i64 },
    End { id: SessionId, at: i64 },
    Insert { id: SessionId, user: UserId, device: ClientDevice, at_most: Option<u32>, at: i64 },
    Load { id: SessionId },
    NoteLastLogin { id: UserId, at: i64 },
    OpenChallenge { id: String, user: UserId, at: i64 },
    Purge { at: i64 },
    SetData { id: SessionId, data: Map<String, Value>, location: Option<Value>, at: i64 },
}

#[derive(Deserialize)]
struct ClientDevice {
    ip_address: Option<String>,
    user_agent: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut store = None;
    for line in stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Connect { url, users, hasher } => match connect(&url, users, hasher).await {
                Ok(connected) => {
                    let owner = format!("{:?}", connected.owner());
                    let hasher = format!("{:?}", connected.hasher());
                    store = Some(connected);
                    Ok(json!({ "owner": owner, "hasher": hasher }))
                }
                Err(error) => Err(error),
            },
            request => match &store {
                Some(store) => answer(store, request).await,
                None => Err("the first request must be to connect".into()),
            },
        };
        let answer = match answer {
            Ok(answer) => json!({ "answer": answer }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(stdout(), "{answer}")?;
        stdout().flush()?;
    }
    Ok(())
}

async fn connect(
    url: &str,
    users: UserTable,
    hasher: Option<String>,
) -> Result<SqlxStore, Box<dyn Error>> {
    let hasher = match hasher.as_deref() {
        None => None,
        Some("argon2id") => Some(Hasher::ARGON2ID),
        Some("bcrypt_sha256") => Some(Hasher::BCRYPT_SHA256),
        Some("scrypt") => Some(Hasher::SCRYPT),
        // Of these each version of Django has another number.
        Some(iterations) => Some(Hasher::Pbkdf2Sha256 { iterations: iterations.parse()? }),
    };
    let options = StoreOptions { users, hasher, ..StoreOptions::default() };
    Ok(SqlxStore::connect_with(url, options).await?)
}

async fn answer(store: &SqlxStore, request: Request) -> Outcome {
    Ok(match request {
        Request::Authenticate { username, password } => {
            json!(store.authenticate(&username, &password).await?.map(user_json))
        }
        Request::ChangePassword { id, current, new, spared, at } => {
            let spared = spared.as_ref();
            json!(store.change_password(&engine()?, &id, &current, &new, spared, time(at)).await?)
        }
        Request::CreateUser { username, password, at } => {
            user_json(store.create_user(NewUser::new(&username, &password), time(at)).await?)
        }
        Request::Deactivate { id, at } => {
            json!(store.set_active(&engine()?, &id, false, time(at)).await?)
        }
        Request::NoteLastLogin { id, at } => json!(store.note_last_login(&id, time(at)).await?),
        Request::Challenge { id } => challenge(store, id).await?,
        Request::OpenChallenge { id, user, at } => open_challenge(store, id, user, at).await?,
        Request::Connect { .. } => return Err("it is connected".into()),
        request => of_session(store, request).await?,
    })
}

async fn of_session(store: &SqlxStore, request: Request) -> Outcome {
    Ok(match request {
        Request::Advance { id, from, at } => {
            json!(store.advance(&Swap { id, from, at: time(at) }).await?)
        }
        Request::Data { id } => json!(store.session_data(&id).await?),
        Request::End { id, at } => {
            let sessions = Ending::Session(id);
            let end = EndSessions { sessions, at: time(at), reason: EndReason::LogOut };
            json!(store.end(&end).await?.count())
        }
        Request::Insert { id, user, device, at_most, at } => {
            let device = Device::new(device.ip_address.as_deref(), &device.user_agent);
            let session = new_session(store, id, user, device, time(at)).await?;
            let long_ago = time(0);
            let live =
                LiveSince { created_at: long_ago, minted_at: long_ago, refreshed_at: long_ago };
            let limit = at_most.map(|at_most| SessionLimit { at_most, live, at: time(at) });
            json!(store.insert(NewSession { session, limit }).await?)
        }
        Request::Load { id } => json!(store.load(&id).await?.map(|loaded| {
            json!({ "session": session_json(&loaded.session), "user": loaded.user.map(user_json) })
        })),
        Request::Purge { at } => {
            let purge = Purge {
                engine: &engine()?,
                now: time(at),
                retention: std::time::Duration::ZERO,
                pauses: false,
            };
            json!(store.purge(purge, |_| ()).await?)
        }
        Request::SetData { id, data, location, at } => {
            let is_set = store.set_session_data(&id, &data, time(at)).await?;
            json!(is_set && store.set_session_location(&id, location.as_ref()).await?)
        }
        _ => return Err("it is no request about a session".into()),
    })
}

async fn new_session(
    store: &SqlxStore,
    id: SessionId,
    user: UserId,
    device: Device,
    at: Timestamp,
) -> Result<Session, Box<dyn Error>> {
    let user = store.load_user(&user).await?.ok_or("there is no such user")?;
    Ok(Session {
        id,
        user_id: user.id,
        created_at: at,
        updated_at: at,
        expired_at: None,
        end_reason: None,
        device,
        generation: 1,
        minted_at: at,
        refreshed_at: at,
        repeats: 0,
        first_used_at: None,
        security_stamp: user.security_stamp,
        legacy_jti: None,
    })
}

async fn challenge(store: &SqlxStore, id: String) -> Outcome {
    let loaded = store.load_challenge(&ChallengeId::of_row(id)).await?;
    Ok(json!(loaded.map(|loaded| {
        let challenge = loaded.challenge;
        json!({
            "user": challenge.user_id,
            "step": challenge.step,
            "passed": loaded.passed,
            "state": loaded.state,
            "security_stamp": challenge.security_stamp,
            "client": challenge.client,
            "created_at": challenge.created_at.micros(),
            "attempts": challenge.attempts,
        })
    })))
}

async fn open_challenge(store: &SqlxStore, id: String, user: UserId, at: i64) -> Outcome {
    let user = store.load_user(&user).await?.ok_or("there is no such user")?;
    let challenge = LoginChallenge {
        id: ChallengeId::of_row(id),
        user_id: user.id,
        step: "totp".to_owned(),
        security_stamp: user.security_stamp,
        client: "client".to_owned(),
        created_at: time(at),
        attempts: 0,
    };
    let passed = ["email".to_owned(), "sms".to_owned()];
    let open = OpenChallenge { challenge: &challenge, passed: &passed, state: "{\"a\": 1}" };
    Ok(json!(store.insert_challenge(open, &Policy::default()).await?))
}

fn engine() -> Result<Engine, Box<dyn Error>> {
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    Ok(Engine::new(Policy::default(), keys)?)
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn user_json(user: UserState) -> Value {
    let UserState { id, is_active, security_stamp } = user;
    json!({ "id": id, "is_active": is_active, "security_stamp": security_stamp })
}

fn session_json(session: &Session) -> Value {
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "created_at": session.created_at.micros(),
        "updated_at": session.updated_at.micros(),
        "expired_at": session.expired_at.map(Timestamp::micros),
        "end_reason": session.end_reason.map_or("", EndReason::name),
        "ip_address": session.device.ip_address,
        "user_agent": session.device.user_agent,
        "generation": session.generation,
        "minted_at": session.minted_at.micros(),
        "refreshed_at": session.refreshed_at.micros(),
        "repeats": session.repeats,
        "first_used_at": session.first_used_at.map(Timestamp::micros),
        "security_stamp": session.security_stamp,
        "legacy_jti": session.legacy_jti,
    })
}
