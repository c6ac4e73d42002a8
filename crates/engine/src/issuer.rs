use serde::Serialize;
use thiserror::Error;

use crate::Scopes;

const SCHEME: &str = "https://";
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// An issuer's identifier that others can look up: an https URL without a query and a fragment (RFC
/// 8414 section 2).
///
/// ```
/// use tegata::Issuer;
///
/// let issuer: Issuer = "https://example.org/shop".parse()?;
/// assert_eq!(issuer.origin(), "https://example.org");
/// assert_eq!(issuer.metadata_path(), "/.well-known/oauth-authorization-server/shop");
/// assert!("tegata".parse::<Issuer>().is_err());
/// # Ok::<(), tegata::IssuerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: String,
    path_at: usize,
}

/// An issuer's identifier that nobody can look up, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("{0}")]
pub struct IssuerError(&'static str);

/// Where on the issuer's host things are; each begins with a slash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetadataPaths<'a> {
    /// The JWK Set.
    pub jwks: &'a str,
    /// The token endpoint of the password form, where there is one.
    pub token: Option<&'a str>,
    /// Where registered clients ask about tokens (RFC 7662), if they can.
    pub introspection: Option<&'a str>,
    /// Where registered clients end tokens (RFC 7009), if they can.
    pub revocation: Option<&'a str>,
}

impl std::str::FromStr for Issuer {
    type Err = IssuerError;

    fn from_str(text: &str) -> Result<Self, IssuerError> {
        let rest = text.strip_prefix(SCHEME).ok_or(IssuerError("it is no https URL"))?;
        let path_at = rest.find('/').unwrap_or(rest.len()) + SCHEME.len();
        let host = &text[SCHEME.len()..path_at];
        if host.is_empty() || host.starts_with(':') {
            return Err(IssuerError("it has no host"));
        }
        // What these would be for a client is not what they are for the next one.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['"', '\\', '<', '>'])
        {
            return Err(IssuerError("it has a character that a URL must not have"));
        }
        if text.contains(['?', '#']) {
            return Err(IssuerError("it has a query or a fragment"));
        }
        if host.contains('@') {
            return Err(IssuerError("it has credentials"));
        }
        if text[path_at..].split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(IssuerError("its path has a segment `.` or `..`"));
        }
        Ok(Self { text: text.to_owned(), path_at })
    }
}

impl Issuer {
    /// The identifier, as tokens name it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.text[..self.path_at]
    }

    /// Where its metadata stands on its host: the well-known path in front of its own, whose last
    /// slash goes (RFC 8414 section 3.1).
    #[must_use]
    pub fn metadata_path(&self) -> String {
        let own = &self.text[self.path_at..];
        format!("{METADATA}{}", own.strip_suffix('/').unwrap_or(own))
    }

    /// Its metadata as JSON (RFC 8414 section 2).
    ///
    /// There is no authorization endpoint, and so no response type; the member is required, and an
    /// empty array says so. Of the grant types only the password form is one of RFC 6749.
    ///
    /// ```
    /// use tegata::{Issuer, MetadataPaths};
    ///
    /// let issuer: Issuer = "https://example.org".parse()?;
    /// let paths = MetadataPaths { jwks: "/.well-known/jwks.json", ..MetadataPaths::default() };
    /// let metadata = issuer.metadata(paths, None);
    /// assert!(metadata.contains(r#""jwks_uri":"https://example.org/.well-known/jwks.json""#));
    /// # Ok::<(), tegata::IssuerError>(())
    /// ```
    #[must_use]
    pub fn metadata(&self, paths: MetadataPaths<'_>, scopes: Option<&Scopes>) -> String {
        let is_there = paths.token.is_some();
        text_of(&Metadata {
            issuer: &self.text,
            jwks_uri: self.url(paths.jwks),
            token_endpoint: paths.token.map(|path| self.url(path)),
            // Without them, clients take these for `client_secret_basic` and for the grants of
            // authorization endpoints.
            token_endpoint_auth_methods_supported: is_there.then_some(["none"]),
            grant_types_supported: if is_there { &["password"] } else { &[] },
            response_types_supported: [],
            scopes_supported: scopes.map(|scopes| scopes.iter().collect()),
            introspection_endpoint: paths.introspection.map(|path| self.url(path)),
            introspection_endpoint_auth_methods_supported: by_secret(paths.introspection),
            revocation_endpoint: paths.revocation.map(|path| self.url(path)),
            revocation_endpoint_auth_methods_supported: by_secret(paths.revocation),
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_methods_supported: Option<[&'static str; 1]>,
    grant_types_supported: &'static [&'static str],
    response_types_supported: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes_supported: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint_auth_methods_supported: Option<[&'static str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint_auth_methods_supported: Option<[&'static str; 2]>,
}

/// How a registered client says who it is at an endpoint, if there is one (RFC 6749 section 2.3.1).
fn by_secret(path: Option<&str>) -> Option<[&'static str; 2]> {
    path.map(|_| ["client_secret_basic", "client_secret_post"])
}

fn text_of(metadata: &Metadata<'_>) -> String {
    serde_json::to_string(metadata).expect("texts and arrays of them serialize")
}
