//! The closed list of refusals, as clients and documents know it.

use tegata::{Place, Refusal};

// Written out by hand: codes and statuses are an interface that other programs rely on.
const TABLE: [(Refusal, &str, [u16; 3]); 17] = [
    (Refusal::CsrfFailed, "csrf_failed", [403, 403, 403]),
    (Refusal::ExpiredToken, "expired_token", [401, 401, 401]),
    (Refusal::InsufficientScope, "insufficient_scope", [403, 403, 403]),
    (Refusal::InvalidChallenge, "invalid_challenge", [401, 401, 401]),
    (Refusal::InvalidCredentials, "invalid_credentials", [401, 401, 403]),
    (Refusal::InvalidRequest, "invalid_request", [422, 422, 422]),
    (Refusal::InvalidToken, "invalid_token", [401, 401, 401]),
    (Refusal::InvalidTokenType, "invalid_token_type", [401, 400, 400]),
    (Refusal::InvalidUser, "invalid_user", [401, 401, 401]),
    (Refusal::LoginRequired, "login_required", [401, 401, 401]),
    (Refusal::MissingToken, "missing_token", [401, 401, 401]),
    (Refusal::RateLimited, "rate_limited", [429, 429, 429]),
    (Refusal::ServiceUnavailable, "service_unavailable", [503, 503, 503]),
    (Refusal::SessionExpired, "session_expired", [401, 401, 401]),
    (Refusal::SessionNotFound, "session_not_found", [401, 401, 404]),
    (Refusal::TokenReuseDetected, "token_reuse_detected", [401, 401, 401]),
    (Refusal::UnsupportedMediaType, "unsupported_media_type", [415, 415, 415]),
];

#[test]
fn codes_and_statuses_are_those_of_the_table() {
    assert_eq!(TABLE.map(|(refusal, ..)| refusal), Refusal::ALL);
    for (refusal, code, [gate, endpoint, resource]) in TABLE {
        assert_eq!(refusal.code(), code);
        assert_eq!(refusal.to_string(), code);
        assert_eq!(refusal.status(Place::Gate), gate, "{code}");
        assert_eq!(refusal.status(Place::Endpoint), endpoint, "{code}");
        assert_eq!(refusal.status(Place::Resource), resource, "{code}");
    }
}

// RFC 6750 section 3.1: no error where the request brought no token. RFC 9470 section 3 names that
// of a login too long ago.
#[test]
fn the_challenge_blames_a_token_only_where_one_came() {
    for refusal in Refusal::ALL {
        let expected = match refusal {
            Refusal::CsrfFailed
            | Refusal::InvalidChallenge
            | Refusal::InvalidCredentials
            | Refusal::MissingToken => "Bearer",
            Refusal::InsufficientScope => "Bearer error=\"insufficient_scope\"",
            Refusal::LoginRequired => "Bearer error=\"insufficient_user_authentication\"",
            _ => "Bearer error=\"invalid_token\"",
        };
        assert_eq!(refusal.challenge(), expected, "{refusal}");
    }
}

#[test]
fn details_are_one_line_of_their_own_each() {
    let details: std::collections::HashSet<_> = Refusal::ALL.map(Refusal::detail).into();
    assert_eq!(details.len(), Refusal::ALL.len());
    for detail in details {
        assert!(detail.ends_with('.') && detail.is_ascii() && !detail.contains('\n'), "{detail}");
    }
}
