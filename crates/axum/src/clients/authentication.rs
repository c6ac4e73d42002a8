use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::form::{Form, form_decoded};
use super::{Client, ClientAttempt, Clients, OAuthError};

/// Some clients leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

struct Credentials {
    id: String,
    secret: String,
}

impl Clients {
    /// Which client has sent a request (RFC 6749 section 2.3.1): by HTTP Basic, or by `client_id` and
    /// `client_secret` in the form, never by both.
    pub(crate) async fn authenticate(
        &self,
        parts: &Parts,
        form: &Form,
    ) -> Result<&Client, OAuthError> {
        let Credentials { id, secret } = credentials(parts, form)?;
        let attempt = ClientAttempt {
            client_id: &id,
            headers: &parts.headers,
            extensions: &parts.extensions,
        };
        if let Some(throttle) = self.throttle() {
            throttle.count(attempt).await.map_err(OAuthError::Throttled)?;
        }
        let client = self.find(&id, &secret).ok_or(OAuthError::InvalidClient)?;
        if let Some(throttle) = self.throttle() {
            throttle.give_back(attempt).await;
        }
        Ok(client)
    }
}

fn credentials(parts: &Parts, form: &Form) -> Result<Credentials, OAuthError> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let header = headers.next().map(HeaderValue::as_bytes);
    if headers.next().is_some() {
        return Err(OAuthError::InvalidRequest("There are several Authorization headers."));
    }
    let (id, secret) = (form.get("client_id"), form.get("client_secret"));
    match (header, id, secret) {
        (Some(_), _, Some(_)) => {
            Err(OAuthError::InvalidRequest("The client says in two ways who it is."))
        }
        (Some(header), id, None) => {
            let said = basic(header).ok_or(OAuthError::InvalidClient)?;
            if id.is_some_and(|id| id != said.id) {
                return Err(OAuthError::InvalidRequest("The form names another client."));
            }
            Ok(said)
        }
        (None, Some(id), Some(secret)) => {
            Ok(Credentials { id: id.to_owned(), secret: secret.to_owned() })
        }
        (None, _, _) => Err(OAuthError::InvalidClient),
    }
}

fn basic(header: &[u8]) -> Option<Credentials> {
    let header = std::str::from_utf8(header).ok()?;
    let (scheme, encoded) = header.trim_matches(' ').split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(encoded.trim_start_matches(' ')).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Credentials { id: form_decoded(id)?, secret: form_decoded(secret)? })
}
