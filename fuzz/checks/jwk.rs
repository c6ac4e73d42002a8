//! JWK: what is read as a key is a whole one, and no secret.

use tegata_jose::{Key, legacy};

use crate::exchange;

/// `data` is the text of what may be a JWK.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut is_key = false;
    for asked_for in [None].into_iter().chain(exchange::TRIED.iter().copied().map(Some)) {
        let key = Key::from_jwk(text, asked_for);
        let weak = legacy::from_jwk(text, asked_for);
        if let Ok(key) = &key {
            assert!(asked_for.is_none_or(|algorithm| algorithm == key.algorithm()));
            // What is good enough to sign with is good enough to verify with.
            let weak = weak.as_ref().unwrap();
            assert_eq!(weak.thumbprint(), key.thumbprint());
            exchange::is_whole(key);
        }
        if let Ok(weak) = &weak {
            assert!(!weak.can_sign());
            exchange::is_whole(weak);
        }
        is_key |= weak.is_ok();
    }
    if is_key {
        exchange::is_no_secret(data);
    }
}
