use std::fmt;

use crate::header_cache::HeaderCache;
use crate::{Header, Key, KeyError, TokenError};

/// Keys in order: the first signs, if it can, and all verify.
///
/// Only keys of the token's algorithm are ever tried. A `kid` picks the key of that name or, if it
/// is nobody's, those without a name; a token without one tries them all.
///
/// ```
/// use tegata_jose::{jws, Algorithm, Key, KeySet, Limits};
///
/// let secret = |byte| Key::from_secret(&[byte; 32], Algorithm::Hs256);
/// let token = jws::sign(&secret(1)?, None, b"{}")?;
///
/// let rotated = KeySet::new(vec![secret(2)?, secret(1)?])?;
/// assert!(jws::verify(&token, &rotated, &Limits::default()).is_ok());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub struct KeySet {
    keys: Vec<Key>,
    headers: HeaderCache,
}

impl KeySet {
    /// A set of keys, public or private, for any algorithms.
    ///
    /// # Errors
    /// [`KeyError::EmptyKeySet`] without keys.
    pub fn new(keys: Vec<Key>) -> Result<Self, KeyError> {
        if keys.is_empty() {
            return Err(KeyError::EmptyKeySet);
        }
        Ok(Self { keys, headers: HeaderCache::default() })
    }

    /// The key that signs: the first, and no other in its place.
    ///
    /// # Errors
    /// [`KeyError::NotForSigning`] if the first can only verify.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeyError, KeySet};
    ///
    /// let key = Key::generate(Algorithm::Es256)?;
    /// let public = key.public()?;
    /// assert_eq!(KeySet::new(vec![key])?.signing_key()?.kid(), public.kid());
    ///
    /// let verifying = KeySet::new(vec![public])?;
    /// assert_eq!(verifying.signing_key().unwrap_err(), KeyError::NotForSigning);
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn signing_key(&self) -> Result<&Key, KeyError> {
        let first = &self.keys[0];
        if first.can_sign() { Ok(first) } else { Err(KeyError::NotForSigning) }
    }

    /// All keys, in their order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(crate) fn headers(&self) -> &HeaderCache {
        &self.headers
    }

    pub(crate) fn verify(
        &self,
        header: &Header,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let kid = header.kid.as_deref();
        let is_named = kid.is_some() && self.keys.iter().any(|key| key.kid() == kid);
        let mut refusal =
            if is_named { TokenError::AlgorithmMismatch } else { TokenError::UnknownKey };
        for key in &self.keys {
            // A key that goes by no name is not ruled out by a name that is nobody's (RFC 7515
            // section 4.1.4).
            let may_have_made = match key.kid() {
                Some(ours) => kid.is_none_or(|named| named == ours),
                None => !is_named,
            };
            if !may_have_made || key.algorithm() != header.alg {
                continue;
            }
            if key.verifies(message, signature) {
                return Ok(());
            }
            refusal = TokenError::BadSignature;
        }
        Err(refusal)
    }
}

/// The same keys, with a memory of headers of its own.
impl Clone for KeySet {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), headers: HeaderCache::default() }
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeySet").field("keys", &self.keys).finish_non_exhaustive()
    }
}
