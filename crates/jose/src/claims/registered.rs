use std::borrow::Cow;
use std::time::Duration;

use super::Times;
use crate::json::quoted;
use crate::{ClaimError, Timestamp, TokenError, read_members};

/// The registered claims that a token has (RFC 7519 section 4.1), each of its type.
///
/// It is filled while an object is read: [`RegisteredClaims::note`] takes the members that belong
/// here, [`RegisteredClaims::check_types`] then says whether each was of its type. A claim of a
/// wrong type never counts as absent.
///
/// ```
/// use tegata_jose::{RegisteredClaims, Timestamp};
///
/// let claims = RegisteredClaims::parse(br#"{"sub":"alice","exp":1700000000}"#, 16)?;
/// assert!(claims.check_types().is_ok());
/// assert_eq!(claims.subject().as_deref(), Some("alice"));
/// assert_eq!(claims.expires_at(), Some(Timestamp::from_seconds(1_700_000_000)));
/// # Ok::<(), tegata_jose::TokenError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegisteredClaims<'a> {
    iss: Option<&'a str>,
    sub: Option<&'a str>,
    aud: Option<&'a str>,
    jti: Option<&'a str>,
    exp: Option<Date>,
    nbf: Option<Date>,
    iat: Option<Date>,
}

/// A claim that is to be a `NumericDate`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Date {
    At(Timestamp),
    Invalid,
}

const TEXT: &str = "a string";
const TEXTS: &str = "a string or a list of strings";
const TIME: &str = "a NumericDate between the years 1970 and 9999";

impl<'a> RegisteredClaims<'a> {
    /// From the text of a JSON object, whatever else is in it.
    ///
    /// # Errors
    /// As [`crate::check_object`].
    pub fn parse(json: &'a [u8], max_depth: usize) -> Result<Self, TokenError> {
        let mut registered = Self::default();
        read_members(json, max_depth, |name, value| {
            registered.note(name, value);
        })?;
        Ok(registered)
    }

    /// Takes the member `name`, whose value is written as `json`, if it is a registered claim; says
    /// whether it is.
    pub fn note(&mut self, name: &str, json: &'a str) -> bool {
        // Most names are told from these by their length.
        if name.len() != 3 {
            return false;
        }
        match name {
            "iss" => self.iss = Some(json),
            "sub" => self.sub = Some(json),
            "aud" => self.aud = Some(json),
            "jti" => self.jti = Some(json),
            "exp" => self.exp = Some(date(json)),
            "nbf" => self.nbf = Some(date(json)),
            "iat" => self.iat = Some(date(json)),
            _ => return false,
        }
        true
    }

    pub(super) fn forget(&mut self, name: &str) {
        match name {
            "iss" => self.iss = None,
            "sub" => self.sub = None,
            "aud" => self.aud = None,
            "jti" => self.jti = None,
            "exp" => self.exp = None,
            "nbf" => self.nbf = None,
            "iat" => self.iat = None,
            _ => {}
        }
    }

    /// Whether the registered claim `name` is there; `None` if it is not a registered one.
    #[must_use]
    pub fn has(&self, name: &str) -> Option<bool> {
        Some(match name {
            "iss" => self.iss.is_some(),
            "sub" => self.sub.is_some(),
            "aud" => self.aud.is_some(),
            "exp" => self.exp.is_some(),
            "nbf" => self.nbf.is_some(),
            "iat" => self.iat.is_some(),
            "jti" => self.jti.is_some(),
            _ => return None,
        })
    }

    /// Checks that every claim is of its type.
    ///
    /// # Errors
    /// [`ClaimError::WrongType`] names the first that is not.
    pub fn check_types(&self) -> Result<(), ClaimError> {
        for (claim, json) in [("iss", self.iss), ("sub", self.sub), ("jti", self.jti)] {
            if json.is_some_and(|json| !json.starts_with('"')) {
                return Err(ClaimError::WrongType { claim, expected: TEXT });
            }
        }
        if self.aud.is_some_and(|json| !json.starts_with('"') && texts(json).is_none()) {
            return Err(ClaimError::WrongType { claim: "aud", expected: TEXTS });
        }
        for (claim, date) in [("exp", self.exp), ("nbf", self.nbf), ("iat", self.iat)] {
            if date == Some(Date::Invalid) {
                return Err(ClaimError::WrongType { claim, expected: TIME });
            }
        }
        Ok(())
    }

    /// `iss`, the issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<Cow<'a, str>> {
        self.iss.and_then(quoted)
    }

    /// `sub`, the subject.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.sub.and_then(quoted)
    }

    /// `jti`, the identifier of the token.
    #[must_use]
    pub fn token_id(&self) -> Option<Cow<'a, str>> {
        self.jti.and_then(quoted)
    }

    /// Whether `aud`, one string or a list of them, names `audience`.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        let Some(json) = self.aud else { return false };
        match quoted(json) {
            Some(name) => name == audience,
            None => texts(json).is_some_and(|names| names.iter().any(|name| name == audience)),
        }
    }

    /// `exp`, when the token expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.exp.and_then(Date::moment)
    }

    /// `nbf`, when the token begins to be valid.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.nbf.and_then(Date::moment)
    }

    /// `iat`, when the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.iat.and_then(Date::moment)
    }

    /// Checks `exp`, `nbf` and `iat`, as far as they are there, against `now`; clocks may disagree
    /// by `leeway`.
    ///
    /// # Errors
    /// [`ClaimError::Expired`], [`ClaimError::NotYetValid`], [`ClaimError::IssuedInFuture`].
    pub fn check_times(&self, now: Timestamp, leeway: Duration) -> Result<(), ClaimError> {
        let (exp, nbf, iat) = (self.expires_at(), self.not_before(), self.issued_at());
        Times { exp, nbf, iat }.check(now, leeway)
    }
}

// What comes here was read as JSON already, so that none of it is ill-formed.

fn texts(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

fn date(json: &str) -> Date {
    numeric_date(json).map_or(Date::Invalid, Date::At)
}

fn numeric_date(json: &str) -> Option<Timestamp> {
    let mut seconds: u64 = 0;
    for byte in json.bytes() {
        if !byte.is_ascii_digit() {
            return fraction(json);
        }
        seconds = seconds.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
    }
    Timestamp::from_integer(seconds)
}

#[cold]
fn fraction(json: &str) -> Option<Timestamp> {
    let is_number = json.starts_with(|first: char| first.is_ascii_digit());
    if is_number { Timestamp::from_fraction(json.parse().ok()?) } else { None }
}

impl Date {
    fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Invalid => None,
        }
    }
}
