//! `scrypt$<N>$<salt>$<r>$<p>$<base64>`.

use scrypt::{Params, scrypt};

use super::{HashError, Hasher, base64, from_base64, is_same, number};

const LENGTH: usize = 64;
// More than that is no hash but a way to use up the machine: 4 GiB, and as much work.
const MOST_MEMORY: u64 = 1 << 32;

#[derive(PartialEq, Eq)]
pub(crate) struct Stored<'a> {
    log_n: u8,
    block_size: u32,
    parallelism: u32,
    salt: &'a str,
    hash: Vec<u8>,
}

impl<'a> Stored<'a> {
    pub(super) fn parse(rest: &'a str) -> Option<Self> {
        let mut parts = rest.split('$');
        let n: u64 = number(parts.next()?)?;
        let salt = parts.next()?;
        let (block_size, parallelism) = (number(parts.next()?)?, number(parts.next()?)?);
        let hash = from_base64(parts.next()?)?;
        let log_n = u8::try_from(n.checked_ilog2()?).ok()?;
        let is_whole = parts.next().is_none() && hash.len() == LENGTH && n.is_power_of_two();
        parameters(log_n, block_size, parallelism).filter(|_| is_whole)?;
        Some(Self { log_n, block_size, parallelism, salt, hash })
    }

    pub(super) fn hasher(&self) -> Hasher {
        let Self { log_n, block_size, parallelism, .. } = *self;
        Hasher::Scrypt { log_n, block_size, parallelism }
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        derive(password, self.salt, self.log_n, self.block_size, self.parallelism)
            .is_some_and(|hash| is_same(&hash, &self.hash))
    }
}

pub(super) fn hash(
    password: &[u8],
    salt: &str,
    log_n: u8,
    block_size: u32,
    parallelism: u32,
) -> Result<String, HashError> {
    let hash =
        derive(password, salt, log_n, block_size, parallelism).ok_or(HashError::Parameters)?;
    Ok(format!("scrypt${}${salt}${block_size}${parallelism}${}", 1_u64 << log_n, base64(&hash)))
}

fn derive(
    password: &[u8],
    salt: &str,
    log_n: u8,
    block_size: u32,
    parallelism: u32,
) -> Option<[u8; LENGTH]> {
    let mut hash = [0; LENGTH];
    let parameters = parameters(log_n, block_size, parallelism)?;
    scrypt(password, salt.as_bytes(), &parameters, &mut hash).ok()?;
    Some(hash)
}

/// The parameters, if they are ones: the product of two is looked at before the library does, which
/// multiplies them as they are.
fn parameters(log_n: u8, block_size: u32, parallelism: u32) -> Option<Params> {
    let blocks = 1_u64.checked_shl(log_n.into())?.checked_mul(u64::from(block_size))?;
    let memory = blocks.checked_mul(128)?.checked_mul(u64::from(parallelism))?;
    if log_n == 0 || memory > MOST_MEMORY {
        return None;
    }
    Params::new(log_n, block_size, parallelism).ok()
}
