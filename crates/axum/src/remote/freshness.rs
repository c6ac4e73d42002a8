//! How long an answer says that it stays fresh (RFC 9111 section 4.2).

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::{AGE, CACHE_CONTROL, RETRY_AFTER};

// More than 68 years, which is what RFC 9111 section 1.2.2 makes of larger numbers.
const LONGEST: u64 = 1 << 31;

/// For how long an answer may be used from now on, or `None` if it does not say.
///
/// `no-store` and `no-cache` say no time at all, and so does a number that cannot be read.
/// `s-maxage` is for caches that several clients share, so it is not for this one.
pub(super) fn stated_lifetime(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let directives = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    let mut lifetime = None;
    for directive in directives {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (directive.trim(), None),
        };
        let said = match value {
            None if ["no-store", "no-cache"].iter().any(|it| name.eq_ignore_ascii_case(it)) => 0,
            value if name.eq_ignore_ascii_case("max-age") => {
                value.and_then(delta_seconds).unwrap_or(0)
            }
            _ => continue,
        };
        // The most cautious one counts.
        lifetime = Some(lifetime.map_or(said, |other: u64| other.min(said)));
    }
    let age = headers.get(AGE).and_then(|age| delta_seconds(age.to_str().ok()?)).unwrap_or(0);
    lifetime.map(|seconds| Duration::from_secs(seconds.saturating_sub(age)))
}

/// For how long an answer asks to be left alone (RFC 9110 section 10.2.3), if it does in seconds.
pub(super) fn stated_pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = delta_seconds(headers.get(RETRY_AFTER)?.to_str().ok()?)?;
    Some(Duration::from_secs(seconds))
}

fn delta_seconds(text: &str) -> Option<u64> {
    let digits = text.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderValue};

    use super::stated_lifetime;

    #[test]
    fn what_answers_say() {
        for (control, age, expected) in [
            ("max-age=300", "", Some(300)),
            ("public, max-age=\"300\"", "100", Some(200)),
            ("max-age=300", "400", Some(0)),
            ("max-age=300, no-store", "", Some(0)),
            ("MAX-AGE=300, max-age=60", "", Some(60)),
            ("max-age=-1", "", Some(0)),
            ("max-age=99999999999999999999999", "", Some(1 << 31)),
            ("s-maxage=300", "", None),
            ("", "", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("cache-control", HeaderValue::from_static(control));
            headers.insert("age", HeaderValue::from_static(age));
            assert_eq!(stated_lifetime(&headers), expected.map(Duration::from_secs), "{control}");
        }
    }
}
