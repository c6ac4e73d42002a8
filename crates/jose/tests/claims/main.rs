//! What the claims of a token under a good signature must say (RFC 7519 sections 4 and 7.2).

#[path = "../common/mod.rs"]
mod common;

mod errors;
mod order;
mod parties;
mod rules;
mod times;
mod types;

use common::{secret_key, secret_keys};
use tegata_jose::{ClaimError, JwtError, Timestamp, Validation, jws, jwt};

const SECOND: i64 = 1_700_000_000;
const NOW: Timestamp = Timestamp::from_seconds(SECOND);

fn signed(claims: &str) -> String {
    jws::sign(&secret_key(), Some("JWT"), claims.as_bytes()).unwrap()
}

/// What becomes of `claims`, written as they are, under a good signature.
fn check_at(
    claims: &str,
    validation: &Validation<'_>,
    now: Timestamp,
) -> Result<(), Option<ClaimError>> {
    match jwt::decode(&signed(claims), &secret_keys(), validation, now) {
        Ok(verified) => {
            assert_eq!(verified.payload(), claims.as_bytes());
            Ok(())
        }
        Err(JwtError::Claim(refusal)) => Err(Some(refusal)),
        Err(JwtError::Token(_)) => Err(None),
    }
}

fn check(claims: &str, validation: &Validation<'_>) -> Result<(), ClaimError> {
    check_at(claims, validation, NOW).map_err(|refusal| refusal.expect("the token itself is good"))
}

fn missing(claim: &str) -> ClaimError {
    ClaimError::Missing { claim: claim.to_owned() }
}
