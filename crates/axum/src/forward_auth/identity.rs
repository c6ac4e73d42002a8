use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tegata::{AccessClaims, Scopes, Tenant};

/// What no header can hold, what proxies trim or take apart, and `%` itself, so that two users never
/// look like one.
const ENCODED: AsciiSet = CONTROLS.add(b' ').add(b',').add(b'%');

/// Who a request is from, in the headers that a proxy passes on.
///
/// All four are always there, if need be without a value: a proxy that copies them overwrites with
/// them whatever the client has written.
pub(super) fn headers(claims: &AccessClaims) -> HeaderMap {
    let tenant = claims.tenant().map_or("", Tenant::as_str);
    // Its grammar is that of a header's value.
    let scope = claims.scopes().map_or("", Scopes::as_str).to_owned();
    let told = [
        ("x-auth-user", encoded(claims.subject())),
        ("x-auth-session", encoded(claims.session_id().as_str())),
        ("x-auth-scope", scope),
        ("x-auth-tenant", encoded(tenant)),
    ];
    let as_header = |(name, value)| {
        let value = HeaderValue::try_from(value).expect("what is not legal is encoded");
        (HeaderName::from_static(name), value)
    };
    told.into_iter().map(as_header).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::encoded;

    proptest! {
        #[test]
        fn no_two_users_look_like_one(name in "[a%, 0-9]{0,8}|(?s).{0,12}") {
            let header = encoded(&name);
            prop_assert!(HeaderValue::from_str(&header).is_ok());
            prop_assert!(!header.contains([' ', ',']));
            prop_assert_eq!(percent_decode_str(&header).decode_utf8().unwrap(), name);
        }
    }

    #[test]
    fn whatever_a_user_is_called_is_a_legal_header() {
        for (name, header) in [
            ("1", "1"),
            ("alice@example.org", "alice@example.org"),
            ("zoë", "zo%C3%AB"),
            ("a\r\nX-Auth-User: b", "a%0D%0AX-Auth-User:%20b"),
            ("a%20b, c\0\u{7f}", "a%2520b%2C%20c%00%7F"),
            ("", ""),
        ] {
            assert_eq!(encoded(name), header);
            assert!(HeaderValue::try_from(header).is_ok());
        }
    }
}
