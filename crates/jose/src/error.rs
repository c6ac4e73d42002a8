use std::fmt;

use thiserror::Error;

use crate::{Algorithm, ClaimError};

/// Why a token was not read. Says what was expected, never what the token held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The `alg` of the header is not the algorithm of the key that `kid` names.
    #[error("the token's `alg` is not the algorithm of its key")]
    AlgorithmMismatch,
    /// The signature does not verify under any key that could have made it.
    #[error("the signature does not verify")]
    BadSignature,
    /// The header has `crit` (RFC 7515 section 4.1.11) or `b64` (RFC 7797); no extension is supported.
    #[error("the token's header has `crit` or `b64`, and no extension is supported")]
    CriticalHeader,
    /// An object in the token has two members of one name (RFC 7515 section 4).
    #[error("the token holds a JSON object with a repeated member name")]
    DuplicateMember,
    /// Not three base64url parts, or a part that is no JSON object in UTF-8.
    #[error("the token is not a compact JWS: {0}")]
    Malformed(&'static str),
    /// The JSON is nested deeper than [`crate::Limits::max_depth`].
    #[error("the token's JSON is nested too deeply")]
    TooDeep,
    /// Longer than [`crate::Limits::max_token_length`].
    #[error("the token is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// No key has the `kid` of the token, or none is of its algorithm.
    #[error("no key of this set could have signed the token")]
    UnknownKey,
    /// The `alg` is none of [`Algorithm::ALL`].
    #[error("the token's `alg` is not supported")]
    UnsupportedAlgorithm,
}

impl TokenError {
    /// A short name for the refusal in snake case, for programs to tell one from another.
    ///
    /// ```
    /// assert_eq!(tegata_jose::TokenError::BadSignature.code(), "bad_signature");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmMismatch => "algorithm_mismatch",
            Self::BadSignature => "bad_signature",
            Self::CriticalHeader => "critical_header",
            Self::DuplicateMember => "duplicate_member",
            Self::Malformed(_) => "malformed_token",
            Self::TooDeep => "too_deep",
            Self::TooLong { .. } => "token_too_long",
            Self::UnknownKey => "unknown_key",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
        }
    }
}

impl TokenError {
    /// What is wrong with JSON that is no part of a token: a JWK or a set of them.
    pub(crate) const fn problem_of_an_object(self) -> &'static str {
        match self {
            Self::DuplicateMember => "a member name is repeated",
            Self::TooDeep => "it is nested too deeply",
            _ => "it is not a JSON object",
        }
    }
}

