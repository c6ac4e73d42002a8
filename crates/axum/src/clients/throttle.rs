use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::http::{Extensions, HeaderMap};

/// What a [`ClientThrottle`] answers.
pub type ThrottleFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Somebody who says to be a client.
#[derive(Clone, Copy)]
pub struct ClientAttempt<'a> {
    /// Who, which is what the request says: any text, of any client or of none.
    pub client_id: &'a str,
    /// The headers of the request.
    pub headers: &'a HeaderMap,
    /// What layers have noted about it, such as the address of the connection.
    pub extensions: &'a Extensions,
}

// The secret stands in a header.
impl fmt::Debug for ClientAttempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client_id = &self.client_id;
        formatter
            .debug_struct("ClientAttempt")
            .field("client_id", client_id)
            .finish_non_exhaustive()
    }
}

/// Slows down who guesses the secrets of clients.
///
/// None can be guessed, since all are of 32 random bytes; what it saves is work.
pub trait ClientThrottle: Send + Sync {
    /// Counts an attempt before it is looked at; says how long to wait if it is one too many.
    fn count<'a>(&'a self, attempt: ClientAttempt<'a>) -> ThrottleFuture<'a, Result<(), Duration>>;

    /// Takes back one that was right.
    fn give_back<'a>(&'a self, attempt: ClientAttempt<'a>) -> ThrottleFuture<'a, ()>;
}
