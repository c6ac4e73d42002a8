use std::sync::{Arc, OnceLock};

use crate::Header;

const SLOTS: usize = 4;

/// The header segments of the first few tokens that verified, so that the tokens after them, which
/// begin with the same bytes, need not have theirs decoded and parsed again.
///
/// Only a header under a good signature gets in, and none ever leaves, so nobody without a key can
/// fill it.
#[derive(Debug, Default)]
pub(crate) struct HeaderCache {
    slots: [OnceLock<Seen>; SLOTS],
}

#[derive(Debug)]
struct Seen {
    segment: Box<str>,
    max_depth: usize,
    header: Arc<Header>,
}

impl HeaderCache {
    /// The header that `segment` spells, if it verified before under a limit no wider than this.
    pub(crate) fn get(&self, segment: &str, max_depth: usize) -> Option<Arc<Header>> {
        let mut seen = self.slots.iter().map_while(OnceLock::get);
        seen.find(|seen| *seen.segment == *segment && seen.max_depth <= max_depth)
            .map(|seen| Arc::clone(&seen.header))
    }

    /// Learns a header whose token verified.
    pub(crate) fn learn(&self, segment: &str, max_depth: usize, header: &Arc<Header>) {
        let mut seen = Seen { segment: segment.into(), max_depth, header: Arc::clone(header) };
        for slot in &self.slots {
            match slot.set(seen) {
                Ok(()) => return,
                Err(back) => seen = back,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Algorithm, Key, KeySet, Limits, TokenError, jws};

    const LIMITS: Limits = Limits { max_token_length: 8_192, max_depth: 16 };

    fn secret(byte: u8) -> Key {
        Key::from_secret(&[byte; 32], Algorithm::Hs256).unwrap()
    }

    fn set() -> KeySet {
        KeySet::new(vec![secret(1)]).unwrap()
    }

    fn segment(token: &str) -> &str {
        token.split('.').next().unwrap()
    }

    #[test]
    fn only_a_good_signature_teaches_a_header() {
        let keys = set();
        let [good, forged] = [1, 2].map(|byte| jws::sign(&secret(byte), None, b"{}").unwrap());
        assert_eq!(segment(&good), segment(&forged));
        for _ in 0..2 {
            assert_eq!(jws::verify(&forged, &keys, &LIMITS), Err(TokenError::BadSignature));
            assert!(keys.headers().get(segment(&forged), 16).is_none());
        }
        assert!(jws::verify(&good, &keys, &LIMITS).is_ok());
        assert!(keys.headers().get(segment(&good), 16).is_some());
    }

    #[test]
    fn a_header_is_known_within_the_depth_that_it_was_read_with_and_no_less() {
        let keys = set();
        let token = jws::sign(&secret(1), None, b"{}").unwrap();
        assert!(jws::verify(&token, &keys, &LIMITS).is_ok());
        for (max_depth, is_known) in [(1, false), (15, false), (16, true), (17, true)] {
            let known = keys.headers().get(segment(&token), max_depth);
            assert_eq!(known.is_some(), is_known, "{max_depth}");
        }
    }

    #[test]
    fn the_first_four_stay_and_the_others_are_read_each_time() {
        let keys = set();
        let tokens = ["a", "b", "c", "d", "e", "f"]
            .map(|typ| jws::sign(&secret(1), Some(typ), b"{}").unwrap());
        for _ in 0..2 {
            for token in &tokens {
                assert!(jws::verify(token, &keys, &LIMITS).is_ok());
            }
        }
        let known = tokens.map(|token| keys.headers().get(segment(&token), 16).is_some());
        assert_eq!(known, [true, true, true, true, false, false]);
    }
}
