//! The OpenAPI document of the auth routes: valid, complete, and of nothing that is not there.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tegata::{Algorithm, Engine, Key, KeySet, Policy, Transport, UserState};
use tegata_axum::openapi::{GateRefusals, JWT_AUTH_COOKIE};
use tegata_axum::{
    Ask, Auth, AuthBuilder, Authenticator, Failure, LoginRequest, LoginStep, MemoryUsers, Rule,
    StepOutcome,
};
use tower::ServiceExt as _;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, PartialSchema, ToSchema};

const TRANSPORTS: [Transport; 3] = [Transport::Header, Transport::Cookie, Transport::Both];

fn builder() -> AuthBuilder<MemoryUsers> {
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
    let engine = Engine::new(Policy::default(), keys).unwrap();
    Auth::builder(engine, MemoryUsers::default())
}

fn document_of(builder: AuthBuilder<MemoryUsers>) -> Value {
    serde_json::to_value(builder.build().unwrap().openapi("/auth")).unwrap()
}

/// Path, method in capitals, operation.
fn operations(document: &Value) -> Vec<(&str, Method, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| {
            (path.as_str(), method.to_uppercase().parse().unwrap(), operation)
        })
    });
    each.collect()
}

async fn ask(auth: &Auth<MemoryUsers>, method: Method, path: &str) -> axum::response::Response {
    let app: Router = Router::new().nest("/auth", auth.router());
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

#[tokio::test]
async fn every_documented_operation_is_there() {
    let auth = builder().build().unwrap();
    let document = serde_json::to_value(auth.openapi("/auth")).unwrap();
    let operations = operations(&document);
    assert_eq!(operations.len(), 12);
    for (path, method, _) in operations {
        let asked = path.replace("{session_id}", "x");
        let status = ask(&auth, method.clone(), &asked).await.status();
        let missing = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
        assert!(!missing.contains(&status), "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn every_operation_of_the_router_is_documented() {
    let auth = builder().build().unwrap();
    let document = serde_json::to_value(auth.openapi("/")).unwrap();
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&document) {
        let path = path.replace("{session_id}", "{id}");
        documented.entry(path).or_default().insert(method.to_string());
    }

    let mut found = BTreeMap::new();
    for path in paths_of(&auth.router()) {
        let asked = format!("/auth{}", path.replace(['{', '}'], ""));
        let answer = ask(&auth, Method::OPTIONS, &asked).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = answer.headers()["allow"].to_str().unwrap();
        let methods = allowed.split(',').map(str::to_owned).filter(|method| method != "HEAD");
        found.insert(path, methods.collect::<BTreeSet<_>>());
    }
    assert_eq!(found, documented);
}

/// What a router shows of its paths. The shortest is that of its fallback.
fn paths_of(router: &Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    let quoted = shown
        .split('"')
        .filter(|text| text.starts_with('/') && text.ends_with('/'))
        .filter(|text| text.len() > 1);
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    for transport in TRANSPORTS {
        let document = document_of(builder().transport(transport));
        let mut asked = BTreeSet::new();
        references(&document, &mut asked);
        let known = document["components"]["schemas"].as_object().unwrap();
        assert_eq!(asked, known.keys().cloned().collect(), "{transport:?}");

        let schemes = document["components"]["securitySchemes"].as_object().unwrap();
        for (path, _, operation) in operations(&document) {
            let asked = operation["security"].as_array().into_iter().flatten();
            for name in asked.flat_map(|each| each.as_object().unwrap().keys()) {
                assert!(schemes.contains_key(name), "{path}: {name}");
            }
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                found.insert(to.strip_prefix("#/components/schemas/").unwrap().to_owned());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let document = document_of(builder());
    let mut ids = BTreeSet::new();
    for (path, _, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
        assert_eq!(operation["tags"], json!(["auth"]));
        for text in ["summary", "description"] {
            assert!(!operation[text].as_str().unwrap().is_empty(), "{path}: {text}");
        }
        let asked = path.split('/').filter(|segment| segment.starts_with('{')).count();
        assert_eq!(operation["parameters"].as_array().map_or(0, Vec::len), asked, "{path}");
    }
}

#[test]
fn it_is_read_again_as_it_was_written() {
    let document = builder().transport(Transport::Both).build().unwrap().openapi("/auth");
    let text = document.to_json().unwrap();
    let read: utoipa::openapi::OpenApi = serde_json::from_str(&text).unwrap();
    assert_eq!(read.to_json().unwrap(), text);
}

#[test]
fn a_prefix_may_be_written_as_one_likes() {
    let auth = builder().build().unwrap();
    for (prefix, path) in [
        ("/auth", "/auth/token/"),
        ("auth/", "/auth/token/"),
        ("/api/auth/", "/api/auth/token/"),
        ("/", "/token/"),
        ("", "/token/"),
    ] {
        let document = serde_json::to_value(auth.openapi(prefix)).unwrap();
        assert!(document["paths"][path].is_object(), "{prefix}");
        let scheme = &document["components"]["securitySchemes"]["JWTAuth"];
        assert_eq!(scheme["flows"]["password"]["tokenUrl"], path);
    }
}

#[test]
fn the_refresh_token_must_be_in_the_body_where_no_cookie_has_it() {
    let by_cookie = builder().refresh_transport(Transport::Cookie);
    for (builder, required) in
        [(builder(), true), (builder().transport(Transport::Both), false), (by_cookie, false)]
    {
        let document = document_of(builder);
        let body = &document["paths"]["/auth/refresh/"]["post"]["requestBody"];
        assert_eq!(body["required"], required);
        let schema = &document["components"]["schemas"]["RefreshTokenSchema"];
        assert_eq!(schema["required"].is_array(), required, "{schema}");
    }
}

#[derive(Deserialize, ToSchema)]
struct ByEmail {
    email: String,
}

struct EmailLogin;

impl Authenticator<MemoryUsers> for EmailLogin {
    type Body = ByEmail;

    fn account<'b>(&self, body: &'b ByEmail) -> Option<&'b str> {
        Some(&body.email)
    }

    async fn authenticate(
        &self,
        _users: &MemoryUsers,
        _request: &LoginRequest,
        _body: ByEmail,
    ) -> Result<Option<UserState>, Failure> {
        Ok(None)
    }
}

#[test]
fn the_body_of_a_login_is_that_of_the_authenticator() {
    let document = document_of(builder().authenticator(EmailLogin));
    let body = &document["paths"]["/auth/login/"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"], json!({ "email": { "type": "string" } }));
    assert_eq!(document["components"]["schemas"]["LoginSchema"], Value::Null);
}

/// Asks for a code that was sent to an address.
struct Code(&'static str);

#[derive(Deserialize, ToSchema)]
struct Answer {
    #[allow(dead_code)]
    code: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct Shown {
    sent_to: String,
}

impl LoginStep for Code {
    type Answer = Answer;

    fn name(&self) -> &str {
        self.0
    }

    fn shown(&self) -> Option<RefOr<Schema>> {
        Some(Shown::schema())
    }

    async fn begin(&self, _: &LoginRequest, _: &UserState) -> Result<StepOutcome, Failure> {
        Ok(StepOutcome::Ask(Ask::new().showing("sent_to", "a…@example.org")))
    }

    async fn complete(
        &self,
        _: &LoginRequest,
        _: &UserState,
        _: &Value,
        answer: Answer,
    ) -> Result<bool, Failure> {
        Ok(answer.code == "1")
    }
}

#[test]
fn a_step_says_what_it_shows_and_takes() {
    let document = document_of(builder().login_step(Code("mail")));
    let schemas = &document["components"]["schemas"];
    let challenge = &schemas["ChallengeSchema"];
    assert_eq!(challenge["properties"]["step"]["enum"], json!(["mail"]));
    assert_eq!(challenge["properties"]["sent_to"]["type"], "string");
    assert_eq!(challenge["required"], json!(["challenge_token", "step", "expires_in"]));
    let answer = &schemas["ChallengeAnswerSchema"]["properties"]["answer"];
    assert_eq!(answer["required"], json!(["code"]));

    let two = document_of(builder().login_step(Code("mail")).login_step(Code("text")));
    let answer = &two["components"]["schemas"]["ChallengeAnswerSchema"]["properties"]["answer"];
    assert_eq!(answer["anyOf"].as_array().unwrap().len(), 2);
}

struct PayOrders;

impl Rule for PayOrders {
    const SCOPES: &'static [&'static str] = &["orders:pay"];
    const FRESH: Option<std::time::Duration> = Some(std::time::Duration::from_mins(5));
}

#[utoipa::path(
    post, path = "/orders/pay/", security(("JWTAuth" = ["orders:pay"])),
    responses((status = 200), (status = 503, description = "Mine"))
)]
#[allow(dead_code)]
fn pay() {}

#[utoipa::path(get, path = "/orders/", security(("JWTAuth" = [])), responses((status = 200)))]
#[allow(dead_code)]
fn list() {}

#[utoipa::path(get, path = "/open/", responses((status = 200)))]
#[allow(dead_code)]
fn open() {}

#[utoipa::path(
    put, path = "/static/", security(("JWTAuth" = [])),
    responses((status = 200), GateRefusals::<PayOrders>)
)]
#[allow(dead_code)]
fn by_type() {}

