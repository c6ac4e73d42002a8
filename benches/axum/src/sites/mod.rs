//! The sites that are measured: one protected route each, with the same answer.

mod axum_login;
mod bare;
mod jsonwebtoken;
mod tegata;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use ::axum::Router;
use clap::ValueEnum;

use crate::Outcome;
use crate::process::Ready;

/// Who logs in.
pub(crate) const USERNAME: &str = "ada";
/// With what.
pub(crate) const PASSWORD: &str = "a long secret";

/// The answer of the protected route.
const ANSWER: &str = r#"{"answer": "hello"}"#;

/// A way to protect a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Site {
    /// Not at all.
    Bare,
    /// Tegata, by the session's row.
    Request,
    /// Tegata, by the session's row in the cache.
    Cache,
    /// Tegata, by the user's row.
    User,
    /// Tegata, by the token alone, with sessions.
    Refresh,
    /// Tegata, by the token alone, without sessions.
    Off,
    /// A middleware over `jsonwebtoken`, written by hand.
    Jsonwebtoken,
    /// `axum-login`, its sessions in the database.
    AxumLogin,
    /// Tegata as it comes, with real password hashes.
    Flooded,
}

impl Site {
    /// Those of the table.
    pub(crate) const ALL: &[Self] = &[
        Self::Bare,
        Self::Request,
        Self::Cache,
        Self::User,
        Self::Refresh,
        Self::Off,
        Self::Jsonwebtoken,
        Self::AxumLogin,
    ];

    /// For the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Request => "request",
            Self::Cache => "cache",
            Self::User => "user",
            Self::Refresh => "refresh",
            Self::Off => "off",
            Self::Jsonwebtoken => "jsonwebtoken",
            Self::AxumLogin => "axum-login",
            Self::Flooded => "flooded",
        }
    }

    /// For people.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Bare => "bare".to_owned(),
            Self::Jsonwebtoken => "jsonwebtoken, by hand".to_owned(),
            Self::AxumLogin => "axum-login".to_owned(),
            _ => format!("tegata, \"{}\"", self.name()),
        }
    }

    /// What part of the bare route's throughput it has to reach.
    pub(crate) fn wanted(self) -> Option<f64> {
        match self {
            Self::Refresh => Some(0.95),
            Self::Cache => Some(0.90),
            _ => None,
        }
    }
}

/// Serves a site until standard input ends.
pub(crate) async fn serve(site: Site, database: &str, sessions: usize) -> Outcome<()> {
    let (app, headers) = match site {
        Site::Bare => bare::site().await?,
        Site::Jsonwebtoken => jsonwebtoken::site()?,
        Site::AxumLogin => axum_login::site(database).await?,
        _ => tegata::site(site, database, sessions).await?,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let ready = Ready { address: listener.local_addr()?, headers };
    println!("{}", serde_json::to_string(&ready)?);
    std::io::stdout().flush()?;
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = end.send(());
    });
    let listener = ::axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    // All know who connects, as sites with limits for addresses do.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = async { ::axum::serve(listener, app).await } => served?,
        _ = ended => {}
    }
    Ok(())
}

type Built = (Router, Vec<String>);
