use tegata_jose::{KeySet, Limits};

use crate::{LegacyTokens, Policy, PolicyError};

/// A [`Policy`] and its keys: everything that a decision needs besides the rows and the time.
///
/// It is immutable, so one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) keys: KeySet,
    pub(crate) legacy: Vec<LegacyTokens>,
}

impl Engine {
    /// The rules and the keys, the first of which signs.
    ///
    /// # Errors
    /// [`PolicyError`] names the setting that cannot be; it is `KEYS` if the first key cannot sign.
    ///
    /// ```
    /// use tegata::{Engine, Policy};
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let key = Key::generate(Algorithm::EdDsa)?;
    /// let verifying = KeySet::new(vec![key.public()?, key])?;
    /// let refusal = Engine::new(Policy::default(), verifying).unwrap_err();
    /// assert_eq!(refusal.setting, "KEYS");
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn new(policy: Policy, keys: KeySet) -> Result<Self, PolicyError> {
        policy.validate()?;
        if keys.signing_key().is_err() {
            let problem = "must begin with a key that signs, and the first is public or for \
                           verifying only; hint: put a private key or a secret first";
            return Err(PolicyError { setting: "KEYS", problem });
        }
        Ok(Self { policy, keys, legacy: Vec::new() })
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