#[derive(OpenApi)]
#[openapi(paths(pay, list, open, by_type))]
struct Site;

fn codes(document: &Value, operation: &Value, status: &str) -> Value {
    let mut schema = &operation["responses"][status]["content"]["application/json"]["schema"];
    if let Some(Value::String(to)) = schema.get("$ref") {
        schema = document.pointer(to.strip_prefix('#').unwrap()).unwrap();
    }
    schema["properties"]["error_code"]["enum"].clone()
}

#[test]
fn guarded_operations_say_what_the_gate_refuses() {
    let builder = builder().transport(Transport::Both).scopes([("orders:pay", "Pay orders")]);
    let auth = builder.build().unwrap();
    let mut document = Site::openapi();
    auth.document_gates(&mut document);
    document.merge(auth.openapi("/auth"));
    let document = serde_json::to_value(document).unwrap();

    let pay = &document["paths"]["/orders/pay/"]["post"];
    let scopes = json!(["orders:pay"]);
    assert_eq!(pay["security"], json!([{ "JWTAuth": scopes }, { JWT_AUTH_COOKIE: scopes }]));
    assert_eq!(codes(&document, pay, "403"), json!(["csrf_failed", "insufficient_scope"]));
    assert_eq!(codes(&document, pay, "401")[0], "missing_token");
    assert_eq!(pay["responses"]["503"]["description"], "Mine");

    let list = &document["paths"]["/orders/"]["get"];
    assert_eq!(codes(&document, list, "403"), Value::Null);
    assert_eq!(codes(&document, list, "503"), json!(["service_unavailable"]));

    let open = &document["paths"]["/open/"]["get"];
    assert_eq!(open["responses"].as_object().unwrap().len(), 1);
}

#[test]
fn an_operation_may_say_it_by_a_type() {
    let document = serde_json::to_value(Site::openapi()).unwrap();
    let operation = &document["paths"]["/static/"]["put"];
    assert_eq!(codes(&document, operation, "401")[7], "login_required");
    assert_eq!(codes(&document, operation, "403"), json!(["csrf_failed", "insufficient_scope"]));
}
