//! What tells the server to end.

use std::io;

use tokio::signal::unix::{SignalKind, signal as listen_for};

/// Ends when the process is told to: by SIGTERM, as service managers do, or by Ctrl-C. A second
/// one ends it at once.
///
/// # Errors
/// Signals cannot be heard.
pub(crate) fn signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    Ok(async move {
        let name = next(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "told to end");
        tokio::spawn(async move {
            let name = next(&mut terminate, &mut interrupt).await;
            tracing::warn!(signal = name, "told again: ending at once");
            std::process::exit(130);
        });
    })
}

type Signal = tokio::signal::unix::Signal;

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
