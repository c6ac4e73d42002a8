//! Where key sets come from: a URL, or what an issuer's metadata names.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::{AGE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::{Client, Url};
use tegata::KeySet;

use super::FetchOptions;
use super::discovery::jwks_url;
use super::freshness::stated_lifetime;
use super::http::{Answer, FetchError, get};

/// A good key set, and for how long its answer says that it stays fresh.
pub(super) struct Fetched {
    pub(super) keys: Arc<KeySet>,
    pub(super) lifetime: Option<Duration>,
}

/// What keys are fetched from, by one at a time.
pub(super) struct Source {
    client: Client,
    issuer: String,
    options: FetchOptions,
    /// Where the metadata may stand; none if the keys' own address is known.
    documents: Vec<Url>,
    named: Option<KeysAt>,
    good_until: Option<Instant>,
}

/// The key set that stands at a URL (RFC 7517 section 5).
struct KeysAt {
    url: Url,
    tagged: Option<Tagged>,
}

struct Tagged {
    etag: HeaderValue,
    keys: Arc<KeySet>,
    headers: HeaderMap,
}

impl Source {
    pub(super) fn at(client: Client, issuer: String, options: FetchOptions, url: Url) -> Self {
        let named = Some(KeysAt { url, tagged: None });
        Self { client, issuer, options, documents: Vec::new(), named, good_until: None }
    }

    pub(super) fn by_metadata(
        client: Client,
        issuer: String,
        options: FetchOptions,
        documents: Vec<Url>,
    ) -> Self {
        Self { client, issuer, options, documents, named: None, good_until: None }
    }

    /// Where it begins.
    pub(super) fn url(&self) -> Option<&Url> {
        self.documents.first().or_else(|| self.named.as_ref().map(|named| &named.url))
    }

    pub(super) async fn fetch(&mut self) -> Result<Fetched, FetchError> {
        let is_known = self.documents.is_empty()
            || self.good_until.is_some_and(|until| (self.options.clock)() < until);
        if !is_known {
            self.look_up().await?;
        }
        let Self { client, issuer, options, named, .. } = self;
        let Some(named) = named else { return Err(FetchError::nowhere()) };
        let fetched = named.fetch(client, issuer, options.max_bytes).await;
        if fetched.is_err() {
            // The keys may have moved.
            self.good_until = None;
        }
        fetched
    }

    async fn look_up(&mut self) -> Result<(), FetchError> {
        let asked_at = (self.options.clock)();
        let (found_at, answer) = self.metadata().await?;
        let document = answer.body.unwrap_or_default();
        let url = jwks_url(&document, &self.issuer, &found_at, self.options.allow_http)?;
        if self.named.as_ref().is_none_or(|named| named.url != url) {
            self.named = Some(KeysAt { url, tagged: None });
        }
        let lifetime = self.options.lifetime(stated_lifetime(&answer.headers));
        self.good_until = Some(asked_at + lifetime);
        Ok(())
    }

    async fn metadata(&self) -> Result<(Url, Answer), FetchError> {
        const NOT_THERE: [StatusCode; 3] =
            [StatusCode::NOT_FOUND, StatusCode::GONE, StatusCode::FORBIDDEN];
        let (client, max_bytes) = (&self.client, self.options.max_bytes);
        let (last, others) = self.documents.split_last().ok_or_else(FetchError::nowhere)?;
        for url in others {
            match get(client, url, max_bytes, None).await {
                // Only an issuer that is up and has no such document is asked for the other.
                Err(error) if error.status.is_some_and(|it| NOT_THERE.contains(&it)) => {}
                answer => return answer.map(|answer| (url.clone(), answer)),
            }
        }
        let answer = get(client, last, max_bytes, None).await?;
        Ok((last.clone(), answer))
    }
}

impl KeysAt {
    async fn fetch(
        &mut self,
        client: &Client,
        issuer: &str,
        max_bytes: usize,
    ) -> Result<Fetched, FetchError> {
        let etag = self.tagged.as_ref().map(|tagged| &tagged.etag);
        let answer = get(client, &self.url, max_bytes, etag).await?;
        let (keys, headers) = match (answer.body, self.tagged.take()) {
            (None, Some(tagged)) => {
                // What the short answer leaves out stays as it was (RFC 9111 section 4.3.4), but
                // for how long ago the first one was made.
                let mut headers = tagged.headers;
                headers.remove(AGE);
                headers.extend(answer.headers);
                (tagged.keys, headers)
            }
            (body, _) => (Arc::new(self.read(&body.unwrap_or_default(), issuer)?), answer.headers),
        };
        let lifetime = stated_lifetime(&headers);
        self.tagged = headers.get(ETAG).cloned().map(|etag| {
            let keys = Arc::clone(&keys);
            Tagged { etag, keys, headers }
        });
        Ok(Fetched { keys, lifetime })
    }

    fn read(&self, body: &[u8], issuer: &str) -> Result<KeySet, FetchError> {
        let unusable = || FetchError::new(&self.url, "answered with a key set that cannot be used");
        let json = str::from_utf8(body).map_err(|_| unusable())?;
        // The error's own text may name a key by what the body calls it.
        KeySet::from_jwks_of(json, issuer).map_err(|_| unusable())
    }
}
