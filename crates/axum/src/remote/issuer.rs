use std::fmt;
use std::sync::Arc;

use reqwest::redirect;
use tegata::{ExternalClaims, ExternalIssuer, ExternalPolicy, ExternalPolicyError, ExternalUnread};
use tegata::{KeySet, Timestamp};

use super::address::checked;
use super::cache::KeyCache;
use super::discovery::document_urls;
use super::source::Source;
use super::{AddressError, Discovery, FetchOptions};

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Where its metadata says, which is found by its name.
    Discover(Discovery),
    /// Where its metadata says, which is at this URL.
    Metadata(String),
    /// At this URL.
    Jwks(String),
}

impl Default for KeySource {
    fn default() -> Self {
        Self::Discover(Discovery::default())
    }
}

/// Another issuer: what its tokens must say, and its keys. Cloning it is cheap, and clones share
/// the keys.
///
/// ```
/// use tegata::ExternalPolicy;
/// use tegata_axum::remote::{FetchOptions, KeySource, RemoteIssuer};
///
/// let shop = RemoteIssuer::new(
///     ExternalPolicy {
///         issuer: "https://login.example/realms/shop".to_owned(),
///         audience: vec!["shop-api".to_owned()],
///         untyped: true,
///         ..ExternalPolicy::default()
///     },
///     &KeySource::default(),
///     FetchOptions::default(),
/// )?;
/// assert_eq!(shop.name(), "https://login.example/realms/shop");
/// # Ok::<(), tegata_axum::remote::RemoteIssuerError>(())
/// ```
#[derive(Clone)]
pub struct RemoteIssuer {
    inner: Arc<Inner>,
}

struct Inner {
    rules: ExternalIssuer,
    keys: KeyCache,
    options: FetchOptions,
}

/// An issuer that cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteIssuerError {
    /// Its policy cannot be.
    #[error("the issuer {0}")]
    Policy(#[from] ExternalPolicyError),
    /// Its keys may not be fetched from there.
    #[error("the issuer's address: {0}")]
    Address(#[from] AddressError),
    /// `timeout` or `max_bytes` is none at all, or `min_lifetime` is more than `max_lifetime`.
    #[error("`{0}` cannot be what it is")]
    Option(&'static str),
    /// There is no client to fetch with.
    #[error("no client could be made to fetch keys with: {0}")]
    Client(reqwest::Error),
}

/// There is no key set to verify with: none was ever fetched, or the last one is too old. It says
/// nothing about the token: answer 503, not 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no keys to verify with: {why}")]
pub struct KeysUnavailable {
    pub(super) why: String,
    /// Whole seconds until it is worth asking again; at least 1.
    pub retry_after: u64,
}

/// Why a token was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteUnread {
    /// It is not good.
    Unread(ExternalUnread),
    /// Nobody can say now.
    Unavailable(KeysUnavailable),
}

impl RemoteIssuer {
    /// Checks that the issuer can be; nothing is fetched yet.
    ///
    /// # Errors
    /// [`RemoteIssuerError`] for the first thing that cannot be.
    pub fn new(
        policy: ExternalPolicy,
        source: &KeySource,
        options: FetchOptions,
    ) -> Result<Self, RemoteIssuerError> {
        let rules = ExternalIssuer::new(policy)?;
        for (name, is_wrong) in [
            ("timeout", options.timeout.is_zero()),
            ("max_bytes", options.max_bytes == 0),
            ("min_lifetime", options.min_lifetime > options.max_lifetime),
        ] {
            if is_wrong {
                return Err(RemoteIssuerError::Option(name));
            }
        }
        let client = client(&options).map_err(RemoteIssuerError::Client)?;
        let (name, given) = (rules.name().to_owned(), options.clone());
        let allow_http = options.allow_http;
        let source = match source {
            KeySource::Discover(discovery) => {
                let documents = document_urls(&name, *discovery, allow_http)?;
                Source::by_metadata(client, name, given, documents)
            }
            KeySource::Metadata(url) => {
                let documents = vec![checked(url, allow_http)?];
                Source::by_metadata(client, name, given, documents)
            }
            KeySource::Jwks(url) => Source::at(client, name, given, checked(url, allow_http)?),
        };
        let keys = KeyCache::new(source, options.clone());
        Ok(Self { inner: Arc::new(Inner { rules, keys, options }) })
    }

    /// What its tokens have for `iss`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.rules.name()
    }

    /// Whether a token with this `iss` would be of this issuer.
    #[must_use]
    pub fn is_named(&self, iss: &str) -> bool {
        self.inner.rules.is_named(iss)
    }

    /// Fetches the keys if none are at hand, for a start that is to fail early.
    ///
    /// # Errors
    /// [`KeysUnavailable`].
    pub async fn prepare(&self) -> Result<(), KeysUnavailable> {
        self.inner.keys.keys().await.map(|_| ())
    }

    /// Reads a token of this issuer; see [`ExternalIssuer::read`]. To be called in a Tokio runtime.
    ///
    /// # Errors
    /// [`RemoteUnread`].
    pub async fn verify(
        &self,
        now: Timestamp,
        token: &str,
    ) -> Result<ExternalClaims, RemoteUnread> {
        let Inner { keys: cache, .. } = &*self.inner;
        let keys = cache.keys().await.map_err(RemoteUnread::Unavailable)?;
        let unread = match self.read(now, token, &keys) {
            Ok(claims) => return Ok(claims),
            Err(unread) if unread.misses_key => unread,
            Err(unread) => return Err(RemoteUnread::Unread(unread)),
        };
        if let Some(newer) = cache.newer_than(&keys).await {
            return self.read(now, token, &newer).map_err(RemoteUnread::Unread);
        }
        // While it cannot be asked, nobody knows whether it has a key of that name by now.
        Err(cache.trouble().map_or(RemoteUnread::Unread(unread), RemoteUnread::Unavailable))
    }

    fn read(
        &self,
        now: Timestamp,
        token: &str,
        keys: &KeySet,
    ) -> Result<ExternalClaims, ExternalUnread> {
        let Inner { rules, options, .. } = &*self.inner;
        rules.read(now, options.leeway, token, keys, &options.limits)
    }

    pub(super) fn options(&self) -> &FetchOptions {
        &self.inner.options
    }
}

impl fmt::Debug for RemoteIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RemoteIssuer").field(&self.name()).finish()
    }
}

fn client(options: &FetchOptions) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder();
    let builder = match &options.configure {
        Some(configure) => configure(builder),
        None => builder,
    };
    builder
        .redirect(redirect::Policy::none())
        .timeout(options.timeout)
        .https_only(!options.allow_http)
        .build()
}
