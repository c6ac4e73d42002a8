//! Bodies that take their time.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use http_body::Frame;
use serde_json::json;
use tegata::{Policy, UserId};
use tegata_axum::{Auth, UserStore as _};
use tower::ServiceExt as _;

use crate::client::{Client, PASSWORD, USER, app, engine, users};

/// A body that comes long after the head of its request.
struct Late<F> {
    body: Option<Bytes>,
    meanwhile: F,
}

impl<F: FnMut() + Unpin> http_body::Body for Late<F> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.body.take();
        if body.is_some() {
            (self.meanwhile)();
        }
        Poll::Ready(body.map(|body| Ok(Frame::data(body))))
    }
}

fn post(
    path: &str,
    body: String,
    meanwhile: impl FnMut() + Send + Unpin + 'static,
) -> Request<Body> {
    let body = Late { body: Some(body.into()), meanwhile };
    let request = Request::post(path).header("content-type", "application/json");
    request.body(Body::new(body)).unwrap()
}

#[tokio::test]
async fn what_comes_late_is_judged_by_the_time_at_which_it_is_there() {
    let users = users();
    let auth = Auth::new(engine(Policy::default()), users.clone());
    let (tell, told) = mpsc::channel();
    let meanwhile = {
        let auth = auth.clone();
        move || {
            std::thread::sleep(Duration::from_millis(1));
            tell.send(auth.now()).unwrap();
        }
    };
    let body = json!({"username": USER, "password": PASSWORD}).to_string();
    let request = post("/api/auth/login/", body, meanwhile);
    assert_eq!(app(auth).oneshot(request).await.unwrap().status(), StatusCode::OK);
    let user = users.user(&UserId::Integer(1)).await.unwrap().unwrap();
    assert!(user.last_login >= Some(told.recv().unwrap()));
}

#[tokio::test]
async fn a_key_that_was_taken_away_while_a_body_came_opens_nothing() {
    let auth = Auth::new(engine(Policy::default()), users());
    let mut ada = Client::of(&app(auth.clone()));
    ada.log_in().await;
    let (theirs, mut another) = (auth.clone(), Some(engine(Policy::default())));
    let meanwhile = move || another.take().into_iter().for_each(|it| theirs.replace_engine(it));
    let body = json!({"refresh_token": ada.refresh}).to_string();
    let request = post("/api/auth/refresh/", body, meanwhile);
    let answer = app(auth).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