/// Why a JWT was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwtError {
    /// A claim, of a token whose signature had verified.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The token itself.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Why a key could not be made or used. Never holds key material.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key set without keys.
    #[error("a key set needs at least one key")]
    EmptyKeySet,
    /// A private key, in PEM or DER, that is under a password.
    #[error(
        "the private key is encrypted; hint: decrypt it first, for example with `openssl pkey`"
    )]
    EncryptedPem,
    /// A key of a JWK Set is wrong.
    #[error("`keys[{index}]`{} cannot be used: {reason}", Named(kid.as_deref()))]
    InKeySet {
        /// The place in the set, counted from 0.
        index: usize,
        /// The `kid` of the key.
        kid: Option<String>,
        /// What is wrong with it.
        reason: Box<KeyError>,
    },
    /// A JWK member is missing or wrong.
    #[error("the JWK's `{member}` {problem}")]
    Jwk {
        /// The name of the member.
        member: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A JWK Set with keys, none of which serves for signatures here.
    #[error("the JWK Set has no usable key: {first}")]
    NoUsableKey {
        /// An [`KeyError::InKeySet`]: the first key that is broken or too weak, else the first.
        first: Box<KeyError>,
    },
    /// A secret was asked for its public half.
    #[error("a secret has no public part")]
    NoPublicPart,
    /// A key that can only verify was asked to sign.
    #[error(
        "the key can only verify: it is public, or legacy, or its `key_ops` have no `sign`; \
         hint: give the private key"
    )]
    NotForSigning,
    /// The bytes are not the DER of one key or certificate.
    #[error(
        "the bytes are no key in DER; hint: one PKCS#8, PKCS#1, SEC 1, SPKI or X.509 structure, \
         whole and with nothing after it"
    )]
    NotDer,
    /// The text is no JSON object, or one of another kind.
    #[error("the text is not a JWK: {problem}")]
    NotJwk {
        /// What it is instead, or what is wrong with it.
        problem: &'static str,
    },
    /// The text is no JWK Set (RFC 7517 section 5).
    #[error("the text is not a JWK Set: {problem}")]
    NotJwks {
        /// What it is instead, or what is wrong with it.
        problem: &'static str,
    },
    /// The text holds no PEM block.
    #[error("no PEM block found; hint: it begins with `-----BEGIN`")]
    NotPem,
    /// A key of another kind or a certificate offered as an HMAC secret (RFC 8725 section 2.1).
    #[error("the secret is a {found}; hint: import it as that, with its own algorithm")]
    NotSecret {
        /// What the bytes are.
        found: &'static str,
    },
    /// A private part or a secret in a set that is for everybody to read.
    #[error(
        "`keys[{index}]`{} has a private part, and this is a public set; hint: publish public keys \
         only, and replace this one, which others may know by now; a set of your own is read as a \
         private one",
        Named(kid.as_deref())
    )]
    PrivateInPublicSet {
        /// The place in the set, counted from 0.
        index: usize,
        /// The `kid` of the key.
        kid: Option<String>,
    },
    /// More than one key or certificate in a PEM.
    #[error(
        "the PEM holds several keys or certificates; hint: give each key its own entry, and of a \
         chain the first certificate only"
    )]
    SeveralKeys,
    /// The secret has fewer bytes than the hash (RFC 7518 section 3.2).
    #[error("{algorithm} needs a secret of at least {least} bytes; this one has {actual}")]
    ShortSecret {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// The least number of bytes.
        least: usize,
        /// The number of bytes given.
        actual: usize,
    },
    /// The cryptography library reported a failure while signing.
    #[error("signing failed")]
    SigningFailed,
    /// A name that is no [`Algorithm`].
    #[error("unknown algorithm; hint: HS256, RS256, PS256, ES256 or EdDSA, or a variant of these")]
    UnknownAlgorithm,
    /// A JWK for something else than the signatures of this crate. In a set it is passed over
    /// (RFC 7517 section 5).
    #[error("the JWK's `{member}` is none that is supported for signatures")]
    UnsupportedJwk {
        /// The name of the member that says so.
        member: &'static str,
    },
    /// A JWK Set that is larger than any that is in use.
    #[error("the JWK Set has more than {most} {unit}")]
    TooLargeKeySet {
        /// The limit.
        most: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// The key is of another type than the algorithm, malformed, or weaker than it allows.
    #[error("not a usable key for {algorithm}, which needs {needs}")]
    Unusable {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What it needs.
        needs: &'static str,
    },
}

impl KeyError {
    /// A short name for the error in snake case, for programs to tell one from another.
    ///
    /// ```
    /// assert_eq!(tegata_jose::KeyError::NotPem.code(), "not_pem");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyKeySet | Self::NoUsableKey { .. } => "empty_key_set",
            Self::EncryptedPem => "encrypted_pem",
            Self::InKeySet { .. } | Self::NotJwks { .. } | Self::TooLargeKeySet { .. } => {
                "invalid_jwks"
            }
            Self::Jwk { .. } | Self::NotJwk { .. } => "invalid_jwk",
            Self::NoPublicPart => "no_public_part",
            Self::NotDer => "not_der",
            Self::NotForSigning => "not_for_signing",
            Self::NotPem => "not_pem",
            Self::NotSecret { .. } => "not_secret",
            Self::PrivateInPublicSet { .. } => "private_in_public_set",
            Self::SeveralKeys => "several_keys",
            Self::ShortSecret { .. } => "short_secret",
            Self::SigningFailed => "signing_failed",
            Self::UnknownAlgorithm => "unknown_algorithm",
            Self::UnsupportedJwk { .. } => "unsupported_jwk",
            Self::Unusable { .. } => "unusable_key",
        }
    }
}

/// A `kid` behind the place of its key, as much of it as a message bears.
struct Named<'a>(Option<&'a str>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(kid) => write!(formatter, " (kid {:?})", kid.chars().take(64).collect::<String>()),
            None => Ok(()),
        }
    }
}
