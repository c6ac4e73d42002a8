//! One GET, bounded in size, that follows nobody anywhere.

use std::time::Duration;

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::{Client, Url};

use super::address::host;
use super::freshness::stated_pause;

/// Why nothing usable was fetched: text that names the host and says why, and holds no body.
#[derive(Clone, Debug)]
pub(super) struct FetchError {
    pub(super) why: String,
    pub(super) status: Option<StatusCode>,
    pub(super) pause: Option<Duration>,
}

impl FetchError {
    pub(super) fn new(url: &Url, why: &str) -> Self {
        Self::of(format!("{} {why}", host(url)))
    }

    pub(super) fn of(why: String) -> Self {
        Self { why, status: None, pause: None }
    }

    pub(super) fn nowhere() -> Self {
        Self::of("there is no address to fetch from".to_owned())
    }
}

/// What was answered; no body if what the `ETag` names is still right (RFC 9110 section 15.4.5).
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
}

pub(super) async fn get(
    client: &Client,
    url: &Url,
    max_bytes: usize,
    etag: Option<&HeaderValue>,
) -> Result<Answer, FetchError> {
    let mut request = client
        .get(url.clone())
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(ACCEPT_ENCODING, "identity");
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let mut response = request.send().await.map_err(|error| FetchError::new(url, why(&error)))?;
    let (status, headers) = (response.status(), response.headers().clone());
    if status == StatusCode::NOT_MODIFIED && etag.is_some() {
        return Ok(Answer { headers, body: None });
    }
    if status.is_redirection() {
        let why = "redirects elsewhere, which is not followed; hint: give that URL";
        return Err(FetchError::new(url, why));
    }
    if status != StatusCode::OK {
        let error = FetchError::new(url, &format!("answered with status {}", status.as_u16()));
        return Err(FetchError { status: Some(status), pause: stated_pause(&headers), ..error });
    }
    // A few bytes can be the compressed form of very many.
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|it| !it.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(FetchError::new(url, "answered in an encoding that was not asked for"));
    }
    let mut body = Vec::new();
    while let Some(piece) =
        response.chunk().await.map_err(|error| FetchError::new(url, why(&error)))?
    {
        if body.len() + piece.len() > max_bytes {
            return Err(FetchError::new(
                url,
                &format!("answered with more than {max_bytes} bytes"),
            ));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { headers, body: Some(body) })
}

// Its own text would hold the URL, whose query may be a key to the API.
fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "could not be reached, or has a certificate that was not accepted"
    } else {
        "broke the connection, or answered something that is not HTTP"
    }
}
