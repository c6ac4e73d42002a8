//! Where an issuer says that its keys are (`OpenID` Connect Discovery 1.0 section 4, RFC 8414).

use std::borrow::Cow;

use reqwest::Url;
use tegata_jose::read_members;

use super::address::{AddressError, checked};
use super::http::FetchError;

const MAX_DEPTH: usize = 16;

/// Where an issuer's metadata stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// At the well-known path behind the issuer's own (`OpenID` Connect Discovery 1.0 section 4.1).
    OpenId,
    /// At the well-known path in front of the issuer's own (RFC 8414 section 3.1).
    OAuth,
    /// The first of them that is there.
    #[default]
    Either,
}

/// Where the issuer's metadata may stand, in the order in which to look.
pub(super) fn document_urls(
    issuer: &str,
    discovery: Discovery,
    allow_http: bool,
) -> Result<Vec<Url>, AddressError> {
    let url = checked(issuer, allow_http)?;
    if issuer.contains('?') {
        return Err(AddressError::Query);
    }
    let own = url.path().trim_end_matches('/');
    let at = |path: String| {
        let mut document = url.clone();
        document.set_path(&path);
        document
    };
    let openid = at(format!("{own}/.well-known/openid-configuration"));
    let oauth = at(format!("/.well-known/oauth-authorization-server{own}"));
    Ok(match discovery {
        Discovery::OpenId => vec![openid],
        Discovery::OAuth => vec![oauth],
        Discovery::Either => vec![openid, oauth],
    })
}

/// What the metadata names as `jwks_uri`, if it is exactly this issuer's (`OpenID` Connect
/// Discovery 1.0 section 4.3, RFC 8414 section 3.3).
pub(super) fn jwks_url(
    document: &[u8],
    issuer: &str,
    found_at: &Url,
    allow_http: bool,
) -> Result<Url, FetchError> {
    let (mut named, mut uri) = (None, None);
    // A member that stands there twice is refused: which counts, another reader may see otherwise.
    let read = read_members(document, MAX_DEPTH, |name, json| match name {
        "issuer" => named = text(json),
        "jwks_uri" => uri = text(json),
        _ => {}
    });
    if read.is_err() {
        return Err(FetchError::new(found_at, "answered with metadata that is no JSON object"));
    }
    if named.as_deref() != Some(issuer) {
        let why = "answered with the metadata of another issuer; hint: give the issuer as it \
                   writes itself, to the last slash";
        return Err(FetchError::new(found_at, why));
    }
    let uri =
        uri.ok_or_else(|| FetchError::new(found_at, "names no `jwks_uri` in its metadata"))?;
    checked(&uri, allow_http)
        .map_err(|_| FetchError::new(found_at, "names a `jwks_uri` that may not be fetched from"))
}

fn text(json: &str) -> Option<String> {
    serde_json::from_str::<Cow<'_, str>>(json).ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{Discovery, document_urls};

    #[test]
    fn where_metadata_stands() {
        for (issuer, openid, oauth) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/realms/shop/",
                "https://a.example/realms/shop/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server/realms/shop",
            ),
        ] {
            let urls = document_urls(issuer, Discovery::Either, false).unwrap();
            assert_eq!(urls.iter().map(reqwest::Url::as_str).collect::<Vec<_>>(), [openid, oauth]);
        }
        assert!(document_urls("https://a.example/?", Discovery::OpenId, false).is_err());
    }
}
