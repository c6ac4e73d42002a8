//! Headers: one under a good signature is judged as its members say, and as before once it is known.

use aws_lc_rs::hmac;
use serde_json::{Map, Value};
use tegata_jose::{KeySet, Limits, TokenError, check_object, jws};

use crate::keys;

/// `data` is the text of what may be a header.
pub(crate) fn check(data: &[u8]) {
    let limits = Limits { max_token_length: usize::MAX, max_depth: 16 };
    let token = forge(data);
    let set = KeySet::new(vec![keys::HMAC.clone()]).unwrap();
    let verdict = jws::verify(&token, &set, &limits);
    assert_eq!(jws::verify(&token, &set, &limits), verdict, "a header that is known");

    match check_object(data, limits.max_depth) {
        Err(refusal) => assert_eq!(verdict, Err(refusal)),
        Ok(()) => {
            if let Ok(header) = serde_json::from_slice::<Map<String, Value>>(data) {
                assert_eq!(verdict.clone().map(|_| ()), expected(&header));
            }
        }
    }
    let Ok(verified) = verdict else { return };
    assert_eq!(**verified.header().as_json(), *data);
    assert_eq!(verified.payload(), b"{}");

    // Known or not, the header must be within the limits of whoever asks.
    for max_depth in 0..3 {
        let limits = Limits { max_depth, ..limits };
        let verdict = jws::verify(&token, &set, &limits).map(|_| ());
        assert_eq!(verdict, check_object(data, max_depth));
    }
    let mut forged = token.into_bytes();
    let last = forged.len() - 2;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    assert_eq!(jws::verify(&forged, &set, &limits), Err(TokenError::BadSignature));
}

fn forge(header: &[u8]) -> String {
    let signing_input = format!("{}.{}", keys::encode(header), keys::encode("{}"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, keys::SECRET);
    let signature = hmac::sign(&key, signing_input.as_bytes());
    format!("{signing_input}.{}", keys::encode(signature))
}

/// What a set with nothing but a nameless secret for HS256 says to a header.
fn expected(header: &Map<String, Value>) -> Result<(), TokenError> {
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(TokenError::CriticalHeader);
    }
    let alg = header.get("alg").and_then(Value::as_str);
    let alg = alg.ok_or(TokenError::Malformed("the header's `alg` is no string"))?;
    for (name, problem) in
        [("kid", "the header's `kid` is no string"), ("typ", "the header's `typ` is no string")]
    {
        if header.get(name).is_some_and(|value| !value.is_string()) {
            return Err(TokenError::Malformed(problem));
        }
    }
    match alg.parse() {
        Err(_) => Err(TokenError::UnsupportedAlgorithm),
        Ok(tegata_jose::Algorithm::Hs256) => Ok(()),
        Ok(_) => Err(TokenError::UnknownKey),
    }
}
