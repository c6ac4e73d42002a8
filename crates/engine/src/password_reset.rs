use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::digest::labelled;
use crate::{
    CustomClaims, Device, DraftError, Engine, MintError, Randomness, Refusal, Timestamp, TokenType,
    UserId, UserState,
};

const STAMP: &str = "stamp";

/// A token that lets whoever holds it set a user's password, read and verified.
///
/// It is good for the password that the user had when it was made: once that is another, by this
/// token or in any other way, [`PasswordReset::is_for`] says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    user_id: UserId,
    stamp: String,
}

/// Why no token for a password reset was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordResetError {
    /// No claims could be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// They could not be signed.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

#[derive(Deserialize)]
struct Stamped {
    stamp: String,
}

impl PasswordReset {
    /// Whose password it sets.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// Whether it is good for the user as the row says now: active, and with the password that the
    /// user had when it was made.
    #[must_use]
    pub fn is_for(&self, user: &UserState) -> bool {
        user.is_active && user.id == self.user_id && self.stamp == fingerprint(user)
    }
}

// Not the stamp itself: that stands in the rows of sessions, and mails lie about.
fn fingerprint(user: &UserState) -> String {
    labelled("tegata password reset v1", &[&user.security_stamp])
}

fn token_type() -> TokenType {
    TokenType::from_name("password_reset").expect("it is letters and a line")
}

impl Engine {
    /// A token that sets the password of `user` once, within `lifetime`. It is of a type of its
    /// own, so nothing else takes it.
    ///
    /// # Errors
    /// [`PasswordResetError`]; nothing has happened then.
    ///
    /// # Panics
    /// Never: texts serialize.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata::{Engine, Policy, SystemRandomness, UserId, UserState, security_stamp};
    /// use tegata_jose::{Algorithm, Key, KeySet, Timestamp};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let user = |hash: &str| {
    ///     let id = UserId::Integer(1);
    ///     let security_stamp = security_stamp(&id, &[hash]);
    ///     UserState { id, is_active: true, security_stamp }
    /// };
    ///
    /// let lifetime = Duration::from_secs(900);
    /// let token = engine.password_reset(now, &SystemRandomness, &user("old"), lifetime)?;
    /// let reset = engine.read_password_reset(now, &token).unwrap();
    /// assert!(reset.is_for(&user("old")));
    /// assert!(!reset.is_for(&user("new")), "it was used");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn password_reset(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        user: &UserState,
        lifetime: Duration,
    ) -> Result<String, PasswordResetError> {
        let (of, device) = (token_type(), Device::unknown());
        let draft = self.draft(now, random, &of, lifetime.into(), Some(user), device, None)?;
        let claims = CustomClaims::from_json(&draft.claims).expect("a draft is an object");
        let mut members: BTreeMap<&str, &RawValue> =
            claims.members().iter().map(|(name, json)| (name.as_str(), &**json)).collect();
        let stamp = serde_json::value::to_raw_value(&fingerprint(user)).expect("text serializes");
        members.insert(STAMP, &stamp);
        let claims = serde_json::to_string(&members).expect("texts serialize");
        Ok(self.sign_draft(now, &of, &claims)?)
    }

    /// Reads a token of [`Engine::password_reset`].
    ///
    /// # Errors
    /// [`Refusal::ExpiredToken`], or [`Refusal::InvalidToken`] and
    /// [`Refusal::InvalidTokenType`] for everything that is none.
    pub fn read_password_reset(
        &self,
        now: Timestamp,
        token: &str,
    ) -> Result<PasswordReset, Refusal> {
        let claims = self
            .read_typed(now, token, Some(&[token_type()]), None)
            .map_err(|unread| unread.refusal)?;
        let login = claims.login().ok_or(Refusal::InvalidToken)?;
        let user_id = login.user_id().clone();
        let Stamped { stamp } =
            serde_json::from_slice(claims.payload()).map_err(|_| Refusal::InvalidToken)?;
        Ok(PasswordReset { user_id, stamp })
    }
}
