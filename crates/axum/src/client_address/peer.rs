use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;

/// The other end of a request's connection. As an extractor it never refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP connection from there.
    Address(SocketAddr),
    /// A Unix socket, whose other end has no address.
    Unix,
    /// The server did not say.
    Unknown,
}

impl Peer {
    /// By what the server has put into a request's extensions.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use axum::extract::ConnectInfo;
    /// use axum::http::Extensions;
    /// use tegata_axum::client_address::Peer;
    ///
    /// let mut extensions = Extensions::new();
    /// assert_eq!(Peer::of(&extensions), Peer::Unknown);
    ///
    /// let address: SocketAddr = "127.0.0.1:4711".parse().unwrap();
    /// extensions.insert(ConnectInfo(address));
    /// assert_eq!(Peer::of(&extensions), Peer::Address(address));
    /// ```
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        if let Some(ConnectInfo(address)) = extensions.get::<ConnectInfo<SocketAddr>>() {
            return Self::Address(*address);
        }
        #[cfg(unix)]
        if extensions.get::<ConnectInfo<UnixPeer>>().is_some() {
            return Self::Unix;
        }
        Self::Unknown
    }

    pub(super) fn is_known(self) -> bool {
        self != Self::Unknown
    }

    /// The address, if it has one. A server that listens on `[::]` sees those of IPv4 as mapped into
    /// IPv6, which the engine takes for what they are.
    pub(super) fn address(self) -> Option<String> {
        match self {
            Self::Address(address) => Some(address.ip().to_string()),
            Self::Unix | Self::Unknown => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// What a router on a Unix socket is served with:
/// `router.into_make_service_with_connect_info::<UnixPeer>()`.
///
/// ```no_run
/// use axum::Router;
/// use tegata_axum::client_address::UnixPeer;
///
/// # async fn example() -> std::io::Result<()> {
/// let listener = tokio::net::UnixListener::bind("/run/shop.sock")?;
/// let service = Router::<()>::new().into_make_service_with_connect_info::<UnixPeer>();
/// axum::serve(listener, service).await
/// # }
/// ```
#[cfg(unix)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnixPeer;

#[cfg(unix)]
impl
    axum::extract::connect_info::Connected<
        axum::serve::IncomingStream<'_, tokio::net::UnixListener>,
    > for UnixPeer
{
    fn connect_info(_: axum::serve::IncomingStream<'_, tokio::net::UnixListener>) -> Self {
        Self
    }
}
