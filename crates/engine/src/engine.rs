use tegata_jose::{KeySet, Limits};

use crate::{KeySchedule, LegacyTokens, Policy, PolicyError, Timestamp};

/// A [`Policy`] and its keys: everything that a decision needs besides the rows and the time.
///
/// It is immutable, so one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) keys: KeySchedule,
    pub(crate) legacy: Vec<LegacyTokens>,
}

impl Engine {
    /// The rules and the keys: a [`KeySet`], whose first key signs, or a [`KeySchedule`].
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
    pub fn new(policy: Policy, keys: impl Into<KeySchedule>) -> Result<Self, PolicyError> {
        policy.validate()?;
        let keys = keys.into();
        if !keys.keys()[0].can_sign() {
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

    /// The keys, and when each of them signs and verifies.
    #[must_use]
    pub fn keys(&self) -> &KeySchedule {
        &self.keys
    }

    /// The keys that verify at an instant; the first of them signs.
    #[must_use]
    pub fn keys_at(&self, now: Timestamp) -> &KeySet {
        self.keys.at(now)
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { max_token_length: self.policy.max_token_length, ..Limits::default() }
    }
}
