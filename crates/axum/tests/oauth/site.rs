//! A site with rows in memory, and requests to its routes.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tegata::{
    Algorithm, Bounds, Count, CustomClaims, Device, EndSessions, Ended, Engine, FirstUse, Key,
    KeySet, LiveSince, Loaded, NewSession, Policy, Scopes, Session, SessionId, SessionStore, Swap,
    SystemRandomness, Tenant, Touch, UserId, UserState, host,
};
use tegata_axum::{
    Auth, Client, ClientSecret, Clients, IntrospectionRoute, MemoryUsers, RevocationRoute,
};
use tower::ServiceExt;

pub(crate) struct Site {
    pub(crate) auth: Auth<MemoryUsers>,
    pub(crate) secret: ClientSecret,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status, and the `error` of an OAuth endpoint or the `error_code` of a gate.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(self.header("cache-control"), "no-store");
        let json = self.json();
        let code = json.get("error").or(json.get("error_code")).unwrap();
        (self.status.as_u16(), code.as_str().unwrap().to_owned())
    }
}

pub(crate) fn engine(change: impl FnOnce(&mut Policy)) -> Engine {
    let mut policy = Policy { issuer: "https://example.org".to_owned(), ..Policy::default() };
    change(&mut policy);
    Engine::new(policy, KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap())
        .unwrap()
}

/// Of a key that is always the same.
pub(crate) fn known_engine() -> Engine {
    let key = Key::from_secret(b"a secret of no less than 32 bytes", Algorithm::Hs256).unwrap();
    Engine::new(Policy::default(), KeySet::new(vec![key]).unwrap()).unwrap()
}

pub(crate) fn alice() -> UserState {
    user(UserId::Integer(1))
}

pub(crate) fn user(id: UserId) -> UserState {
    UserState { id, is_active: true, security_stamp: "stamp".to_owned() }
}

pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Policy)) -> Self {
        let store = MemoryUsers::default();
        store.sessions().put_user(alice());
        let secret = ClientSecret::generate(&SystemRandomness).unwrap();
        Self { auth: Auth::new(engine(change), store), secret }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new("orders-api", [self.secret.digest()]).unwrap()
    }

    pub(crate) fn clients(&self) -> Clients {
        Clients::new([self.client()]).unwrap()
    }

    /// Both routes for registered clients.
    pub(crate) fn routes(&self, clients: &Clients) -> Router {
        let (auth, clients) = (&self.auth, || clients.clone());
        IntrospectionRoute::new(auth.clone(), clients())
            .with_usernames(async |id| (id == UserId::Integer(1)).then(|| "alice".to_owned()))
            .router()
            .merge(RevocationRoute::new(auth.clone(), clients()).router())
    }

    pub(crate) async fn log_in(&self) -> Pair {
        self.log_in_as(&alice(), None, None).await
    }

    pub(crate) async fn log_in_as(
        &self,
        user: &UserState,
        tenant: Option<&str>,
        scope: Option<&str>,
    ) -> Pair {
        let mut custom = CustomClaims::none();
        let scopes: Option<Scopes> = scope.map(|scope| scope.parse().unwrap());
        if let Some(scopes) = scopes {
            custom = custom.with_scopes(scopes);
        }
        let tenant = tenant.map(|name| Tenant::new(name).unwrap());
        let bounds = Bounds { tenant, scopes: None };
        let (engine, store, now) = (self.auth.engine(), self.auth.store(), self.auth.now());
        let random = SystemRandomness;
        let device = Device::unknown();
        let tokens =
            host::log_in(&engine, store, now, &random, user, device, &bounds, &custom).await;
        let tokens = tokens.unwrap();
        Pair { access: tokens.access_token, refresh: tokens.refresh_token.unwrap() }
    }

    pub(crate) async fn log_out(&self, pair: &Pair) {
        let (engine, store, now) = (self.auth.engine(), self.auth.store(), self.auth.now());
        host::log_out(&engine, store, now, Ok(&pair.access), None, None).await.unwrap();
    }

    pub(crate) async fn knows(&self, token: &str) -> bool {
        let (engine, store, now) = (self.auth.engine(), self.auth.store(), self.auth.now());
        host::verify(&engine, store, now, token, None).await.is_ok()
    }

    /// A form of the registered client's.
    pub(crate) async fn post(&self, routes: &Router, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut form = form.to_vec();
        form.extend([("client_id", "orders-api"), ("client_secret", self.secret.expose())]);
        send(routes, form_of(path, &form)).await
    }
}

pub(crate) fn form_of(path: &str, form: &[(&str, &str)]) -> Request<Body> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap()
}

pub(crate) async fn send(routes: &Router, request: Request<Body>) -> Answer {
    let response = routes.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

/// A database that cannot answer.
pub(crate) struct Down;

impl SessionStore for Down {
    type Error = &'static str;

    async fn insert(&self, _: NewSession) -> Result<(), &'static str> {
        Err("down")
    }

    async fn load_user(&self, _: &UserId) -> Result<Option<UserState>, &'static str> {
        Err("down")
    }

    async fn load(&self, _: &SessionId) -> Result<Option<Loaded>, &'static str> {
        Err("down")
    }

    async fn advance(&self, _: &Swap) -> Result<bool, &'static str> {
        Err("down")
    }

    async fn count_repeat(&self, _: &Count) -> Result<bool, &'static str> {
        Err("down")
    }

    async fn touch(&self, _: &Touch) -> Result<bool, &'static str> {
        Err("down")
    }

    async fn note_first_use(&self, _: &FirstUse) -> Result<(), &'static str> {
        Err("down")
    }

    async fn end(&self, _: &EndSessions) -> Result<Ended, &'static str> {
        Err("down")
    }

    async fn list(&self, _: &UserId, _: &LiveSince) -> Result<Vec<Session>, &'static str> {
        Err("down")
    }
}
