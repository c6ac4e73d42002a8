//! Django's forms of a hashed password: reading them, checking against them, and making them.

mod argon2;
mod bcrypt;
mod hashing;
mod pbkdf2;
mod scrypt;

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use tegata::{Randomness, RandomnessError, SystemRandomness};

pub(crate) use hashing::Hashing;

/// A way to hash passwords, each in Django's form.
///
/// ```
/// use tegata_sqlx::Hasher;
///
/// let stored = "pbkdf2_sha256$1000000$salt$dz8sCjeBd2EAIHpJhIS0mtH4B2zm+2xqYDOH9Yl6Iv8=";
/// assert_eq!(Hasher::of(stored), Some(Hasher::Pbkdf2Sha256 { iterations: 1_000_000 }));
/// assert_eq!(Hasher::of("!an unusable password"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hasher {
    /// Argon2id (RFC 9106); Django needs argon2-cffi for it.
    Argon2id {
        /// How much memory a hash takes, in KiB.
        memory: u32,
        /// How often it is passed over.
        passes: u32,
        /// In how many lanes. They are not computed at the same time here.
        lanes: u32,
    },
    /// bcrypt over a SHA-256; Django needs bcrypt for it.
    BcryptSha256 {
        /// The binary logarithm of the number of rounds, 4 to 31.
        cost: u32,
    },
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018), which every Django has.
    Pbkdf2Sha256 {
        /// How often the HMAC is computed.
        iterations: u32,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// The binary logarithm of N.
        log_n: u8,
        /// The block size, r.
        block_size: u32,
        /// The parallelism, p.
        parallelism: u32,
    },
}

impl Hasher {
    /// Argon2id with the parameters that Django has.
    pub const ARGON2ID: Self = Self::Argon2id { memory: 102_400, passes: 2, lanes: 8 };
    /// bcrypt with the cost that Django has.
    pub const BCRYPT_SHA256: Self = Self::BcryptSha256 { cost: 12 };
    /// PBKDF2 with the iterations that Django 5.2 has.
    pub const PBKDF2_SHA256: Self = Self::Pbkdf2Sha256 { iterations: 1_000_000 };
    /// scrypt with the parameters that Django has.
    pub const SCRYPT: Self = Self::Scrypt { log_n: 14, block_size: 8, parallelism: 5 };

    /// By what a stored hash was made; `None` if that is none of these, or no hash at all.
    #[must_use]
    pub fn of(stored: &str) -> Option<Self> {
        Stored::parse(stored)?.hasher()
    }

    /// Hashes a password with a salt of its own. It takes about as long as it is meant to: call it
    /// where that keeps nobody waiting.
    ///
    /// # Errors
    /// [`HashError`] if the parameters are out of the algorithm's range, or there is no randomness.
    pub fn hash(self, password: &str) -> Result<String, HashError> {
        let password = password.as_bytes();
        match self {
            Self::Argon2id { memory, passes, lanes } => {
                argon2::hash(password, &salt()?, memory, passes, lanes)
            }
            Self::BcryptSha256 { cost } => bcrypt::hash(password, cost),
            Self::Pbkdf2Sha256 { iterations } => pbkdf2::hash(password, &salt()?, iterations),
            Self::Scrypt { log_n, block_size, parallelism } => {
                scrypt::hash(password, &salt()?, log_n, block_size, parallelism)
            }
        }
    }
}

/// A password could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashError {
    /// The parameters are out of the algorithm's range.
    Parameters,
    /// The system gave no randomness.
    Randomness,
}

impl fmt::Display for HashError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Parameters => "the hasher's parameters are out of its algorithm's range",
            Self::Randomness => "the source of randomness is not available",
        })
    }
}

impl std::error::Error for HashError {}

impl From<RandomnessError> for HashError {
    fn from(_: RandomnessError) -> Self {
        Self::Randomness
    }
}

