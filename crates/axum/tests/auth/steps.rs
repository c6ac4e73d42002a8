//! Logins that ask for more than a password.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};
use tegata::UserState;
use tegata_axum::{Ask, Failure, LoginRequest, LoginStep, StepOutcome};
use utoipa::ToSchema;

use crate::client::{Answer, Client, PASSWORD, USER, app, builder};

pub(crate) struct Totp(pub(crate) &'static str);

#[derive(Deserialize, ToSchema)]
pub(crate) struct Code {
    #[serde(deserialize_with = "digits")]
    code: String,
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(text) } else { Err(de::Error::custom("must be 6 digits")) }
}

impl LoginStep for Totp {
    type Answer = Code;

    fn name(&self) -> &str {
        self.0
    }

    async fn begin(&self, _: &LoginRequest, _: &UserState) -> Result<StepOutcome, Failure> {
        let ask = Ask::new().showing("hint", "a code").showing("step", "not the site's to say");
        Ok(StepOutcome::Ask(ask.keeping(&json!({"code": "123456"})).unwrap()))
    }

    async fn complete(
        &self,
        _: &LoginRequest,
        _: &UserState,
        state: &Value,
        answer: Code,
    ) -> Result<bool, Failure> {
        Ok(state["code"] == answer.code)
    }
}

struct Closed;

impl LoginStep for Closed {
    type Answer = Code;

    fn name(&self) -> &'static str {
        "closed"
    }

    async fn begin(&self, request: &LoginRequest, _: &UserState) -> Result<StepOutcome, Failure> {
        let is_open = request.headers.contains_key("x-open");
        Ok(if is_open { StepOutcome::Pass } else { StepOutcome::Refuse })
    }

    async fn complete(
        &self,
        _: &LoginRequest,
        _: &UserState,
        _: &Value,
        _: Code,
    ) -> Result<bool, Failure> {
        Ok(false)
    }
}

fn careful() -> Client {
    Client::of(&app(builder().login_step(Totp("totp")).build().unwrap()))
}

async fn challenged(client: &mut Client) -> String {
    let answer = client.try_log_in(USER, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let token = body["challenge_token"].as_str().unwrap().to_owned();
    let expected = json!({
        "challenge_token": token, "step": "totp", "expires_in": 300, "hint": "a code",
    });
    assert_eq!(body, expected);
    token
}

async fn complete(client: &mut Client, token: &str, code: impl Into<Value>) -> Answer {
    let body = json!({"challenge_token": token, "answer": {"code": code.into()}});
    client.post("/api/auth/login/challenge/", &body).await
}

#[tokio::test]
async fn a_careful_person_logs_in_by_a_code() {
    let mut ada = careful();
    let token = challenged(&mut ada).await;
    let mut thief = ada.another();
    thief.headers[0].1 = b"another browser".to_vec();
    complete(&mut thief, &token, "123456").await.refuses(401, "invalid_challenge");
    let short = complete(&mut ada, &token, "12345").await;
    short.refuses(422, "invalid_request");
    assert_eq!(short.json()["detail"], "answer.code: must be 6 digits");
    complete(&mut ada, &token, "12345\0").await.refuses(422, "invalid_request");
    complete(&mut ada, &token, 5).await.refuses(422, "invalid_request");

    let done = complete(&mut ada, &token, "123456").await;
    assert_eq!(done.status, StatusCode::OK);
    done.json()["access_token"].as_str().unwrap().clone_into(&mut ada.access);
    assert_eq!(ada.profile().await.json()["username"], USER);
    complete(&mut ada, &token, "123456").await.refuses(401, "invalid_challenge");
}

#[tokio::test]
async fn a_wrong_code_lets_nobody_in_and_five_are_enough() {
    let mut ada = careful();
    let token = challenged(&mut ada).await;
    for _ in 0..5 {
        complete(&mut ada, &token, "654321").await.refuses(401, "invalid_credentials");
    }
    complete(&mut ada, &token, "123456").await.refuses(401, "invalid_challenge");
    for odd in ["", "x", &"A".repeat(43), &"A".repeat(5000)] {
        complete(&mut ada, odd, "123456").await.refuses(401, "invalid_challenge");
    }
}

#[tokio::test]
async fn the_form_is_no_way_round() {
    let mut ada = careful();
    let form = ada.form("/api/auth/token/", "username=ada&password=a+long+secret").await;
    assert_eq!((form.status.as_u16(), &form.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn steps_come_one_after_another() {
    let auth = builder().login_step(Totp("totp")).login_step(Closed).build().unwrap();
    let mut ada = Client::of(&app(auth));
    let token = challenged(&mut ada).await;
    complete(&mut ada, &token, "123456").await.refuses(401, "invalid_credentials");
    ada.headers.push(("x-open".to_owned(), b"1".to_vec()));
    let token = challenged(&mut ada).await;
    assert_eq!(complete(&mut ada, &token, "123456").await.status, StatusCode::OK);
}
