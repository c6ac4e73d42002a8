//! Rates: what may be written, and windows without a gap.

use std::time::Duration;

use proptest::prelude::*;
use tegata::{Rate, Timestamp};

#[test]
fn rates_that_may_be_written() {
    for (text, limit, seconds) in [
        ("1/s", 1, 1),
        ("5/m", 5, 60),
        ("100/h", 100, 3_600),
        ("3/d", 3, 86_400),
        ("5/15m", 5, 900),
        ("10/90s", 10, 90),
        ("1000000/24h", 1_000_000, 86_400),
    ] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!((rate.limit(), rate.window()), (limit, Duration::from_secs(seconds)), "{text}");
        assert_eq!(rate.to_string().parse(), Ok(rate));
    }
    for text in [
        "",
        "/",
        "5",
        "5/",
        "/m",
        "0/m",
        "05/m",
        "-1/m",
        "+5/m",
        "5/w",
        "5/M",
        "5 /m",
        "5/m ",
        "5/0m",
        "5/-1m",
        "5/2d",
        "5/25h",
        "1000001/m",
        "99999999999/m",
        "5/99999999999s",
        "5/m/m",
        "5/\u{664}m",
        "five/m",
        "5/é",
    ] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
}

#[test]
fn the_wait_is_in_whole_seconds_and_never_too_short() {
    let rate: Rate = "5/m".parse().unwrap();
    let begins = Timestamp::from_seconds(1_700_000_040);
    let after = |micros| begins.plus(Duration::from_micros(micros));
    for (micros, wait) in [(0, 60), (1, 60), (1_000_000, 59), (59_000_001, 1), (59_999_999, 1)] {
        let window = rate.window_at(after(micros), 0);
        assert_eq!((window.begins, window.retry_after(after(micros))), (begins, wait), "{micros}");
    }
    assert_eq!(rate.window_at(after(60_000_000), 0).begins, after(60_000_000));
}

proptest! {
    #[test]
    fn windows_follow_one_another_without_a_gap(
        limit in 1_u32..1_000,
        seconds in 1_u32..86_400,
        now in 0_i64..4_000_000_000_000_000,
        phase in any::<u64>(),
    ) {
        let rate: Rate = format!("{limit}/{seconds}s").parse().unwrap();
        let now = Timestamp::from_micros(now);
        let window = rate.window_at(now, phase);
        prop_assert!(window.begins <= now && now < window.ends);
        prop_assert_eq!(window.ends.since(window.begins), rate.window());
        let next = rate.window_at(window.ends, phase);
        prop_assert_eq!((next.number, next.begins), (window.number + 1, window.ends));
        let opens = now.plus(Duration::from_secs(window.retry_after(now)));
        prop_assert!(opens >= window.ends && opens.since(window.ends) <= Duration::from_secs(1));
    }
}
