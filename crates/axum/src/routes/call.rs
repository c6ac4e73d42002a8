//! What all auth routes have in common: media type, body, error shape, cookies.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tegata::{Engine, Refusal, Tenant, Timestamp, Tokens, Transport};
use zeroize::Zeroizing;

use crate::bodies::{self, CookieSchema, TokenSchema};
use crate::drain::drain;
use crate::options::Site;
use crate::{Auth, Failure, LoginRequest, UserStore, cookies};

/// The longest body that is looked at.
const MOST: usize = 1 << 20;

/// One request of an auth route.
pub(crate) struct Call<S> {
    pub(crate) auth: Auth<S>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) now: Timestamp,
    pub(crate) parts: Parts,
    body: Read,
}

/// What a route answers.
pub(crate) type Outcome = Result<Reply, Refused>;

/// A yes, and what it does with the cookies.
pub(crate) struct Reply {
    response: Response,
    cookies: Cookies,
}

/// A no, and whether the cookies that it is about are worth nothing any more.
pub(crate) struct Refused {
    pub(crate) failure: Failure,
    clears: bool,
}

enum Cookies {
    Keep,
    Set(Box<Tokens>),
    Clear,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, clears: false }
    }
}

impl Refused {
    /// A refusal of a token that came in a cookie. If that will never get anything else, it goes.
    pub(crate) fn of_token(failure: Failure, by_cookie: bool) -> Self {
        let is_over = matches!(
            failure.refusal(),
            Refusal::ExpiredToken
                | Refusal::InvalidToken
                | Refusal::InvalidTokenType
                | Refusal::InvalidUser
                | Refusal::SessionExpired
                | Refusal::SessionNotFound
                | Refusal::TokenReuseDetected
        );
        Self { clears: by_cookie && is_over, failure }
    }
}

impl Reply {
    /// A body, with 200.
    pub(crate) fn json(body: impl Serialize) -> Self {
        Self::of(Json(body).into_response())
    }

    pub(crate) fn of(response: Response) -> Self {
        Self { response, cookies: Cookies::Keep }
    }

    /// Nothing but 200.
    pub(crate) fn done() -> Self {
        Self::of(StatusCode::OK.into_response())
    }

    /// The same with the cookies cleared, if they are to be.
    pub(crate) fn clearing(self, clears: bool) -> Self {
        if clears { Self { cookies: Cookies::Clear, ..self } } else { self }
    }

    /// Hands out tokens: in the body, or in cookies and without them.
    pub(crate) fn tokens(site: &Site, tokens: Tokens, by_cookie: bool) -> Self {
        if !by_cookie {
            let Tokens { access_token, refresh_token, .. } = tokens;
            return Self::json(TokenSchema { access_token, refresh_token });
        }
        let response = if site.transport == Transport::Header {
            let access_token = tokens.access_token.clone();
            Json(TokenSchema { access_token, refresh_token: None }).into_response()
        } else {
            Json(CookieSchema::of(&tokens)).into_response()
        };
        Self { response, cookies: Cookies::Set(Box::new(tokens)) }
    }
}

/// Asks a route, and does to its answer what it says of the cookies.
pub(crate) async fn answer<S: UserStore, F: Future<Output = Outcome>>(
    auth: Auth<S>,
    request: Request,
    depth: usize,
    handler: impl Fn(Call<S>) -> F,
) -> Response {
    let (parts, body) = request.into_parts();
    let original = parts.extensions.get::<OriginalUri>().map(|OriginalUri(uri)| uri.clone());
    let path = original.as_ref().unwrap_or(&parts.uri).path().to_owned();
    let body = read_body(body).await;
    // Only now: by the time at which a slow body began, an old token would still be good.
    let (engine, now) = (auth.engine(), auth.now());
    let call = Call { auth: auth.clone(), engine, now, parts, body };
    let outcome = handler(call).await;

    let site = auth.site();
    let path = site.refresh_cookie_path.clone().unwrap_or_else(|| below(&path, depth));
    let (mut response, what) = match outcome {
        Ok(Reply { response, cookies }) => (response, cookies),
        Err(Refused { failure, clears }) => {
            tracing::info!(code = failure.refusal().code(), "an auth route refuses");
            let failure = failure.by(&site.schemes);
            (failure.into_response(), if clears { Cookies::Clear } else { Cookies::Keep })
        }
    };
    match what {
        Cookies::Keep => {}
        Cookies::Clear => cookies::clear(site, response.headers_mut(), &path),
        Cookies::Set(tokens) => {
            if let Err(failure) = cookies::set(site, response.headers_mut(), &tokens, &path) {
                response = failure.by(&site.schemes).into_response();
            }
        }
    }
    if site.uses_cookies() {
        cookies::vary(response.headers_mut());
    }
    response
}

