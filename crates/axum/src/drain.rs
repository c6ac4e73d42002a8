//! Reading what is left of a body, so that its connection can be used again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::timeout;
use tower::{Layer, Service};

/// How much of a body is read that nobody has a use for. Beyond it, cutting the connection is the
/// lesser evil.
const MOST: usize = 8 << 20;
/// How long the next piece is waited for. A client may send none before it has the answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads the rest of a request's body, 8 MiB at most, before its answer goes out. It waits for no
/// piece of it longer than two seconds.
///
/// [`crate::Authed`] refuses a request before anybody has read its body, and the server closes a
/// connection on which some of a body is left: a client that sends its next request there is cut
/// off. So a site whose clients keep connections open puts this around its routes. The auth routes
/// and [`crate::GuardLayer`] do so themselves.
///
/// A body that is still being read, such as by a task of its own, is left alone.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use tegata_axum::{Auth, Authed, DrainLayer, MemoryUsers};
///
/// async fn order(_: Authed, body: String) {}
///
/// let app: Router<Auth<MemoryUsers>> =
///     Router::new().route("/orders/", post(order)).layer(DrainLayer::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DrainLayer(());

impl DrainLayer {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for DrainLayer {
    type Service = Drained<S>;

    fn layer(&self, inner: S) -> Drained<S> {
        Drained { inner }
    }
}

/// The service of a [`DrainLayer`].
#[derive(Clone, Debug)]
pub struct Drained<S> {
    inner: S,
}

impl<S> Service<Request> for Drained<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (parts, body) = request.into_parts();
        if body.is_end_stream() {
            return Box::pin(self.inner.call(Request::from_parts(parts, body)));
        }
        let shared = Shared(Arc::new(Mutex::new(body)));
        let body = Body::new(Shared(Arc::clone(&shared.0)));
        let answering = self.inner.call(Request::from_parts(parts, body));
        Box::pin(async move {
            let response = answering.await?;
            if let Ok(unread) = Arc::try_unwrap(shared.0) {
                drain(unread.into_inner().unwrap_or_else(PoisonError::into_inner)).await;
            }
            Ok(response)
        })
    }
}

/// A body that can be had back once it is not read any more.
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}

/// Reads what is left of a body, until there is too much of it.
pub(crate) async fn drain(mut body: Body) {
    let mut read = 0;
    // However it ends, there is nothing to be done about it.
    while let Ok(Some(Ok(frame))) = timeout(PATIENCE, body.frame()).await
        && read <= MOST
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}
