//! What holds of every key that was read, whatever it was read from.
#![allow(dead_code, reason = "each target uses its own part of this")]

use std::sync::LazyLock;

use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, jws};

/// A text that is a key is never a secret, however it is written (RFC 8725 section 2.1).
pub(crate) fn is_no_secret(data: &[u8]) {
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        for refusal in [
            Key::from_secret(data, algorithm),
            tegata_jose::legacy::from_secret(data, algorithm),
            Key::derive(data, b"label", algorithm),
        ] {
            assert!(matches!(refusal, Err(KeyError::NotSecret { .. })), "taken as a secret");
        }
    }
}

/// Written and read again it is the same key, and what it signs it verifies.
pub(crate) fn is_whole(key: &Key) {
    let algorithm = key.algorithm();
    let jwk = key.to_jwk().unwrap();
    let again = Key::from_jwk(&jwk, Some(algorithm)).or_else(|_| {
        // A weak key is written as any other, and read where weak keys are.
        assert!(!key.can_sign());
        tegata_jose::legacy::from_jwk(&jwk, Some(algorithm))
    });
    let again = again.unwrap();
    assert_eq!(again.thumbprint(), key.thumbprint());
    assert_eq!(again.kid(), key.kid());

    if !algorithm.is_symmetric() {
        let public = key.public().unwrap();
        assert_eq!(public.thumbprint(), key.thumbprint());
        assert!(!public.can_sign());
        assert_eq!(public.to_der().unwrap(), public.public().unwrap().to_der().unwrap());
    }
    if key.can_sign() && !is_slow(algorithm) {
        let token = jws::sign(key, Some("JWT"), b"{}").unwrap();
        let set = KeySet::new(vec![key.clone()]).unwrap();
        let limits = Limits { max_token_length: usize::MAX, ..Limits::default() };
        assert_eq!(jws::verify(&token, &set, &limits).unwrap().payload(), b"{}");
    }
    assert!(!format!("{key:?}").contains("d\":"));
}

/// The algorithms that a key is tried for: one of each kind of material.
pub(crate) static TRIED: LazyLock<Vec<Algorithm>> = LazyLock::new(|| {
    use Algorithm::{EdDsa, Es256, Es256k, Es384, Es512, Hs256, Ps256, Rs256};
    vec![Hs256, Rs256, Ps256, Es256, Es384, Es512, Es256k, EdDsa]
});

fn is_slow(algorithm: Algorithm) -> bool {
    algorithm.name().starts_with("RS") || algorithm.name().starts_with("PS")
}
