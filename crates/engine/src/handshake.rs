//! The handshake of a WebSocket (RFC 6455): which token it carries, and whose page sent it.

use crate::{Origin, Refusal};

const PREFIX: &str = "bearer.";

/// The token among the subprotocols that a client offers: a browser cannot set a header there.
///
/// It is offered as `bearer.` and the token, besides the subprotocol that the two sides speak. The
/// server must not select it: what is selected goes back in the clear.
///
/// # Errors
/// [`Refusal::MissingToken`] if none is offered; [`Refusal::InvalidToken`] for several, and for what
/// no token looks like.
///
/// ```
/// use tegata::{handshake_token, Refusal};
///
/// assert_eq!(handshake_token(&["chat", "bearer.abc.def.ghi"]), Ok("abc.def.ghi"));
/// assert_eq!(handshake_token(&["chat"]), Err(Refusal::MissingToken));
/// assert_eq!(handshake_token(&["bearer.a", "bearer.b"]), Err(Refusal::InvalidToken));
/// ```
pub fn handshake_token<'a>(offered: &[&'a str]) -> Result<&'a str, Refusal> {
    let mut tokens = offered.iter().filter_map(|protocol| protocol.strip_prefix(PREFIX));
    let token = tokens.next().ok_or(Refusal::MissingToken)?;
    // Those of a compact JWS, all of which a subprotocol may have.
    let is_of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if tokens.next().is_none() && !token.is_empty() && token.bytes().all(is_of_a_token) {
        Ok(token)
    } else {
        Err(Refusal::InvalidToken)
    }
}

/// The subprotocol to select: the first that is offered and carries no token.
///
/// ```
/// use tegata::handshake_protocol;
///
/// assert_eq!(handshake_protocol(&["bearer.abc", "chat", "v2"]), Some("chat"));
/// assert_eq!(handshake_protocol(&["bearer.abc"]), None);
/// ```
#[must_use]
pub fn handshake_protocol<'a>(offered: &[&'a str]) -> Option<&'a str> {
    offered.iter().copied().find(|protocol| !protocol.starts_with(PREFIX))
}

/// Whether a page of the site's own, or of one of `allowed`, sent a request: what a cookie needs
/// where no CSRF token can be asked for.
///
/// Origins are compared exactly, by scheme, host and port (RFC 6454 section 5). A request without
/// an `Origin` is nobody's.
///
/// ```
/// use tegata::is_allowed_origin;
///
/// let own = "https://shop.example";
/// assert!(is_allowed_origin(Some("https://shop.example:443"), own, &[]));
/// assert!(!is_allowed_origin(Some("https://shop.example.evil.example"), own, &[]));
/// assert!(is_allowed_origin(Some("https://app.example"), own, &["https://app.example"]));
/// assert!(!is_allowed_origin(None, own, &[]));
/// ```
#[must_use]
pub fn is_allowed_origin(origin: Option<&str>, own: &str, allowed: &[&str]) -> bool {
    let Some(origin) = origin.and_then(read) else { return false };
    std::iter::once(&own).chain(allowed).any(|each| read(each).as_ref() == Some(&origin))
}

/// An origin; that of a WebSocket's own address is the one of the page beside it.
fn read(text: &str) -> Option<Origin> {
    let http = |rest: &str, scheme: &str| format!("{scheme}://{rest}").parse().ok();
    match text.split_once("://")? {
        ("ws", rest) => http(rest, "http"),
        ("wss", rest) => http(rest, "https"),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{handshake_protocol, handshake_token, is_allowed_origin};
    use crate::Refusal;

    #[test]
    fn offers_that_hold_no_token() {
        for missing in [&[][..], &["chat"], &["Bearer.a"], &["bearer"], &["x.bearer.a"]] {
            assert_eq!(handshake_token(missing), Err(Refusal::MissingToken), "{missing:?}");
        }
        for bad in [
            &["bearer."][..],
            &["bearer.a b"],
            &["bearer.a,b"],
            &["bearer.\u{e9}"],
            &["bearer.a="],
            &["bearer.a", "bearer.a"],
            &["bearer.", "bearer.a"],
        ] {
            assert_eq!(handshake_token(bad), Err(Refusal::InvalidToken), "{bad:?}");
        }
        assert_eq!(handshake_protocol(&[]), None);
        assert_eq!(handshake_protocol(&["bearer."]), None);
    }

    #[test]
    fn an_origin_is_that_of_the_site() {
        for (origin, own) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example", "https://A.EXAMPLE:443"),
            ("https://a.example", "wss://a.example"),
            ("http://a.example", "ws://a.example:80"),
            ("http://a.example:8000", "http://a.example:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("http://[::1]", "ws://[::1]"),
        ] {
            assert!(is_allowed_origin(Some(origin), own, &[]), "{origin} {own}");
        }
    }

    #[test]
    fn a_neighbour_of_the_site_is_not_the_site() {
        let own = "https://a.example";
        let allowed = ["https://b.example:8443", "*", "https://*.c.example", ""];
        assert!(is_allowed_origin(Some("https://b.example:8443"), own, &allowed));
        for origin in [
            "",
            "null",
            "*",
            "a.example",
            "//a.example",
            "http://a.example",
            "https://a.example:8443",
            "https://a.example.evil.example",
            "https://evil-a.example",
            "https://a.example@evil.example",
            "https://evil.example/https://a.example",
            "https://a.example/",
            "https://a.example/x",
            "https://a.example?",
            "https://a.example#",
            "https://a.example.",
            "https://a.example:",
            "https://a.example:+443",
            "https://a.example:99999",
            "https://a.example https://a.example",
            " https://a.example",
            "https://\u{430}.example",
            "https://b.example",
            "https://x.c.example",
            "https://",
            "https://:443",
            "https://[::1",
            "ftp://a.example",
        ] {
            assert!(!is_allowed_origin(Some(origin), own, &allowed), "{origin}");
        }
        assert!(!is_allowed_origin(None, own, &allowed));
    }
}
