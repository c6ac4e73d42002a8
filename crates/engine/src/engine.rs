use tegata_jose::{KeySet, Limits};

use crate::readings::Readings;
use crate::{KeySchedule, LegacyTokens, Policy, PolicyError, Timestamp};

/// A [`Policy`] and its keys: everything that a decision needs besides the rows and the time.
///
/// It answers alike whatever it was asked before, so one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    pub(crate) policy: Policy,
    pub(crate) keys: KeySchedule,
    pub(crate) legacy: Vec<LegacyTokens>,
    pub(crate) readings: Readings,
}

impl Engine {
    /// How many access tokens an engine keeps in mind, if nothing else is said.
    pub const REMEMBERED_TOKENS: usize = 10_000;

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
        let readings = Readings::new(Self::REMEMBERED_TOKENS);
        Ok(Self { policy, keys, legacy: Vec::new(), readings })
    }

    /// Has it keep as many access tokens in mind that it has read, so that one that comes again is
    /// told by its text; with 0 it reads each of them anew. A token takes about 1 KiB, and no room
    /// is taken before it comes; where there are more, those that come often stay.
    ///
    /// Nothing else hangs on it: a token is refused at the same instant as without.
    ///
    /// ```
    /// use tegata::{Engine, Policy};
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?.remembering_tokens(100_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn remembering_tokens(self, capacity: usize) -> Self {
        Self { readings: Readings::new(capacity), ..self }
    }

    /// Forgets the access tokens that it has read, for a host that has put another engine in its
    /// place: one that comes again is read anew.
    ///
    /// ```
    /// use tegata::{Engine, Policy};
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// engine.forget_tokens();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forget_tokens(&self) {
        self.readings.clear();
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
