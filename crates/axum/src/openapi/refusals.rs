//! The answers that say no.

use axum::http::StatusCode;
use tegata::Refusal;
use utoipa::PartialSchema as _;
use utoipa::openapi::content::Content;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use super::Components;
use super::shapes::{one_of, text, with_member};
use crate::bodies::OAuth2ErrorSchema;

const RATE_LIMITED: &str = "The throttle's refusal, in the shape of RFC 6749 section 5.2; that has no \
    code for it.";

/// Refusals with one status: what the document calls them, and their codes.
#[derive(Clone, Copy)]
pub(super) struct Refusals {
    pub(super) status: u16,
    name: &'static str,
    pub(super) codes: &'static [Refusal],
}

const fn refusals(status: u16, name: &'static str, codes: &'static [Refusal]) -> Refusals {
    Refusals { status, name, codes }
}

pub(super) const BAD_TYPE: Refusals =
    refusals(415, "UnsupportedMediaType", &[Refusal::UnsupportedMediaType]);
pub(super) const BAD_BODY: Refusals = refusals(422, "InvalidRequest", &[Refusal::InvalidRequest]);
pub(super) const NO_SERVICE: Refusals =
    refusals(503, "ServiceUnavailable", &[Refusal::ServiceUnavailable]);
pub(super) const TOO_MANY: Refusals = refusals(429, "RateLimited", &[Refusal::RateLimited]);
pub(super) const NO_PROOF: Refusals = refusals(403, "CSRFRefusal", &[Refusal::CsrfFailed]);
pub(super) const NO_SESSION: Refusals =
    refusals(404, "SessionNotFound", &[Refusal::SessionNotFound]);
pub(super) const WRONG_TYPE: Refusals =
    refusals(400, "WrongTokenType", &[Refusal::InvalidTokenType]);
pub(super) const LOGIN: Refusals = refusals(401, "LoginRefusal", &[Refusal::InvalidCredentials]);
pub(super) const CHALLENGE: Refusals =
    refusals(401, "ChallengeRefusal", &[Refusal::InvalidChallenge, Refusal::InvalidCredentials]);
pub(super) const REFRESH: Refusals = refusals(
    401,
    "RefreshRefusal",
    &[
        Refusal::ExpiredToken,
        Refusal::InvalidToken,
        Refusal::InvalidUser,
        Refusal::SessionExpired,
        Refusal::SessionNotFound,
        Refusal::TokenReuseDetected,
        Refusal::MissingToken,
    ],
);
pub(super) const VERIFY: Refusals = refusals(
    401,
    "VerifyRefusal",
    &[
        Refusal::ExpiredToken,
        Refusal::InvalidToken,
        Refusal::InvalidUser,
        Refusal::SessionExpired,
        Refusal::SessionNotFound,
        Refusal::TokenReuseDetected,
    ],
);
pub(super) const LOGOUT: Refusals = refusals(
    401,
    "LogoutRefusal",
    &[
        Refusal::ExpiredToken,
        Refusal::InvalidToken,
        Refusal::InvalidTokenType,
        Refusal::MissingToken,
    ],
);
pub(super) const PASSWORD: Refusals =
    refusals(403, "PasswordRefusal", &[Refusal::CsrfFailed, Refusal::InvalidCredentials]);
pub(super) const GATE: Refusals = refusals(
    401,
    "GateRefusal",
    &[
        Refusal::MissingToken,
        Refusal::InvalidToken,
        Refusal::InvalidTokenType,
        Refusal::ExpiredToken,
        Refusal::InvalidUser,
        Refusal::SessionNotFound,
        Refusal::SessionExpired,
    ],
);
pub(super) const FRESH_GATE: Refusals = refusals(
    401,
    "FreshGateRefusal",
    &[
        Refusal::MissingToken,
        Refusal::InvalidToken,
        Refusal::InvalidTokenType,
        Refusal::ExpiredToken,
        Refusal::InvalidUser,
        Refusal::SessionNotFound,
        Refusal::SessionExpired,
        Refusal::LoginRequired,
    ],
);
pub(super) const COOKIE: Refusals = refusals(403, "CookieRefusal", &[Refusal::CsrfFailed]);
pub(super) const SCOPE: Refusals = refusals(403, "ScopeRefusal", &[Refusal::InsufficientScope]);
pub(super) const COOKIE_SCOPE: Refusals =
    refusals(403, "CookieScopeRefusal", &[Refusal::CsrfFailed, Refusal::InsufficientScope]);
pub(super) const UNAVAILABLE: Refusals =
    refusals(503, "UnavailableRefusal", &[Refusal::ServiceUnavailable]);

/// All that are documented.
#[cfg(test)]
pub(super) const ALL: [Refusals; 19] = [
    BAD_TYPE,
    BAD_BODY,
    NO_SERVICE,
    TOO_MANY,
    NO_PROOF,
    NO_SESSION,
    WRONG_TYPE,
    LOGIN,
    CHALLENGE,
    REFRESH,
    VERIFY,
    LOGOUT,
    PASSWORD,
    GATE,
    FRESH_GATE,
    COOKIE,
    SCOPE,
    COOKIE_SCOPE,
    UNAVAILABLE,
];

impl Refusals {
    /// The answer, with its body among the components.
    pub(super) fn response(self, components: &mut Components) -> Response {
        let body = components.add(self.name, self.schema());
        let answer = answer(self.status, Some(body));
        if self.status == TOO_MANY.status { retrying(answer) } else { answer.build() }
    }

    /// The answer, with all of its body in it.
    pub(super) fn response_inline(self) -> Response {
        answer(self.status, Some(self.schema())).build()
    }

    fn schema(self) -> RefOr<Schema> {
        let codes = self.codes.iter().map(|refusal| refusal.code());
        let body = ObjectBuilder::new()
            .property("error_code", one_of(codes))
            .property("detail", text())
            .required("error_code")
            .required("detail");
        body.into()
    }
}

/// The refusals of the form of OAuth 2.0.
pub(super) fn of_form(components: &mut Components) -> [(u16, Response); 2] {
    let refused = components.named::<OAuth2ErrorSchema>();
    let code = one_of([Refusal::RateLimited.code()]);
    let mut too_many = with_member(OAuth2ErrorSchema::schema(), "error", code);
    if let RefOr::T(Schema::Object(schema)) = &mut too_many {
        schema.description = Some(RATE_LIMITED.to_owned());
    }
    let too_many = components.add("OAuth2RateLimitedSchema", too_many);
    [(400, answer(400, Some(refused)).build()), (429, retrying(answer(429, Some(too_many))))]
}

/// An answer in JSON, or without a body.
pub(super) fn answer(status: u16, body: Option<RefOr<Schema>>) -> ResponseBuilder {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let answer = ResponseBuilder::new().description(reason.unwrap_or_default());
    match body {
        Some(body) => answer.content("application/json", Content::new(Some(body))),
        None => answer,
    }
}

fn retrying(answer: ResponseBuilder) -> Response {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let header = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds until the next attempt is let pass (RFC 9110 section 10.2.3)."))
        .build();
    answer.header("Retry-After", header).build()
}

#[cfg(test)]
mod tests {
    use tegata::Place;

    use super::ALL;

    #[test]
    fn every_code_has_its_status() {
        for refusals in ALL {
            for refusal in refusals.codes {
                let places = [Place::Gate, Place::Endpoint, Place::Resource];
                let statuses = places.map(|place| refusal.status(place));
                assert!(statuses.contains(&refusals.status), "{}: {refusal:?}", refusals.name);
            }
        }
    }
}
