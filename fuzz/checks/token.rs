//! Tokens: whatever the text, the two ways to read it agree and have one spelling for a token.

use tegata_jose::{Limits, TokenError, jws, jwt};

use crate::keys;

/// `data` is the text of what may be a token.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let limits = Limits::default();
    let verified = jws::verify(text, &keys::ALL, &limits);
    assert_eq!(jws::verify(text, &keys::ALL, &limits), verified, "a second time");

    let read = jws::read_unverified(text, &limits);
    if let Ok((header, payload)) = &read {
        let parts: Vec<&str> = text.split('.').collect();
        assert_eq!(parts[..2], [keys::encode(header), keys::encode(payload)]);
        assert_eq!(parts.len(), 3);
    }

    match (&verified, jwt::verify(text, &keys::ALL, &limits)) {
        (Ok(jws), Ok(jwt)) => {
            assert_eq!(*jws, jwt);
            let (header, payload) = read.unwrap();
            assert_eq!(**jws.header().as_json(), *header);
            assert_eq!(jws.payload(), payload);
        }
        (Ok(_), Err(refusal)) => assert_eq!(read, Err(refusal)),
        (Err(one), other) => assert_eq!(Err(*one), other),
    }

    if let Err(refusal) = verified {
        assert_eq!(text.len() > 8_192, matches!(refusal, TokenError::TooLong { .. }));
    }
}
