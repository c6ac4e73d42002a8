use std::fmt::{self, Write as _};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use tegata::{Randomness as _, SystemRandomness};
use zeroize::Zeroizing;

const LENGTH: usize = 32;

/// A password by argon2id (RFC 9106) with a salt of its own.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PasswordHash {
    salt: [u8; 16],
    hash: [u8; LENGTH],
}

impl PasswordHash {
    /// `None` without randomness.
    pub(super) fn of(password: &str) -> Option<Self> {
        let mut salt = [0; 16];
        SystemRandomness.fill(&mut salt).ok()?;
        Some(Self { hash: *derive(password, &salt)?, salt })
    }

    pub(super) fn verifies(&self, password: &str) -> bool {
        derive(password, &self.salt)
            .is_some_and(|hash| verify_slices_are_equal(&*hash, &self.hash).is_ok())
    }

    /// What a stamp is made of.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(2 * (self.salt.len() + LENGTH));
        for byte in self.salt.iter().chain(&self.hash) {
            // To a text nothing fails.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash")
    }
}

fn derive(password: &str, salt: &[u8]) -> Option<Zeroizing<[u8; LENGTH]>> {
    // Memory in KiB, passes and lanes: the least that OWASP advises.
    let params = Params::new(19_456, 2, 1, Some(LENGTH)).ok()?;
    let mut hash = Zeroizing::new([0; LENGTH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut *hash)
        .ok()?;
    Some(hash)
}
