//! The server: what it listens at, what answers there, and how it ends.

mod answers;
mod app;
mod auth;
mod connections;
mod docs;
mod health;
mod hooks;
mod keys;
mod limits;
mod listen;
mod logging;
mod metrics;
mod pages;
mod request_id;
mod retention;
mod services;
mod stop;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tegata::{Cookies, Transport};
use tegata_axum::Auth;
use tegata_axum::session_cache::Cached;
use tegata_axum::throttle::Throttle;
use tegata_sqlx::{ConnectError, SqlxStore, StoreError};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::commands::time;
use crate::config::{Config, ConfigError};
use crate::demo;

use limits::Limits;
use listen::{ListenError, Listener};
use metrics::Metrics;

/// Why the server does not start.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// A file or a value of the configuration is not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The demo's users cannot be made.
    #[error(
        "the demo's users cannot be made: {0}\nhint: give the demo a database of its own by `--database`"
    )]
    Demo(#[from] demo::SeedError),
    /// A hook cannot be called.
    #[error(transparent)]
    Hook(#[from] hooks::HookError),
    /// The address cannot be listened at.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The filter of the log is none.
    #[error(
        "`log_filter` is none: {0}\nhint: write a level, or targets and levels such as `info,tegata=debug`"
    )]
    Log(String),
    /// Signals cannot be heard.
    #[error("the signals that end the server cannot be heard: {0}")]
    Signal(std::io::Error),
}

/// What handlers share; cloning it is cheap.
#[derive(Clone)]
pub(crate) struct App {
    /// The engine and the rows.
    pub(crate) auth: Auth<Cached<SqlxStore>>,
    /// What the server was told.
    pub(crate) config: Arc<Config>,
    /// Bounds.
    pub(crate) limits: Arc<Limits>,
    /// Numbers.
    pub(crate) metrics: Metrics,
    /// How often somebody may guess.
    pub(crate) throttle: Throttle,
    /// Places for password resets that are under way.
    pub(crate) resets: Arc<Semaphore>,
}

impl App {
    /// Where the auth routes are: the page of the demo expects them below `/api/`.
    pub(crate) fn prefix(&self) -> &str {
        if self.config.demo { demo::PREFIX } else { &self.config.prefix }
    }

    /// The rows, for what no cache has to hear of.
    pub(crate) fn rows(&self) -> &SqlxStore {
        self.auth.store().store()
    }

    /// How tokens travel. The page of the demo lives by cookies, and Swagger by the header.
    pub(crate) fn transport(&self) -> Transport {
        auth::transport(&self.config)
    }

    /// What the cookies are called.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) fn cookies(&self) -> Result<Cookies, ConfigError> {
        Cookies::new(auth::cookies(&self.config))
            .map_err(|error| ConfigError::new("cookies", error.to_string()))
    }
}

/// Serves until a signal ends it.
///
/// # Errors
/// [`ServeError`]: it has not begun.
pub(crate) async fn run(config: Config) -> Result<(), ServeError> {
    logging::begin(&config).map_err(ServeError::Log)?;
    let stop = stop::signal().map_err(ServeError::Signal)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let read = keys::stamp(&config);
    let engine = config.engine()?;
    // Before the database is touched: a second server must not migrate what the first one uses.
    let listener = Listener::bind(&config.listen).await?;
    let store = SqlxStore::connect_with(config.database.expose(), config.store_options()).await?;
    let seeded = if config.demo { Some(demo::seed(&store, time::now()).await?) } else { None };
    let throttle = auth::throttle(&config);
    let app = App {
        auth: auth::auth(&config, engine, store.clone(), throttle.clone(), seeded)?,
        limits: Arc::new(Limits::new(&config)),
        metrics: Metrics::new(),
        config: Arc::new(config),
        throttle,
        resets: Arc::new(Semaphore::new(hooks::RESETS as usize)),
    };
    let place = listener.to_string();
    let helpers = [
        tokio::spawn(app.metrics.clone().keep_up()),
        tokio::spawn(keys::follow(app.clone(), read)),
        tokio::spawn(retention::follow(app.clone())),
    ];
    let routes = app::routes(&app)?;
    // Programs read this line; all else goes to the log.
    println!("listening on {place}");
    tracing::info!(%place, database = %app.config.database, "listening");
    if app.config.demo {
        tracing::info!(
            "`tegata demo code` prints the code that the demo's user `otp` is asked for"
        );
    }
    let (limits, resets) = (Arc::clone(&app.limits), Arc::clone(&app.resets));
    drop(app);
    connections::serve(listener, routes, &limits, stop).await;
    // Users were told that they will hear of it.
    let all = resets.acquire_many(hooks::RESETS);
    if tokio::time::timeout(limits.shutdown, all).await.is_err() {
        tracing::warn!("password resets were still under way when their time was up");
    }
    for helper in helpers {
        helper.abort();
    }
    // Whoever did not end in time holds a connection that nobody waits for.
    let _ended = tokio::time::timeout(limits.health, store.close()).await;
    tracing::info!("stopped");
    Ok(())
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Connect(ConnectError::Database(error))
    }
}
