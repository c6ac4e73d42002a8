use std::fmt;

use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use zeroize::Zeroizing;

/// A password or a token: it is zeroed when it is freed, and `Debug` does not show it.
///
/// ```
/// use tegata_axum::bodies::Secret;
///
/// let secret: Secret = serde_json::from_str("\"a long one\"").unwrap();
/// assert_eq!(secret.as_str(), "a long one");
/// assert_eq!(format!("{secret:?}"), "Secret");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A text, as any other.
impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        String::schema()
    }
}

impl ToSchema for Secret {}

/// The most characters of a name.
pub(crate) const MAX_USERNAME: usize = 1024;
/// The most characters of a password.
pub(crate) const MAX_PASSWORD: usize = 4096;

pub(super) fn username<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    check(&text, MAX_USERNAME)?;
    Ok(text)
}

pub(super) fn password<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let secret = Secret::deserialize(deserializer)?;
    check(secret.as_str(), MAX_PASSWORD)?;
    Ok(secret)
}

fn check<E: de::Error>(text: &str, most: usize) -> Result<(), E> {
    // PostgreSQL cannot hold it, so it would be an error of the database.
    if text.contains('\0') {
        return Err(E::custom("must not contain a NUL character"));
    }
    // Only the shortest texts have to be counted.
    if text.is_empty() || text.chars().nth(most).is_some() {
        return Err(E::custom(format_args!("must have 1 to {most} characters")));
    }
    Ok(())
}
