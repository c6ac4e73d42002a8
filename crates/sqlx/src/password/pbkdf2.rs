//! `pbkdf2_sha256$<iterations>$<salt>$<base64>`, and the same with SHA-1, which is read only.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, derive};

use super::{HashError, Hasher, base64, from_base64, is_same, number};

const SHA1_LENGTH: usize = 20;
const SHA256_LENGTH: usize = 32;

#[derive(PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    algorithm: Algorithm,
    iterations: NonZeroU32,
    salt: &'a str,
    hash: Vec<u8>,
}

impl<'a> Stored<'a> {
    pub(super) fn parse(algorithm: &str, rest: &'a str) -> Option<Self> {
        let mut parts = rest.split('$');
        let iterations = number(parts.next()?)?;
        let salt = parts.next()?;
        let hash = from_base64(parts.next()?)?;
        let (algorithm, length) = match algorithm {
            "pbkdf2_sha1" => (PBKDF2_HMAC_SHA1, SHA1_LENGTH),
            _ => (PBKDF2_HMAC_SHA256, SHA256_LENGTH),
        };
        let is_whole = parts.next().is_none() && hash.len() == length;
        is_whole.then_some(Self { algorithm, iterations, salt, hash })
    }

    pub(super) fn hasher(&self) -> Option<Hasher> {
        let is_sha256 = self.algorithm == PBKDF2_HMAC_SHA256;
        is_sha256.then(|| Hasher::Pbkdf2Sha256 { iterations: self.iterations.get() })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut hash = vec![0; self.hash.len()];
        derive(self.algorithm, self.iterations, self.salt.as_bytes(), password, &mut hash);
        is_same(&hash, &self.hash)
    }
}

pub(super) fn hash(password: &[u8], salt: &str, iterations: u32) -> Result<String, HashError> {
    let rounds = NonZeroU32::new(iterations).ok_or(HashError::Parameters)?;
    let mut hash = [0; SHA256_LENGTH];
    derive(PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), password, &mut hash);
    Ok(format!("pbkdf2_sha256${iterations}${salt}${}", base64(&hash)))
}
