use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tegata::{Randomness, RandomnessError};
use thiserror::Error;
use zeroize::Zeroizing;

const PREFIX: &str = "tgs_";
const BYTES: usize = 32;
const DIGEST_PREFIX: &str = "sha256:";

/// What a registered client proves itself with: 32 random bytes, never chosen by a person.
///
/// Nothing else is taken for a secret, so that a plain digest of one can be kept: there is no list
/// of likely ones to try. Who scans sources for secrets finds it by its prefix, `tgs_`.
///
/// ```
/// use tegata::SystemRandomness;
/// use tegata_axum::ClientSecret;
///
/// let secret = ClientSecret::generate(&SystemRandomness)?;
/// assert!(secret.expose().starts_with("tgs_"));
/// assert!(secret.digest().to_string().starts_with("sha256:"));
/// assert!(!format!("{secret:?}").contains(secret.expose()));
/// # Ok::<(), tegata::RandomnessError>(())
/// ```
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`RandomnessError`] if the source gives nothing.
    pub fn generate(random: &dyn Randomness) -> Result<Self, RandomnessError> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        random.fill(&mut *bytes)?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
        Ok(Self(Zeroizing::new(format!("{PREFIX}{}", *text))))
    }

    /// The text, to be shown once to whoever registers the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the site keeps of it.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.0)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientSecret").finish_non_exhaustive()
    }
}

/// The SHA-256 of a [`ClientSecret`], as a configuration has it: `sha256:` and 43 characters of
/// base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

/// A text that is no digest of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be `sha256:` and 43 characters of base64url, as they were printed with the secret")]
pub struct SecretDigestError;

impl SecretDigest {
    /// A digest that no secret has, for clients that do not exist.
    pub(super) const OF_NOBODY: Self = Self([0; 32]);

    fn of(text: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Whether it is that of `presented`, in a time that does not tell how much of it agrees.
    #[must_use]
    pub fn is_of(&self, presented: &str) -> bool {
        let is_same = verify_slices_are_equal(&self.0, &Self::of(presented).0).is_ok();
        is_same && is_generated(presented)
    }
}

impl FromStr for SecretDigest {
    type Err = SecretDigestError;

    fn from_str(text: &str) -> Result<Self, SecretDigestError> {
        let encoded = text.strip_prefix(DIGEST_PREFIX).ok_or(SecretDigestError)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SecretDigestError)?;
        bytes.try_into().map(Self).map_err(|_| SecretDigestError)
    }
}

impl fmt::Display for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{DIGEST_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretDigest").finish_non_exhaustive()
    }
}

fn is_generated(text: &str) -> bool {
    let bytes = text.strip_prefix(PREFIX).and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
    bytes.is_some_and(|bytes| bytes.len() == BYTES)
}

#[cfg(test)]
mod tests {
    use tegata::SystemRandomness;

    use super::{ClientSecret, SecretDigest};

    #[test]
    fn a_digest_is_of_its_secret_alone() {
        let [one, other] = [(); 2].map(|()| ClientSecret::generate(&SystemRandomness).unwrap());
        assert!(one.digest().is_of(one.expose()));
        assert!(!one.digest().is_of(other.expose()));
        assert!(!one.digest().is_of(""));
        assert_eq!(one.digest().to_string().parse(), Ok(one.digest()));
    }

    #[test]
    fn a_secret_that_a_person_chose_opens_nothing() {
        for chosen in ["hunter2", "tgs_hunter2", "correct horse battery staple"] {
            assert!(!SecretDigest::of(chosen).is_of(chosen), "{chosen}");
        }
    }

    #[test]
    fn what_is_no_digest_is_not_read() {
        for text in ["", "sha256:", "sha256:AAAA", "plain", "SHA256:AAAA"] {
            assert!(text.parse::<SecretDigest>().is_err(), "{text}");
        }
    }
}
