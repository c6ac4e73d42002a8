use std::fmt;

/// The address of a database, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseAddress(String);

impl DatabaseAddress {
    /// As it was given.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The file of an SQLite database; `None` for another one, and for one in memory.
    pub(crate) fn file(&self) -> Option<&str> {
        let path = self.0.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (!path.is_empty() && path != ":memory:").then_some(path)
    }
}

impl From<String> for DatabaseAddress {
    fn from(text: String) -> Self {
        Self(text)
    }
}

// Without the password, and without parameters, one of which may be a password too.
impl fmt::Display for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.split_once('?').map_or(self.0.as_str(), |(text, _)| text);
        match (text.split_once("://"), text.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) if scheme != "sqlite" => {
                write!(formatter, "{scheme}://{place}")
            }
            _ => formatter.write_str(text),
        }
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{self}\"")
    }
}
