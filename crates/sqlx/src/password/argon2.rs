//! `argon2$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<base64>$<base64>`: a PHC string with a name
//! in front. Those of argon2i and argon2d are read only.

use argon2::{Algorithm, Argon2, Params, Version};

use super::{HashError, Hasher, bare_base64, from_bare_base64, is_same, number};

const LENGTH: usize = 32;
// More than that is no hash but a way to use up the machine: 4 GiB.
const MOST_MEMORY: u32 = 1 << 22;

#[derive(PartialEq, Eq)]
pub(crate) struct Stored {
    algorithm: Algorithm,
    version: Version,
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let mut parts = rest.split('$').peekable();
        let algorithm = match parts.next()? {
            "argon2d" => Algorithm::Argon2d,
            "argon2i" => Algorithm::Argon2i,
            "argon2id" => Algorithm::Argon2id,
            _ => return None,
        };
        // Before it had a version, that was 16.
        let version = match parts.peek()?.strip_prefix("v=") {
            None => Version::V0x10,
            Some(version) => {
                parts.next();
                match version {
                    "16" => Version::V0x10,
                    "19" => Version::V0x13,
                    _ => return None,
                }
            }
        };
        let mut parameters = parts.next()?.split(',');
        let mut parameter =
            |name: &str| number::<u32>(parameters.next()?.strip_prefix(name)?.strip_prefix('=')?);
        let (memory, passes, lanes) = (parameter("m")?, parameter("t")?, parameter("p")?);
        let salt = from_bare_base64(parts.next()?)?;
        let hash = from_bare_base64(parts.next()?)?;
        let is_whole = parameters.next().is_none() && parts.next().is_none();
        // A hash of few bytes would be met by chance.
        (is_whole && hash.len() >= 16 && memory <= MOST_MEMORY).then_some(Self {
            algorithm,
            version,
            memory,
            passes,
            lanes,
            salt,
            hash,
        })
    }

    pub(super) fn hasher(&self) -> Option<Hasher> {
        let is_current = self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.hash.len() == LENGTH;
        let Self { memory, passes, lanes, .. } = *self;
        is_current.then_some(Hasher::Argon2id { memory, passes, lanes })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut hash = vec![0; self.hash.len()];
        Params::new(self.memory, self.passes, self.lanes, Some(hash.len()))
            .and_then(|parameters| {
                Argon2::new(self.algorithm, self.version, parameters)
                    .hash_password_into(password, &self.salt, &mut hash)
            })
            .is_ok_and(|()| is_same(&hash, &self.hash))
    }
}

pub(super) fn hash(
    password: &[u8],
    salt: &str,
    memory: u32,
    passes: u32,
    lanes: u32,
) -> Result<String, HashError> {
    let mut hash = [0; LENGTH];
    Params::new(memory, passes, lanes, Some(LENGTH))
        .and_then(|parameters| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into(
                password,
                salt.as_bytes(),
                &mut hash,
            )
        })
        .map_err(|_| HashError::Parameters)?;
    let (salt, hash) = (bare_base64(salt.as_bytes()), bare_base64(&hash));
    Ok(format!("argon2$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
}
