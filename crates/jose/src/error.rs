use thiserror::Error;

use crate::Algorithm;

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
    /// The header has `crit`; no extension is supported (RFC 7515 section 4.1.11).
    #[error("the token's header has a `crit` parameter, and no extension is supported")]
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

/// Why a key could not be made or used. Never holds key material.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key set without keys.
    #[error("a key set needs at least one key")]
    EmptyKeySet,
    /// A PEM whose private key is under a password.
    #[error("the PEM is encrypted; hint: decrypt it first, for example with `openssl pkey`")]
    EncryptedPem,
    /// A JWK member is missing or wrong.
    #[error("the JWK's `{member}` {problem}")]
    Jwk {
        /// The name of the member.
        member: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A secret was asked for its public half.
    #[error("a secret has no public part")]
    NoPublicPart,
    /// A public key was asked to sign.
    #[error("the key is public and cannot sign; hint: give the private key")]
    NotForSigning,
    /// The text holds no PEM block.
    #[error("no PEM block found; hint: it begins with `-----BEGIN`")]
    NotPem,
    /// A PEM or JWK offered as an HMAC secret (RFC 8725 section 2.1).
    #[error("the secret is a {found}; hint: import it as that, with its own algorithm")]
    NotSecret {
        /// What the bytes are.
        found: &'static str,
    },
    /// More than one key in a PEM.
    #[error("the PEM holds several keys; hint: give each its own entry")]
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
    /// The key is of another type than the algorithm, malformed, or weaker than it allows.
    #[error("not a usable key for {algorithm}, which needs {needs}")]
    Unusable {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What it needs.
        needs: &'static str,
    },
}
