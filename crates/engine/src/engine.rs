use tegata_jose::{KeySet, Limits};

use crate::{Policy, PolicyError};

/// A [`Policy`] and its keys: everything that a decision needs besides the rows and the time.
///
/// It is immutable, so one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) keys: KeySet,
}

impl Engine {
    /// # Errors
    /// [`PolicyError`] names the setting that cannot be.
    pub fn new(policy: Policy, keys: KeySet) -> Result<Self, PolicyError> {
        policy.validate()?;
        Ok(Self { policy, keys })
    }

    /// The rules.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { max_token_length: self.policy.max_token_length, ..Limits::default() }
    }
}
