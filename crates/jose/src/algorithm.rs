use std::fmt;
use std::str::FromStr;

use crate::KeyError;

/// A signature algorithm of [RFC 7518 section 3] and [RFC 8037 section 3.1].
///
/// `none` has no name here, so it can neither be asked for nor met by accident.
///
/// ```
/// use tegata_jose::Algorithm;
///
/// assert_eq!("ES256".parse::<Algorithm>()?, Algorithm::Es256);
/// assert!("none".parse::<Algorithm>().is_err());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
///
/// [RFC 7518 section 3]: https://www.rfc-editor.org/rfc/rfc7518#section-3
/// [RFC 8037 section 3.1]: https://www.rfc-editor.org/rfc/rfc8037#section-3.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 signatures (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// Every algorithm that this crate knows.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    /// The name in the `alg` header parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
        }
    }

    /// Whether one secret both signs and verifies.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256)
    }

    pub(crate) fn from_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = KeyError;

    /// # Errors
    /// [`KeyError::UnknownAlgorithm`] for any name but those of [`Algorithm::ALL`], which are
    /// compared with their case.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_header(name).ok_or(KeyError::UnknownAlgorithm)
    }
}
