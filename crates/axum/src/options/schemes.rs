use tegata::{Refusal, scheme_credentials, scheme_token};

use super::OptionError;

const BEARER: &str = "Bearer";

/// The schemes under which access tokens come in the `Authorization` header; there is one at least.
#[derive(Clone, Debug, Default)]
pub(crate) enum Schemes {
    /// What nearly all sites say; apart, so that a header is held against a constant.
    #[default]
    Bearer,
    Named(Vec<String>),
}

impl Schemes {
    pub(crate) fn new(names: Vec<String>) -> Result<Self, OptionError> {
        // A token of RFC 9110 section 5.6.2.
        let is_letter =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte);
        let is_scheme = |name: &String| !name.is_empty() && name.bytes().all(is_letter);
        if names.is_empty() || !names.iter().all(is_scheme) {
            let problem = "must be one or more names of schemes, such as `Bearer`";
            return Err(OptionError::new("auth_header_types", problem));
        }
        Ok(if names == [BEARER] { Self::Bearer } else { Self::Named(names) })
    }

    /// The token of an `Authorization` header.
    pub(crate) fn token<'h>(&self, header: Option<&'h str>) -> Result<&'h str, Refusal> {
        match self {
            Self::Bearer => scheme_token(header, &[BEARER]),
            Self::Named(names) => scheme_token(header, names),
        }
    }

    /// What follows the scheme, for who reads it as a token at once.
    #[inline]
    pub(crate) fn credentials<'h>(&self, header: Option<&'h [u8]>) -> Result<&'h [u8], Refusal> {
        match self {
            Self::Bearer => scheme_credentials(header, &[BEARER]),
            Self::Named(names) => scheme_credentials(header, names),
        }
    }

    /// The scheme that a 401 names, if it is another than `Bearer`.
    pub(crate) fn other_than_bearer(&self) -> Option<&str> {
        match self {
            Self::Bearer => None,
            Self::Named(names) => names.first().map(String::as_str).filter(|name| *name != BEARER),
        }
    }
}
