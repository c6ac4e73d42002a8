//! PEM and DER: what is read as a key is a whole one, and no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tegata_jose::{Key, KeyError, legacy};

use crate::exchange;

/// `data` is what may be DER, or the text of what may be PEM.
pub(crate) fn check(data: &[u8]) {
    let text = str::from_utf8(data).unwrap_or_default();
    for algorithm in exchange::TRIED.iter().copied() {
        for (key, weak) in [
            (Key::from_pem(text, algorithm), legacy::from_pem(text, algorithm)),
            (Key::from_der(data, algorithm), legacy::from_der(data, algorithm)),
        ] {
            if let Ok(key) = key {
                assert_eq!(key.algorithm(), algorithm);
                exchange::is_whole(&key);
                let again = Key::from_der(&key.to_der().unwrap(), algorithm).unwrap();
                assert_eq!(again.kid(), key.kid());
                assert_eq!(again.can_sign(), key.can_sign());
                assert_eq!(weak.as_ref().unwrap().kid(), key.kid());
            }
            match weak {
                Ok(weak) => {
                    assert!(!weak.can_sign());
                    exchange::is_whole(&weak);
                    exchange::is_no_secret(data);
                }
                Err(refusal) => assert!(!matches!(refusal, KeyError::SigningFailed)),
            }
        }
    }
    if legacy::from_der(data, tegata_jose::Algorithm::Rs256).is_ok() {
        exchange::is_no_secret(STANDARD.encode(data).as_bytes());
    }
}
