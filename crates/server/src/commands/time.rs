//! Points in time and spans, for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tegata::Timestamp;

/// The time of the machine's clock.
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(0).plus(since_1970)
}

/// As RFC 3339 has it, in UTC and whole seconds.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let seconds = u64::try_from(at.seconds()).unwrap_or(0).min(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// Such as `2026-01-31 12:00:00 UTC`.
pub(crate) fn date(at: Timestamp) -> String {
    rfc3339(at).replace('T', " ").replace('Z', " UTC")
}

/// How far away a point in time is: `in 4m 59s` or `2h 3m ago`.
pub(crate) fn distance(at: Timestamp, now: Timestamp) -> String {
    if at >= now {
        format!("in {}", span(at.since(now)))
    } else {
        format!("{} ago", span(now.since(at)))
    }
}

/// The two largest units of a span.
pub(crate) fn span(span: Duration) -> String {
    let text = humantime::format_duration(Duration::from_secs(span.as_secs())).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
