//! Calling a hook: a POST to an address, or a command with the same on its standard input.

use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::Value;
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::config::{ConfigError, Hook, Hooks, files};

// Each may be a process.
const AT_ONCE: usize = 8;
/// Names the moment and the HMAC of a body.
pub(super) const SIGNATURE: &str = "tegata-signature";

/// Why a hook cannot be called, or what it said.
#[derive(Debug, Error)]
pub(crate) enum HookError {
    /// The secret is not there.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It says no.
    #[error("the hook said no")]
    Refused,
    /// It did not answer, or there was no turn for it.
    #[error("the hook could not be asked: {0}")]
    Failed(String),
}

/// A hook that can be called; cloning shares its turns.
#[derive(Clone)]
pub(crate) struct Hooked {
    hook: Hook,
    timeout: Duration,
    secret: Option<Arc<hmac::Key>>,
    client: reqwest::Client,
    turns: Arc<Semaphore>,
}

impl Hooked {
    pub(super) fn new(hook: &Hook, hooks: &Hooks) -> Result<Self, HookError> {
        let secret = hooks.secret_file.as_deref().map(|path| {
            let wrong = |problem| ConfigError::new(path.display().to_string(), problem);
            let text = files::read_secret(path).map_err(wrong)?;
            let secret = text.trim_end_matches(['\r', '\n']).as_bytes();
            if secret.len() < 32 {
                let problem = "a secret of hooks has 32 bytes at least".to_owned();
                return Err(wrong(problem).hint("make one by `openssl rand -hex 32`"));
            }
            Ok(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
        });
        // Where an answer redirects to was not configured.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tegata/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| HookError::Failed(error.to_string()))?;
        Ok(Self {
            hook: hook.clone(),
            timeout: hooks.timeout,
            secret: secret.transpose()?,
            client,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Hands over an event at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// [`HookError::Refused`] if it says no, or [`HookError::Failed`].
    pub(super) async fn call(&self, event: &Value, now: i64) -> Result<(), HookError> {
        let call = async {
            let _turn = self.turns.acquire().await.map_err(failed)?;
            let body = event.to_string();
            match &self.hook {
                Hook::Url(url) => self.post(url, body, now).await,
                Hook::Command(words) => self.run(words, body, now).await,
            }
        };
        match tokio::time::timeout(self.timeout, call).await {
            Ok(said) => said,
            Err(_) => Err(HookError::Failed("it took too long".to_owned())),
        }
    }

    async fn post(&self, url: &str, body: String, now: i64) -> Result<(), HookError> {
        let mut request = self.client.post(url).header("content-type", "application/json");
        if let Some(signature) = self.signature(&body, now) {
            request = request.header(SIGNATURE, signature);
        }
        let sent = request.body(body).send().await.map_err(unsent)?;
        match sent.status() {
            status if status.is_success() => Ok(()),
            status if status.is_client_error() => Err(HookError::Refused),
            status => Err(HookError::Failed(format!("it answered {status}"))),
        }
    }

    async fn run(&self, words: &[String], body: String, now: i64) -> Result<(), HookError> {
        let (program, arguments) = words.split_first().ok_or(HookError::Refused)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        if let Some(signature) = self.signature(&body, now) {
            command.env("TEGATA_SIGNATURE", signature);
        }
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read is asked all the same.
            let _unread = stdin.write_all(body.as_bytes()).await;
        }
        let status = child.wait().await.map_err(failed)?;
        match status.code() {
            Some(0) => Ok(()),
            Some(_) => Err(HookError::Refused),
            None => Err(HookError::Failed(status.to_string())),
        }
    }

    /// `t=MOMENT,v1=HMAC`, of the moment, a point and the body: nobody else can make one, and an
    /// old one is told by its moment.
    fn signature(&self, body: &str, now: i64) -> Option<String> {
        let secret = self.secret.as_ref()?;
        let tag = hmac::sign(secret, format!("{now}.{body}").as_bytes());
        let mut signature = format!("t={now},v1=");
        for byte in tag.as_ref() {
            let _infallible = write!(signature, "{byte:02x}");
        }
        Some(signature)
    }
}

/// Why a POST came to nothing, cause by cause and without its address, which may hold a secret.
fn unsent(error: reqwest::Error) -> HookError {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let _infallible = write!(said, ": {error}");
        cause = error.source();
    }
    HookError::Failed(said)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: impl ToString) -> HookError {
    HookError::Failed(error.to_string())
}
