//! `bcrypt_sha256$$2b$<cost>$<salt and hash>`: bcrypt over the hex digits of a SHA-256, which is
//! shorter than the 72 bytes that bcrypt looks at.

use aws_lc_rs::digest::{SHA256, digest};
use bcrypt::{HashParts, Version, hash_with_salt, verify};
use tegata::{Randomness, SystemRandomness};

use super::{HashError, Hasher};
use crate::value::hex;

#[derive(PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    cost: u32,
    text: &'a str,
}

impl<'a> Stored<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let is_known = ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix));
        let parts: HashParts = text.parse().ok().filter(|_| is_known && text.len() == 60)?;
        Some(Self { cost: parts.get_cost(), text })
    }

    pub(super) fn hasher(&self) -> Hasher {
        Hasher::BcryptSha256 { cost: self.cost }
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        verify(digits(password), self.text).unwrap_or(false)
    }
}

pub(super) fn hash(password: &[u8], cost: u32) -> Result<String, HashError> {
    let mut salt = [0; 16];
    SystemRandomness.fill(&mut salt)?;
    let parts = hash_with_salt(digits(password), cost, salt).map_err(|_| HashError::Parameters)?;
    Ok(format!("bcrypt_sha256${}", parts.format_for_version(Version::TwoB)))
}

fn digits(password: &[u8]) -> String {
    hex(digest(&SHA256, password).as_ref())
}
