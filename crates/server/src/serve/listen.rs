//! Where the server listens.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::config::Listen;

/// Why an address cannot be listened at.
#[derive(Debug, Error)]
#[error("cannot listen at {address}: {source}\nhint: {}", self.hint())]
pub(crate) struct ListenError {
    address: Listen,
    source: io::Error,
}

impl ListenError {
    fn hint(&self) -> &'static str {
        match (self.source.kind(), &self.address) {
            (io::ErrorKind::AddrInUse, Listen::Tcp(_)) => {
                "another program has this port; end it, or choose another by `--listen`"
            }
            (io::ErrorKind::AddrInUse, Listen::Unix(_)) => {
                "another server listens there, or a file of this name is no socket; choose \
                 another by `--listen`"
            }
            (io::ErrorKind::PermissionDenied, Listen::Tcp(_)) => {
                "ports below 1024 are for root; choose another by `--listen` and have a proxy \
                 forward to it"
            }
            (io::ErrorKind::AddrNotAvailable, _) => {
                "no interface of this machine has this address; 127.0.0.1 is for this machine \
                 alone, 0.0.0.0 for all interfaces"
            }
            _ => "see that the address is right, and that this account may use it",
        }
    }
}

/// What accepts connections.
pub(crate) enum Listener {
    /// From a network.
    Tcp(TcpListener, SocketAddr),
    /// From this machine.
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Begins to listen.
    pub(crate) async fn bind(address: &Listen) -> Result<Self, ListenError> {
        let bound = match address {
            Listen::Tcp(address) => bind_tcp(*address).await,
            Listen::Unix(path) => bind_unix(path).await,
        };
        bound.map_err(|source| ListenError { address: address.clone(), source })
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(_, address) => write!(formatter, "http://{address}"),
            Self::Unix(_, SocketFile(path)) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

async fn bind_tcp(address: SocketAddr) -> io::Result<Listener> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok(Listener::Tcp(listener, bound))
}

async fn bind_unix(path: &Path) -> io::Result<Listener> {
    let listener = match UnixListener::bind(path) {
        // A server that was killed leaves its socket behind; one that runs answers at it.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_left_behind(path).await => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    Ok(Listener::Unix(listener, SocketFile(path.to_owned())))
}

async fn is_left_behind(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    is_socket
        && UnixStream::connect(path)
            .await
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The file of a socket, which goes with its server.
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}
