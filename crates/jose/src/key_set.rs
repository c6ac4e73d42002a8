use crate::{Header, Key, KeyError, TokenError};

/// Keys in order: the first signs, all verify.
///
/// A token with a `kid` is verified by the key of that name and of its algorithm; a token without
/// one tries the keys of its algorithm and no others.
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
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// # Errors
    /// [`KeyError::EmptyKeySet`] without keys, [`KeyError::NotForSigning`] if the first is public.
    pub fn new(keys: Vec<Key>) -> Result<Self, KeyError> {
        match keys.first() {
            None => Err(KeyError::EmptyKeySet),
            Some(first) if !first.can_sign() => Err(KeyError::NotForSigning),
            Some(_) => Ok(Self { keys }),
        }
    }

    /// The key that signs.
    #[must_use]
    pub fn signing_key(&self) -> &Key {
        &self.keys[0]
    }

    /// All keys, the signing key first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(crate) fn verify(
        &self,
        header: &Header,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let mut refusal = TokenError::UnknownKey;
        for key in &self.keys {
            if header.kid.is_some() && key.kid() != header.kid.as_deref() {
                continue;
            }
            if key.algorithm() != header.alg {
                // A key of the right algorithm may have been tried before.
                if header.kid.is_some() && refusal == TokenError::UnknownKey {
                    refusal = TokenError::AlgorithmMismatch;
                }
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
