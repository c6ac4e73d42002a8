use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::labelled;

/// The primary key of a user: an integer, or the text of any other key (a UUID with its hyphens).
///
/// The `user_id` claim carries it as it is, `sub` as text (RFC 7519 section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UserId {
    /// A numeric key.
    Integer(i64),
    /// Any other key, as text.
    Text(String),
}

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(key) => key.fmt(formatter),
            Self::Text(key) => key.fmt(formatter),
        }
    }
}

/// What the engine needs to know of a user, as the user's row says now.
#[derive(Clone, PartialEq, Eq)]
pub struct UserState {
    /// The primary key.
    pub id: UserId,
    /// Whether the account may be used.
    pub is_active: bool,
    /// The [`security_stamp`] of the row.
    pub security_stamp: String,
}

impl fmt::Debug for UserState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserState")
            .field("id", &self.id)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

/// A fingerprint of the columns whose change must end a user's sessions: the stored password
/// first, then any further ones. 43 characters of base64url, the same on every host; it depends
/// on no signing key, so rotating keys ends nobody's session.
///
/// ```
/// use tegata::{security_stamp, UserId};
///
/// let before = security_stamp(&UserId::Integer(1), &["pbkdf2_sha256$…"]);
/// assert_eq!(before.len(), 43);
/// assert_ne!(before, security_stamp(&UserId::Integer(1), &["argon2$…"]));
/// assert_ne!(before, security_stamp(&UserId::Integer(2), &["pbkdf2_sha256$…"]));
/// ```
#[must_use]
pub fn security_stamp(user: &UserId, columns: &[&str]) -> String {
    let user = user.to_string();
    let parts: Vec<&str> = [user.as_str()].iter().chain(columns).copied().collect();
    labelled("tegata security stamp v1", &parts)
}
