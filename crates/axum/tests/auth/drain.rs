//! Bodies that a refusal has no use for.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::routing::post;
use http_body::Frame;
use tegata_axum::{Authed, DrainLayer};

use crate::client::{Client, builder};

/// So many pieces of 1 KiB.
struct Pieces {
    left: usize,
    read: Arc<AtomicUsize>,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.read.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}

#[tokio::test]
async fn what_a_refusal_has_no_use_for_is_read_up_to_a_limit() {
    let auth = builder().build().unwrap();
    let handler = || post(async |_: Authed, body: String| body);
    let app = Router::new()
        .route("/drained/", handler())
        .layer(DrainLayer::new())
        .route("/guarded/", handler().layer(auth.layer()))
        .route("/plain/", handler())
        .nest("/api/auth", auth.router())
        .with_state(auth);
    let mut client = Client::of(&app);
    for (path, pieces, read) in [
        ("/drained/", 100, 100..101),
        ("/guarded/", 100, 100..101),
        ("/api/auth/logout/all/", 100, 100..101),
        ("/api/auth/login/", 3000, 3000..3001),
        ("/plain/", 100, 0..1),
        ("/drained/", 100_000, 8192..8300),
        ("/guarded/", 100_000, 8192..8300),
        ("/api/auth/logout/all/", 100_000, 9216..9400),
    ] {
        let counted = Arc::new(AtomicUsize::new(0));
        let body = Body::new(Pieces { left: pieces, read: Arc::clone(&counted) });
        let json = [("content-type", b"application/json".as_slice())];
        let answer = client.send("POST", path, &json, body).await;
        assert!(answer.status.is_client_error());
        let counted = counted.load(Ordering::Relaxed);
        assert!(read.contains(&counted), "{path}: {counted}");
    }
}

/// Of a client that waits for the answer before it goes on, as in a stream both ways.
struct Held;

impl HttpBody for Held {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn who_sends_nothing_before_the_answer_gets_one() {
    let auth = builder().build().unwrap();
    let handler = || post(async |_: Authed, body: String| body);
    let app = Router::new()
        .route("/drained/", handler())
        .layer(DrainLayer::new())
        .route("/guarded/", handler().layer(auth.layer()))
        .with_state(auth);
    let ask = async |path: &str| {
        let mut client = Client::of(&app);
        let answer = client.send("POST", path, &[], Body::new(Held));
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await;
        answer.expect("it is answered").refuses(401, "missing_token");
    };
    tokio::join!(ask("/drained/"), ask("/guarded/"));
}
