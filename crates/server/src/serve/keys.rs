//! Keys that are replaced while the server runs.

use std::path::PathBuf;
use std::time::SystemTime;

use super::App;
use crate::config::Config;

/// What a change of the files of keys changes, and what a mend of their modes does.
pub(crate) type Stamp = Vec<Option<(SystemTime, u64, i64)>>;

/// Looks at the files of keys now and then, and goes on with what they hold. A file that cannot
/// be read any more changes nothing but the log. `read` is the stamp of before the keys of now were
/// read, so that no change is missed.
pub(crate) async fn follow(app: App, read: Stamp) {
    let mut interval = tokio::time::interval(app.config.rotation().reload_interval);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen = read;
    loop {
        interval.tick().await;
        let now = stamp(&app.config);
        if now == seen {
            continue;
        }
        match app.config.engine() {
            Ok(engine) => {
                app.auth.replace_engine(engine);
                tracing::info!("the keys were replaced by those that their file holds now");
            }
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read again; the old ones stay");
            }
        }
        seen = now;
    }
}

/// How the files of keys are now.
pub(crate) fn stamp(config: &Config) -> Stamp {
    let look = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        // Of the inode, whose change a new mode is as well.
        let changed = std::os::unix::fs::MetadataExt::ctime(&metadata);
        Some((metadata.modified().ok()?, metadata.len(), changed))
    };
    config.key_files().iter().map(look).collect()
}
