//! Connections: accepting, bounding and ending them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tegata_axum::client_address::UnixPeer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use super::limits::Limits;
use super::listen::Listener;

// A process that has no more file descriptors gets none by asking at once.
const AFTER_A_FAULT: Duration = Duration::from_millis(100);

/// Answers at the listener until `stop`, and then until what runs has ended or its time is up.
pub(crate) async fn serve(
    listener: Listener,
    routes: Router,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let door = Door { routes, limits, places, graceful: &graceful };
    tokio::select! {
        () = stop => {}
        () = door.keep(&listener) => {}
    }
    drop(listener);
    tracing::info!(connections = graceful.count(), "no more connections are accepted");
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running when their time was up");
    }
}

/// What stands behind a listener.
struct Door<'a> {
    routes: Router,
    limits: &'a Limits,
    places: Arc<Semaphore>,
    graceful: &'a GracefulShutdown,
}

impl Door<'_> {
    async fn keep(&self, listener: &Listener) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
            match accept(listener).await {
                Ok((stream, peer)) => {
                    let connection = self.connection(stream, peer);
                    tokio::spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // The client is gone already.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection could be accepted");
                    tokio::time::sleep(AFTER_A_FAULT).await;
                }
            }
        }
    }

    fn connection(
        &self,
        stream: Stream,
        peer: Option<SocketAddr>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let app = self.routes.clone().map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            let extensions = request.extensions_mut();
            match peer {
                Some(peer) => drop(extensions.insert(ConnectInfo(peer))),
                None => drop(extensions.insert(ConnectInfo(UnixPeer))),
            }
            request
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(self.limits.head_bytes)
            // Who has sent a whole request and then no more is still answered.
            .half_close(true)
            .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(app));
        let connection = self.graceful.watch(connection);
        async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

trait Duplex: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Duplex for T {}
type Stream = std::pin::Pin<Box<dyn Duplex>>;

async fn accept(listener: &Listener) -> io::Result<(Stream, Option<SocketAddr>)> {
    match listener {
        Listener::Tcp(listener, _) => {
            let (stream, peer) = listener.accept().await?;
            // Answers are small, and none waits for another.
            let _faster = stream.set_nodelay(true);
            Ok((Box::pin(stream), Some(peer)))
        }
        Listener::Unix(listener, _) => {
            let (stream, _) = listener.accept().await?;
            Ok((Box::pin(stream), None))
        }
    }
}
