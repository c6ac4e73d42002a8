use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What an access token may be used for: a set of names, as the claim `scope` has them
/// (RFC 9068 section 2.2.3, RFC 6749 section 3.3).
///
/// Reading is strict: one space between two names and none around them. A name twice counts once.
///
/// ```
/// use tegata::Scopes;
///
/// let scopes: Scopes = "reports:read reports:write".parse().unwrap();
/// assert!(scopes.contains("reports:read"));
/// assert!(!scopes.contains("reports"));
/// assert!("reports:read  reports:write".parse::<Scopes>().is_err());
///
/// let same = Scopes::from_names(["reports:read", "reports:write"]).unwrap();
/// assert_eq!(same, scopes);
/// assert_eq!(same.to_string(), "reports:read reports:write");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(String);

/// A text that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no scope: a name is one or more printable ASCII characters, without a space, \
     a double quote or a backslash, and one space stands between two names (RFC 6749 section 3.3)"
)]
pub struct ScopeError(String);

impl Scopes {
    /// No scopes.
    #[must_use]
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// From single names; each counts once and stays in its place.
    ///
    /// # Errors
    /// [`ScopeError`] for the first that is no name.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut scopes = Self::none();
        for name in names {
            if !is_name(name) {
                return Err(ScopeError(name.to_owned()));
            }
            scopes.add(name);
        }
        Ok(scopes)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `name` is one of them. Names are compared as they are: none stands for others.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|each| each == name)
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub fn contain_all(&self, others: &Self) -> bool {
        others.iter().all(|name| self.contains(name))
    }

    /// Those that are in both.
    #[must_use]
    pub fn within(&self, limit: &Self) -> Self {
        let mut common = Self::none();
        for name in self.iter().filter(|name| limit.contains(name)) {
            common.add(name);
        }
        common
    }

    /// The names, each once.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|name| !name.is_empty())
    }

    /// As the claim has them; empty if there is none, and then there is no such claim.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn add(&mut self, name: &str) {
        if self.contains(name) {
            return;
        }
        if !self.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(name);
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    /// From the text of a claim or of a request's parameter, which has at least one name.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::from_names(text.split(' ')).map_err(|_| ScopeError(text.to_owned()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_name(text: &str) -> bool {
    let is_of_the_grammar = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(is_of_the_grammar)
}
