//! Origins: what is read is what the grammar says, told a second time, and none is taken for another.

use tegata::{BrowserGuard, Origin};

/// `data` is the value of an `Origin` header.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let read = text.parse::<Origin>();
    assert_eq!(read.is_ok(), is_origin(text), "{text:?}");

    let own: Origin = "https://example.org".parse().unwrap();
    let guard = BrowserGuard::new(["http://localhost:3000".parse().unwrap()]);
    let passes = guard.check("POST", Some(text), None, Some(&own)).is_ok();
    let known = ["https://example.org", "https://example.org:443", "http://localhost:3000"];
    assert_eq!(passes, known.contains(&&*text.to_ascii_lowercase()), "{text:?}");
    assert!(guard.check("GET", Some(text), None, Some(&own)).is_ok());
    assert!(guard.check("POST", Some(text), Some("cross-site"), Some(&own)).is_ok() <= passes);

    let Ok(origin) = read else { return };
    let spelt = origin.to_string();
    assert_eq!(spelt.parse(), Ok(origin.clone()));
    assert!(
        spelt
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"/?#@,;\\".contains(&byte) || byte == b'/')
    );
    assert_eq!(spelt.matches('/').count(), 2);
    // Whoever it is, it may act where it is named, and nowhere by being alike.
    let own = BrowserGuard::default().check("POST", Some(text), None, Some(&origin));
    assert!(own.is_ok());
    let longer = format!("{spelt}.evil.test");
    assert!(BrowserGuard::default().check("POST", Some(&longer), None, Some(&origin)).is_err());
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let mut letters = scheme.chars();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_port = port.is_none_or(|port| {
        port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port)
    });
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.chars().all(|each| each.is_ascii_alphanumeric() || "-._".contains(each))
        }
    };
    is_scheme && is_port && is_host
}
