use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

/// Where identifiers come from.
///
/// A source that repeats itself gives two logins one session; one that can be guessed gives
/// sessions away. Outside tests, use [`SystemRandomness`].
pub trait Randomness {
    /// Fills `bytes` with unpredictable ones.
    ///
    /// # Errors
    /// [`RandomnessError`] if the source cannot.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError>;
}

/// The source of randomness gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the source of randomness is not available")]
pub struct RandomnessError;

/// The cryptography library's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        SystemRandom::new().fill(bytes).map_err(|_| RandomnessError)
    }
}

/// `N` random bytes as base64url.
pub(crate) fn identifier<const N: usize>(
    random: &dyn Randomness,
) -> Result<String, RandomnessError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
