//! Rows of sessions that nothing can use any more.

use std::time::Duration;

use tegata_sqlx::Purge;

use super::App;

const EVERY: Duration = Duration::from_hours(1);

/// Removes them at the start and then every hour, in small batches with pauses that others can work
/// in. Nothing fails because of it.
pub(crate) async fn follow(app: App) {
    let Some(retention) = app.config.session_retention else { return };
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let engine = app.auth.engine();
        let purge = Purge { engine: &engine, now: app.auth.now(), retention, pauses: true };
        match app.rows().purge(purge, |_| {}).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old rows of sessions and logins were removed"),
            Err(error) => tracing::warn!(%error, "old rows could not be removed"),
        }
    }
}