/// What a column holds, taken apart.
#[derive(PartialEq, Eq)]
pub(crate) enum Stored<'a> {
    Argon2(argon2::Stored),
    Bcrypt(bcrypt::Stored<'a>),
    Pbkdf2(pbkdf2::Stored<'a>),
    Scrypt(scrypt::Stored<'a>),
}

impl<'a> Stored<'a> {
    /// `None` if no password can be right: an unusable one, or a form that is unknown.
    pub(crate) fn parse(stored: &'a str) -> Option<Self> {
        let (algorithm, rest) = stored.split_once('$')?;
        match algorithm {
            "argon2" => argon2::Stored::parse(rest).map(Self::Argon2),
            "bcrypt_sha256" => bcrypt::Stored::parse(rest).map(Self::Bcrypt),
            "pbkdf2_sha1" | "pbkdf2_sha256" => {
                pbkdf2::Stored::parse(algorithm, rest).map(Self::Pbkdf2)
            }
            "scrypt" => scrypt::Stored::parse(rest).map(Self::Scrypt),
            _ => None,
        }
    }

    fn hasher(&self) -> Option<Hasher> {
        match self {
            Self::Argon2(stored) => stored.hasher(),
            Self::Bcrypt(stored) => Some(stored.hasher()),
            Self::Pbkdf2(stored) => stored.hasher(),
            Self::Scrypt(stored) => Some(stored.hasher()),
        }
    }

    pub(crate) fn verify(&self, password: &str) -> bool {
        let password = password.as_bytes();
        match self {
            Self::Argon2(stored) => stored.verify(password),
            Self::Bcrypt(stored) => stored.verify(password),
            Self::Pbkdf2(stored) => stored.verify(password),
            Self::Scrypt(stored) => stored.verify(password),
        }
    }
}

/// What became of a check.
pub(crate) struct Verdict {
    pub(crate) is_right: bool,
    /// The hash that should be stored instead.
    pub(crate) upgrade: Option<String>,
}

/// Checks a password, and takes about as long whether there is a hash to check against or not, so
/// that the time does not tell who has an account.
///
/// With `upgrades`, a right password is hashed anew where its hash was not made by `preferred`.
pub(crate) fn check(
    stored: Option<&str>,
    password: &str,
    preferred: Hasher,
    upgrades: bool,
) -> Verdict {
    let Some(stored) = stored.and_then(Stored::parse) else {
        // Its outcome is of no interest, and neither is a failure: nobody is let in.
        let _ = preferred.hash(password);
        return Verdict { is_right: false, upgrade: None };
    };
    let hasher = stored.hasher();
    let is_right = stored.verify(password);
    if !is_right {
        make_up(hasher, password, preferred);
        return Verdict { is_right, upgrade: None };
    }
    let is_due = upgrades && hasher != Some(preferred);
    // A login does not fail because its hash cannot be upgraded.
    Verdict { is_right, upgrade: is_due.then(|| preferred.hash(password).ok()).flatten() }
}

/// Does what a cheaper hash has left undone, where that can be said.
fn make_up(hasher: Option<Hasher>, password: &str, preferred: Hasher) {
    let (Some(Hasher::Pbkdf2Sha256 { iterations: done }), Hasher::Pbkdf2Sha256 { iterations }) =
        (hasher, preferred)
    else {
        return;
    };
    if done < iterations {
        let _ = Hasher::Pbkdf2Sha256 { iterations: iterations - done }.hash(password);
    }
}

/// 22 letters and digits, as Django makes them: 128 bits and some more.
fn salt() -> Result<String, RandomnessError> {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut salt = String::with_capacity(22);
    while salt.len() < 22 {
        let mut bytes = [0; 32];
        SystemRandomness.fill(&mut bytes)?;
        // No letter must be likelier than another, so what lies beyond a multiple of 62 is left out.
        let letters = bytes.iter().filter(|&&byte| byte < 248).map(|byte| byte % 62);
        salt.extend(letters.take(22 - salt.len()).map(|at| char::from(LETTERS[usize::from(at)])));
    }
    Ok(salt)
}

/// Reads a number in plain decimal digits.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    // Rust would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn bare_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

fn from_bare_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
