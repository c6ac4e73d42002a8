//! What has begun, and must not end with the connection of who asked for it.

use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

/// Waits for `work`, which goes on if nobody waits for it any more: a server drops what answers a
/// request once its client has hung up.
pub(crate) async fn finished<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work.in_current_span().with_current_subscriber()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is about to end, and nobody can be answered any more.
            Err(_) => std::future::pending().await,
        },
    }
}
