//! Keys that are replaced while the server runs.

use std::time::SystemTime;

use super::App;

type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Looks at the files of keys now and then, and goes on with what they hold. A file that cannot
/// be read any more changes nothing but the log.
pub(crate) async fn follow(app: App) {
    let mut interval = tokio::time::interval(app.config.rotation().reload_interval);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen = stamp(&app);
    loop {
        interval.tick().await;
        let now = stamp(&app);
        if now == seen {
            continue;
        }
        match app.config.engine() {
            Ok(engine) => {
                app.auth.replace_engine(engine);
                tracing::info!("the keys were replaced by those that their file holds now");
                seen = now;
            }
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read again; the old ones stay");
                seen = now;
            }
        }
    }
}

fn stamp(app: &App) -> Stamp {
    let look = |path: &std::path::PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    app.config.key_files().iter().map(look).collect()
}
