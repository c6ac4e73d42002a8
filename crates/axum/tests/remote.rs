//! Tokens from elsewhere, against an issuer on a real socket that can be anything.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_body::Frame;
use tegata::{Algorithm, ExternalPolicy, Key, KeySet, Refusal, Requirement, Scopes, Timestamp};
use tegata_axum::remote::{
    Discovery, External, FetchOptions, KeySource, KeysUnavailable, RemoteIssuer, RemoteIssuers,
    RemoteIssuersError, RemoteUnread,
};
use tegata_jose::jws;
use tower::ServiceExt;

const METADATA: &str = "/.well-known/openid-configuration";
const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";

type Answer = Arc<dyn Fn(&Site, &str) -> Response + Send + Sync>;

/// What the issuer does, and how often it was asked for what.
struct Site {
    address: SocketAddr,
    keys: Mutex<Arc<KeySet>>,
    answer: Mutex<Option<Answer>>,
    documents: AtomicUsize,
    sets: AtomicUsize,
    /// Seconds by which the clock of the fetching side is ahead.
    ahead: Arc<AtomicU64>,
}

impl Site {
    async fn open() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            keys: Mutex::new(key_set()),
            answer: Mutex::new(None),
            documents: AtomicUsize::new(0),
            sets: AtomicUsize::new(0),
            ahead: Arc::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
        tokio::spawn(async move { axum::serve(listener, router).await });
        site
    }

    fn name(&self) -> String {
        format!("http://{}", self.address)
    }

    fn options(&self) -> FetchOptions {
        let (ahead, start) = (Arc::clone(&self.ahead), Instant::now());
        FetchOptions {
            allow_http: true,
            timeout: Duration::from_secs(10),
            clock: Arc::new(move || start + Duration::from_secs(ahead.load(Ordering::SeqCst))),
            ..FetchOptions::default()
        }
    }

    fn policy(&self) -> ExternalPolicy {
        ExternalPolicy {
            issuer: self.name(),
            audience: vec!["api".to_owned()],
            untyped: true,
            scopes: vec![vec!["scope".to_owned()]],
            ..ExternalPolicy::default()
        }
    }

    fn issuer(&self) -> RemoteIssuer {
        self.issuer_with(self.options())
    }

    fn issuer_with(&self, options: FetchOptions) -> RemoteIssuer {
        RemoteIssuer::new(self.policy(), &KeySource::default(), options).unwrap()
    }

    fn answers(&self, answer: impl Fn(&Self, &str) -> Response + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Some(Arc::new(answer));
    }

    fn is_well(&self) {
        *self.answer.lock().unwrap() = None;
    }

    fn is_down(&self) {
        self.answers(|_, _| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }

    fn rotates(&self) {
        *self.keys.lock().unwrap() = key_set();
    }

    fn passes(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    fn token(&self) -> String {
        self.token_with(r#""scope":"read""#)
    }

    fn token_with(&self, more: &str) -> String {
        let (name, exp) = (self.name(), now().seconds() + 300);
        let claims = format!(r#"{{"iss":"{name}","sub":"alice","aud":"api","exp":{exp},{more}}}"#);
        let keys = Arc::clone(&self.keys.lock().unwrap());
        jws::sign(keys.signing_key().unwrap(), None, claims.as_bytes()).unwrap()
    }

    fn asked(&self) -> (usize, usize) {
        (self.documents.load(Ordering::SeqCst), self.sets.load(Ordering::SeqCst))
    }

    fn usual(&self, path: &str) -> Response {
        match path {
            METADATA => {
                let name = self.name();
                format!(r#"{{"issuer":"{name}","jwks_uri":"{name}/keys"}}"#).into_response()
            }
            "/keys" => self.keys.lock().unwrap().to_jwks().unwrap().into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// A body of which nothing ever comes.
struct Unending;

impl HttpBody for Unending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path();
    let counter = if path == "/keys" { &site.sets } else { &site.documents };
    counter.fetch_add(1, Ordering::SeqCst);
    let answer = site.answer.lock().unwrap().clone();
    match answer {
        Some(answer) => answer(&site, path),
        None => site.usual(path),
    }
}

fn key_set() -> Arc<KeySet> {
    Arc::new(KeySet::new(vec![Key::generate(Algorithm::Es256).unwrap()]).unwrap())
}

fn now() -> Timestamp {
    Timestamp::from_seconds(0).plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
}

async fn verify(issuer: &RemoteIssuer, token: &str) -> Result<(), RemoteUnread> {
    issuer.verify(now(), token).await.map(|claims| assert_eq!(claims.subject(), "alice"))
}

async fn unavailable(issuer: &RemoteIssuer, token: &str) -> KeysUnavailable {
    match verify(issuer, token).await {
        Err(RemoteUnread::Unavailable(unavailable)) => unavailable,
        other => panic!("{other:?}"),
    }
}

async fn refusal(issuer: &RemoteIssuer, token: &str) -> Refusal {
    match verify(issuer, token).await {
        Err(RemoteUnread::Unread(unread)) => unread.refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn fifty_requests_at_once_are_one_fetch() {
    let site = Site::open().await;
    let (issuer, token) = (site.issuer(), site.token());
    let requests: Vec<_> = (0..50)
        .map(|_| {
            let (issuer, token) = (issuer.clone(), token.clone());
            tokio::spawn(async move { verify(&issuer, &token).await })
        })
        .collect();
    for request in requests {
        request.await.unwrap().unwrap();
    }
    assert_eq!(site.asked(), (1, 1));
    site.passes(299);
    verify(&issuer, &token).await.unwrap();
    assert_eq!(site.asked(), (1, 1), "it is fresh");
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_the_fetch_for_nobody() {
    let site = Site::open().await;
    let (issuer, token) = (site.issuer(), site.token());
    tokio::select! {
        biased;
        result = verify(&issuer, &token) => panic!("{result:?}"),
        () = std::future::ready(()) => {}
    }
    verify(&issuer, &token).await.unwrap();
    assert_eq!(site.asked(), (1, 1));
}

#[tokio::test]
async fn a_rotation_is_noticed_with_the_first_token_of_the_new_key() {
    let site = Site::open().await;
    let issuer = site.issuer();
    verify(&issuer, &site.token()).await.unwrap();
    site.rotates();
    let token = site.token();
    verify(&issuer, &token).await.unwrap();
    assert_eq!(site.asked().1, 2);
    // Tokens with made-up keys have the set fetched no more than so often.
    let foreign = Site::open().await;
    let claims = jws::sign(key_set().signing_key().unwrap(), None, b"{}").unwrap();
    for _ in 0..20 {
        assert_eq!(refusal(&issuer, &claims).await, Refusal::InvalidToken);
    }
    assert_eq!(site.asked().1, 2);
    site.passes(30);
    refusal(&issuer, &claims).await;
    refusal(&issuer, &foreign.token()).await;
    assert_eq!(site.asked().1, 3);
    verify(&issuer, &token).await.unwrap();
}

#[tokio::test]
async fn the_last_good_keys_serve_while_the_issuer_is_down_and_not_for_ever() {
    let site = Site::open().await;
    let (issuer, token) = (site.issuer(), site.token());
    verify(&issuer, &token).await.unwrap();
    site.is_down();
    site.passes(300);
    for _ in 0..10 {
        verify(&issuer, &token).await.unwrap();
    }
    let asked = site.asked();
    assert_eq!(asked.0 + asked.1, 3, "there are pauses between the attempts");
    // Whether a key that is not in the set is one by now, nobody knows.
    site.rotates();
    unavailable(&issuer, &site.token()).await;
    site.passes(24 * 60 * 60);
    unavailable(&issuer, &token).await;
    site.is_well();
    site.passes(60);
    verify(&issuer, &site.token()).await.unwrap();
}

#[tokio::test]
async fn pauses_grow_and_retry_after_is_kept_to() {
    let site = Site::open().await;
    let (issuer, token) = (site.issuer(), site.token());
    site.is_down();
    for most in [2, 3, 5, 10, 20, 38, 38] {
        let pause = unavailable(&issuer, &token).await.retry_after;
        assert!((most / 2..=most).contains(&pause), "{pause} of {most}");
        site.passes(pause);
    }
    site.answers(|_, _| {
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response()
    });
    let pause = unavailable(&issuer, &token).await.retry_after;
    assert!((120..=150).contains(&pause), "{pause}");
    let asked = site.asked();
    site.passes(100);
    unavailable(&issuer, &token).await;
    assert_eq!(site.asked(), asked);
}

#[tokio::test]
async fn answers_that_are_no_keys_let_nobody_in() {
    let private = KeySet::new(vec![Key::generate(Algorithm::Es256).unwrap()]).unwrap();
    let private = private.to_private_jwks().unwrap().to_string();
    let bodies = [
        "garbage".to_owned(),
        String::new(),
        "{}".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        "[".repeat(100_000),
        private,
    ];
    for body in bodies {
        let site = Site::open().await;
        let start: String = body.chars().take(20).collect();
        site.answers(
            move |site, path| {
                if path == "/keys" { body.clone().into_response() } else { site.usual(path) }
            },
        );
        let why = unavailable(&site.issuer(), &site.token()).await.to_string();
        assert!(why.contains("a key set that cannot be used"), "{start}: {why}");
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_lets_nobody_in() {
    for (document, expected) in [
        (r#"{"issuer":"NAME/","jwks_uri":"NAME/keys"}"#, "another issuer"),
        (r#"{"issuer":"http://other.example","jwks_uri":"NAME/keys"}"#, "another issuer"),
        (r#"{"jwks_uri":"NAME/keys"}"#, "another issuer"),
        (r#"{"issuer":"x","issuer":"NAME","jwks_uri":"NAME/keys"}"#, "no JSON object"),
        (r#"{"issuer":"NAME"}"#, "names no `jwks_uri`"),
        (r#"{"issuer":"NAME","jwks_uri":"file:///etc/passwd"}"#, "may not be fetched from"),
        (r#"{"issuer":"NAME","jwks_uri":7}"#, "names no `jwks_uri`"),
        ("garbage", "no JSON object"),
    ] {
        let site = Site::open().await;
        site.answers(move |site, path| match path {
            METADATA => document.replace("NAME", &site.name()).into_response(),
            _ => site.usual(path),
        });
        let why = unavailable(&site.issuer(), &site.token()).await.to_string();
        assert!(why.contains(expected), "{document}: {why}");
        assert_eq!(site.asked().1, 0);
    }
}

#[tokio::test]
async fn redirects_are_followed_nowhere() {
    let elsewhere = Site::open().await;
    for redirected in [METADATA, "/keys"] {
        let site = Site::open().await;
        let target = format!("{}/keys", elsewhere.name());
        site.answers(move |site, path| {
            if path == redirected {
                (StatusCode::FOUND, [("location", target.clone())]).into_response()
            } else {
                site.usual(path)
            }
        });
        let why = unavailable(&site.issuer(), &site.token()).await.to_string();
        assert!(why.contains("redirects elsewhere"), "{why}");
    }
    assert_eq!(elsewhere.asked(), (0, 0));
}

#[tokio::test]
async fn huge_and_compressed_bodies_are_not_read_to_their_end() {
    for redirected in [METADATA, "/keys"] {
        let site = Site::open().await;
        site.answers(move |site, path| {
            if path == redirected { vec![b' '; 4 << 20].into_response() } else { site.usual(path) }
        });
        let why = unavailable(&site.issuer(), &site.token()).await.to_string();
        assert!(why.contains("more than 524288 bytes"), "{why}");
    }
    let site = Site::open().await;
    site.answers(|_, _| ([("content-encoding", "gzip")], "bomb").into_response());
    let why = unavailable(&site.issuer(), &site.token()).await.to_string();
    assert!(why.contains("an encoding that was not asked for"), "{why}");
}

#[tokio::test]
async fn an_issuer_that_answers_slowly_or_never_is_given_up_in_time() {
    let site = Site::open().await;
    let options = || FetchOptions { timeout: Duration::from_millis(50), ..site.options() };
    // A body that never ends.
    site.answers(|_, _| Response::new(Body::new(Unending)));
    let why = unavailable(&site.issuer_with(options()), &site.token()).await.to_string();
    assert!(why.contains("did not answer"), "{why}");
    // Nobody there at all.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", closed.local_addr().unwrap());
    drop(closed);
    let issuer = RemoteIssuer::new(site.policy(), &KeySource::Jwks(url), site.options()).unwrap();
    let why = unavailable(&issuer, &site.token()).await.to_string();
    assert!(why.contains("could not be reached"), "{why}");
}

#[tokio::test]
async fn keys_are_found_by_either_metadata_or_at_their_own_address() {
    let site = Site::open().await;
    site.answers(|site, path| match path {
        OAUTH_METADATA => site.usual(METADATA),
        METADATA => StatusCode::NOT_FOUND.into_response(),
        path => site.usual(path),
    });
    let sources = [
        (KeySource::Discover(Discovery::Either), true),
        (KeySource::Discover(Discovery::OAuth), true),
        (KeySource::Discover(Discovery::OpenId), false),
        (KeySource::Metadata(format!("{}{OAUTH_METADATA}", site.name())), true),
        (KeySource::Jwks(format!("{}/keys", site.name())), true),
    ];
    for (source, is_found) in sources {
        let issuer = RemoteIssuer::new(site.policy(), &source, site.options()).unwrap();
        assert_eq!(verify(&issuer, &site.token()).await.is_ok(), is_found, "{source:?}");
    }
    // An issuer that is down is not asked for another document.
    site.is_down();
    let before = site.asked().0;
    unavailable(&site.issuer(), &site.token()).await;
    assert_eq!(site.asked().0, before + 1);
}

#[tokio::test]
async fn an_unchanged_set_is_not_sent_again() {
    let site = Site::open().await;
    let (issuer, token) = (site.issuer(), site.token());
    let is_first = AtomicUsize::new(0);
    site.answers(move |site, path| {
        if path == "/keys" && is_first.fetch_add(1, Ordering::SeqCst) > 0 {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        ([("etag", "\"1\""), ("cache-control", "max-age=100")], site.usual(path)).into_response()
    });
    for _ in 0..3 {
        verify(&issuer, &token).await.unwrap();
        site.passes(100);
    }
    assert_eq!(site.asked().1, 3);
}

#[test]
fn addresses_that_keys_may_not_come_from() {
    let policy = || ExternalPolicy {
        issuer: "http://login.example".to_owned(),
        audience: vec!["api".to_owned()],
        untyped: true,
        ..ExternalPolicy::default()
    };
    let made = |source: &KeySource| RemoteIssuer::new(policy(), source, FetchOptions::default());
    assert!(made(&KeySource::default()).is_err());
    assert!(made(&KeySource::Jwks("http://127.0.0.1/keys".to_owned())).is_err());
    assert!(made(&KeySource::Jwks("https://login.example/keys".to_owned())).is_ok());
    let never = FetchOptions { timeout: Duration::ZERO, ..FetchOptions::default() };
    let source = KeySource::Jwks("https://login.example/keys".to_owned());
    let error = RemoteIssuer::new(policy(), &source, never).unwrap_err();
    assert_eq!(error.to_string(), "`timeout` cannot be what it is");
}

async fn me(external: External) -> Result<String, tegata_axum::Failure> {
    let scopes = Scopes::from_names(["read"]).unwrap();
    external.require(&Requirement::scopes(scopes))?;
    Ok(external.0.subject().to_owned())
}

async fn ask(issuers: &RemoteIssuers, headers: &[String]) -> (u16, Response) {
    let app = Router::new().route("/", get(me)).with_state(issuers.clone());
    let mut request = Request::builder().uri("/");
    for header in headers {
        request = request.header("authorization", header);
    }
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    (response.status().as_u16(), response)
}

#[tokio::test]
async fn a_route_lets_in_by_the_keys_of_the_issuer_that_the_token_names() {
    let (shop, stock) = (Site::open().await, Site::open().await);
    let issuers = RemoteIssuers::new([shop.issuer(), stock.issuer()]).unwrap();
    let bearer = |token: &str| vec![format!("Bearer {token}")];
    for site in [&shop, &stock] {
        assert_eq!(ask(&issuers, &bearer(&site.token())).await.0, 200);
    }
    let (status, response) = ask(&issuers, &[]).await;
    assert_eq!(
        (status, &response.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    let twice = [bearer(&shop.token()), bearer(&shop.token())].concat();
    assert_eq!(ask(&issuers, &twice).await.0, 401);
    let (status, response) = ask(&issuers, &bearer(&shop.token_with(r#""scope":"other""#))).await;
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(status, 403);
    assert!(challenge.contains(r#"scope="read""#), "{challenge}");
    // One issuer's key signs nothing in another's name.
    let shop_keys = Arc::clone(&shop.keys.lock().unwrap());
    *stock.keys.lock().unwrap() = key_set();
    let real = stock.issuer();
    real.prepare().await.unwrap();
    let issuers = RemoteIssuers::new([shop.issuer(), real]).unwrap();
    *stock.keys.lock().unwrap() = shop_keys;
    let forged = stock.token();
    *stock.keys.lock().unwrap() = key_set();
    assert_eq!(ask(&issuers, &bearer(&forged)).await.0, 401);
    // Of an issuer that is not named here nothing is fetched.
    let stranger = Site::open().await;
    assert_eq!(ask(&issuers, &bearer(&stranger.token())).await.0, 401);
    assert_eq!(stranger.asked(), (0, 0));
}

#[tokio::test]
async fn without_keys_a_route_says_when_to_come_again() {
    let site = Site::open().await;
    site.is_down();
    let issuers = RemoteIssuers::from(site.issuer());
    let (status, response) = ask(&issuers, &[format!("Bearer {}", site.token())]).await;
    assert_eq!(status, 503);
    assert_eq!(response.headers()["retry-after"], "2");
}

#[tokio::test]
async fn no_issuer_stands_beside_itself() {
    let site = Site::open().await;
    let twice = RemoteIssuers::new([site.issuer(), site.issuer()]).unwrap_err();
    assert_eq!(twice, RemoteIssuersError::Twice(site.name()));
    assert_eq!(RemoteIssuers::new([]).unwrap_err(), RemoteIssuersError::None);
}
