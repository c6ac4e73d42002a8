use reqwest::Url;

/// Why keys may not be fetched from a URL; it does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read.
    #[error("this is no URL")]
    NoUrl,
    /// Anybody on the way could answer.
    #[error(
        "http is not trusted; hint: give an https URL, or allow http where nobody can listen or \
         answer"
    )]
    Http,
    /// Another scheme.
    #[error("only https is fetched from; hint: give an https URL")]
    Scheme,
    /// It has a user name or a password.
    #[error("a URL is no place for credentials; hint: have `configure` add a header")]
    Credentials,
    /// It has a fragment.
    #[error("a fragment is never sent; hint: leave it out")]
    Fragment,
    /// An issuer's name has a query.
    #[error("an issuer has no query; hint: give it as in `iss`")]
    Query,
}

/// The URL, if keys may be fetched from there. It is read by the client that will fetch it, so that
/// the two cannot disagree about the host.
pub(super) fn checked(text: &str, allow_http: bool) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::NoUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if allow_http => {}
        "http" => return Err(AddressError::Http),
        _ => return Err(AddressError::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if url.fragment().is_some() {
        return Err(AddressError::Fragment);
    }
    Ok(url)
}

/// The host, and the port if it is not the usual one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::{AddressError, checked};

    #[test]
    fn where_keys_may_come_from() {
        for (text, expected) in [
            ("https://login.example/keys?key=1", Ok(())),
            ("http://login.example/keys", Err(AddressError::Http)),
            ("ftp://login.example/keys", Err(AddressError::Scheme)),
            ("file:///etc/passwd", Err(AddressError::Scheme)),
            ("https://user@login.example/", Err(AddressError::Credentials)),
            ("https://:secret@login.example/", Err(AddressError::Credentials)),
            ("https://login.example/#keys", Err(AddressError::Fragment)),
            ("login.example", Err(AddressError::NoUrl)),
            ("https://", Err(AddressError::NoUrl)),
        ] {
            assert_eq!(checked(text, false).map(|_| ()), expected, "{text}");
        }
        assert!(checked("http://127.0.0.1:8000/keys", true).is_ok());
        assert_eq!(checked("ftp://127.0.0.1/", true), Err(AddressError::Scheme));
    }
}
