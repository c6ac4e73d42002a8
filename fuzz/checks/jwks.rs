//! JWK Sets: a public one holds no private key, and what is written is read again.

use tegata_jose::{Key, KeySet};

use crate::exchange;

/// `data` is the text of what may be a JWK Set.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let public = KeySet::from_jwks(text);
    let private = KeySet::from_private_jwks(text);
    if let Ok(set) = &public {
        assert!(set.keys().iter().all(|key| !key.can_sign() && !key.algorithm().is_symmetric()));
        let again = KeySet::from_jwks(&set.to_jwks().unwrap()).unwrap();
        assert_eq!(kids(&again), kids(set));
        // Neither has a reason of its own to pass over a key that the other uses.
        if let Ok(private) = &private {
            assert_eq!(kids(private), kids(set));
        }
    }
    if let Ok(set) = &private {
        let again = KeySet::from_private_jwks(&set.to_private_jwks().unwrap()).unwrap();
        assert_eq!(kids(&again), kids(set));
        let published = set.to_jwks().unwrap();
        assert!(KeySet::from_jwks(&published).is_ok() || published == r#"{"keys":[]}"#);
        set.keys().iter().for_each(exchange::is_whole);
    }
    if public.is_ok() || private.is_ok() {
        exchange::is_no_secret(data);
    }
}

fn kids(set: &KeySet) -> Vec<(Option<&str>, &str)> {
    set.keys().iter().map(|key: &Key| (key.kid(), key.algorithm().name())).collect()
}