/// The path of the auth routes, as the browser knows it.
fn below(path: &str, depth: usize) -> String {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    format!("{}/", parts[..parts.len().saturating_sub(depth)].join("/"))
}

impl<S: UserStore> Call<S> {
    pub(crate) fn site(&self) -> &Site {
        self.auth.site()
    }

    pub(crate) fn store(&self) -> &S {
        self.auth.store()
    }

    pub(crate) fn tenant(&self) -> Result<Option<Tenant>, Failure> {
        self.site().tenant(&self.parts)
    }

    pub(crate) fn login_request(&self) -> Result<LoginRequest, Failure> {
        Ok(LoginRequest {
            headers: self.parts.headers.clone(),
            uri: self.parts.uri.clone(),
            client_address: self.site().client_address(&self.parts),
            tenant: self.tenant()?,
        })
    }

    /// The body as a type, if there is one.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        let body = self.json_bytes()?;
        if body.is_empty() { Ok(None) } else { bodies::read(&body).map(Some) }
    }

    /// The body as a type; there has to be one.
    pub(crate) fn required_json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        self.json()?.ok_or_else(|| invalid("body: Field required"))
    }

    /// The body, which is JSON if it is not empty.
    pub(crate) fn json_bytes(&mut self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let body = self.bytes()?;
        // A form on another site can post anything but this media type.
        if body.is_empty() || self.media_type() == "application/json" {
            return Ok(body);
        }
        Err(Failure::endpoint(Refusal::UnsupportedMediaType)
            .with_detail("The body must be application/json."))
    }

    /// The fields of a form; of several of one name the last. What is no form has none.
    pub(crate) fn form(&mut self) -> Result<Vec<(String, Zeroizing<String>)>, Failure> {
        if self.media_type() != "application/x-www-form-urlencoded" {
            return Ok(Vec::new());
        }
        let body = self.bytes()?;
        let fields = form_urlencoded::parse(&body);
        Ok(fields.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect())
    }

    fn bytes(&mut self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match std::mem::replace(&mut self.body, Read::Whole(Zeroizing::default())) {
            Read::Whole(body) => Ok(body),
            Read::InPart => Err(invalid("The body is too large or was cut off.")),
        }
    }

    /// Without its parameters, in lower case.
    fn media_type(&self) -> String {
        let said = self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = said.unwrap_or_default().split(';').next().unwrap_or_default();
        media_type.trim().to_ascii_lowercase()
    }
}

/// A body that was read, as far as there is a use for it.
enum Read {
    Whole(Zeroizing<Vec<u8>>),
    InPart,
}

/// Reads a body, whether its route has a use for it or not: from a connection on which some of it is
/// left, no other request can be read.
async fn read_body(mut body: Body) -> Read {
    let (mut whole, mut read) = (Zeroizing::new(Vec::new()), 0);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Read::InPart };
        let Ok(data) = frame.into_data() else { continue };
        read += data.len();
        if read > MOST {
            drain(body).await;
            return Read::InPart;
        }
        extend(&mut whole, &data);
    }
    Read::Whole(whole)
}

/// Grows into a new place, so that none is left behind with what it held.
fn extend(whole: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    if whole.capacity() < whole.len() + data.len() {
        let mut larger = Vec::with_capacity(2 * (whole.len() + data.len()));
        larger.extend_from_slice(whole);
        *whole = Zeroizing::new(larger);
    }
    whole.extend_from_slice(data);
}

pub(crate) fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
    Failure::endpoint(Refusal::InvalidRequest).with_detail(detail)
}

/// A body with another status.
pub(crate) fn with_status(status: StatusCode, body: impl Serialize) -> Reply {
    Reply::of((status, Json(body)).into_response())
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn the_path_of_the_auth_routes() {
        for (path, depth, above) in [
            ("/auth/login/", 1, "/auth/"),
            ("/api/auth/logout/all/", 2, "/api/auth/"),
            ("/login/", 1, "/"),
            ("/api/%D1%84/auth/sessions/x/", 2, "/api/%D1%84/auth/"),
            ("/", 2, "/"),
        ] {
            assert_eq!(below(path, depth), above);
        }
    }
}
