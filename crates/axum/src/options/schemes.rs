use tegata::{Refusal, scheme_credentials, scheme_token};

use super::OptionError;

const BEARER: &str = "Bearer";

/// The schemes under which access tokens come in the `Authorization` header; there is one at least.
#[derive(Clone, Debug)]
pub(crate) struct Schemes(Vec<String>);

impl Default for Schemes {
    fn default() -> Self {
        Self(vec![BEARER.to_owned()])
    }
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
        Ok(Self(names))
    }

    /// The token of an `Authorization` header.
    pub(crate) fn token<'h>(&self, header: Option<&'h str>) -> Result<&'h str, Refusal> {
        scheme_token(header, &self.0)
    }

    /// What follows the scheme, for who reads it as a token at once.
    pub(crate) fn credentials<'h>(&self, header: Option<&'h [u8]>) -> Result<&'h [u8], Refusal> {
        scheme_credentials(header, &self.0)
    }

    /// The scheme that a 401 names, if it is another than `Bearer`.
    pub(crate) fn other_than_bearer(&self) -> Option<&str> {
        self.0.first().map(String::as_str).filter(|name| *name != BEARER)
    }
}
