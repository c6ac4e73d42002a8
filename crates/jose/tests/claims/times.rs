//! `exp`, `nbf`, `iat`: when a token is good.

use std::time::Duration;

use tegata_jose::{ClaimError, Timestamp, Validation};

use crate::{NOW, SECOND, check, check_at, missing};

const MICRO: Duration = Duration::from_micros(1);

fn before(instant: Timestamp) -> Timestamp {
    instant.minus(MICRO)
}

fn after(instant: Timestamp) -> Timestamp {
    instant.plus(MICRO)
}

fn with_leeway(seconds: u64) -> Validation<'static> {
    Validation::new().leeway(Duration::from_secs(seconds))
}

/// What `claims` come to one microsecond ahead of `instant`, at it, and one microsecond behind it.
fn around(
    claims: &str,
    instant: Timestamp,
    validation: &Validation<'_>,
) -> [Result<(), ClaimError>; 3] {
    [before(instant), instant, after(instant)]
        .map(|now| check_at(claims, validation, now).map_err(Option::unwrap))
}

#[test]
fn a_token_expires_at_exp_and_not_a_microsecond_earlier() {
    let claims = format!(r#"{{"exp":{SECOND}}}"#);
    let expected = [Ok(()), Err(ClaimError::Expired), Err(ClaimError::Expired)];
    assert_eq!(around(&claims, NOW, &Validation::new()), expected);
    let later = Timestamp::from_seconds(SECOND + 10);
    assert_eq!(around(&claims, later, &with_leeway(10)), expected);
}

#[test]
fn a_token_is_good_from_nbf_on() {
    let claims = format!(r#"{{"nbf":{SECOND}}}"#);
    let expected = [Err(ClaimError::NotYetValid), Ok(()), Ok(())];
    assert_eq!(around(&claims, NOW, &Validation::new()), expected);
    let earlier = Timestamp::from_seconds(SECOND - 10);
    assert_eq!(around(&claims, earlier, &with_leeway(10)), expected);
}

#[test]
fn a_token_is_not_from_the_future() {
    let claims = format!(r#"{{"iat":{SECOND}}}"#);
    let expected = [Err(ClaimError::IssuedInFuture), Ok(()), Ok(())];
    assert_eq!(around(&claims, NOW, &Validation::new()), expected);
    let earlier = Timestamp::from_seconds(SECOND - 10);
    assert_eq!(around(&claims, earlier, &with_leeway(10)), expected);
}

// Halves are exact in every notation.
#[test]
fn fractions_of_a_second_count() {
    let half = Timestamp::from_micros(SECOND * 1_000_000 + 500_000);
    let expired = [Ok(()), Err(ClaimError::Expired), Err(ClaimError::Expired)];
    for number in ["1700000000.5", "1700000000.500000", "17000000005e-1", "1.7000000005E+9"] {
        let claims = format!(r#"{{"exp":{number}}}"#);
        assert_eq!(around(&claims, half, &Validation::new()), expired, "{number}");
        let claims = format!(r#"{{"nbf":{number}}}"#);
        let nbf = around(&claims, half, &Validation::new());
        assert_eq!(nbf, [Err(ClaimError::NotYetValid), Ok(()), Ok(())], "{number}");
    }
    let leeway = Validation::new().leeway(Duration::from_millis(500));
    assert_eq!(around(r#"{"exp":1699999999.5}"#, NOW, &leeway), expired);
}

#[test]
fn every_notation_of_one_number_is_one_time() {
    for number in ["1700000000", "1.7e9", "1.7E9", "17e+8", "1700000000.0", "1700000000e0"] {
        let claims = format!(r#"{{"exp":{number}}}"#);
        let expected = [Ok(()), Err(ClaimError::Expired), Err(ClaimError::Expired)];
        assert_eq!(around(&claims, NOW, &Validation::new()), expected, "{number}");
    }
}

#[test]
fn the_first_and_the_last_second_that_a_time_can_be() {
    for (claim, number) in [
        ("exp", "253402300799"),
        ("exp", "253402300799.0"),
        ("nbf", "0"),
        ("nbf", "0.0"),
        ("iat", "0e0"),
        ("iat", "1e-300"),
    ] {
        assert_eq!(check(&format!(r#"{{"{claim}":{number}}}"#), &Validation::new()), Ok(()));
    }
    let late = check(r#"{"exp":0}"#, &Validation::new());
    assert_eq!(late, Err(ClaimError::Expired));
    let early = check(r#"{"nbf":253402300799}"#, &Validation::new());
    assert_eq!(early, Err(ClaimError::NotYetValid));
}

#[test]
fn a_time_out_of_range_is_refused() {
    for number in [
        "-1",
        "-0",
        "-0.0",
        "-0.5",
        "-1700000000",
        "253402300800",
        "253402300799.5",
        "1e300",
        "1e12",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "-9223372036854775808",
    ] {
        for claim in ["exp", "nbf", "iat"] {
            let refusal = check(&format!(r#"{{"{claim}":{number}}}"#), &Validation::new());
            let expected = "a NumericDate between the years 1970 and 9999";
            assert_eq!(refusal, Err(ClaimError::WrongType { claim, expected }), "{number}");
        }
    }
}

#[test]
fn a_leeway_beyond_all_time_overflows_nothing() {
    let leeway = Validation::new().leeway(Duration::MAX).max_age(Duration::MAX);
    let claims = r#"{"exp":1,"nbf":253402300799,"iat":253402300799}"#;
    for now in [NOW, Timestamp::from_micros(i64::MAX)] {
        assert_eq!(check_at(claims, &leeway, now), Ok(()), "{now:?}");
    }
    // All that a span holds ends in 1969 if it begins there.
    let first = Timestamp::from_micros(i64::MIN);
    assert_eq!(check_at(claims, &leeway, first), Err(Some(ClaimError::NotYetValid)));
}

#[test]
fn clocks_before_1970_and_after_9999_decide_as_others() {
    let claims = r#"{"exp":10,"nbf":5}"#;
    let at = |seconds| check_at(claims, &Validation::new(), Timestamp::from_seconds(seconds));
    assert_eq!(at(-1), Err(Some(ClaimError::NotYetValid)));
    assert_eq!(at(i64::MIN), Err(Some(ClaimError::NotYetValid)));
    assert_eq!(at(i64::MAX), Err(Some(ClaimError::Expired)));
}

#[test]
fn leeway_is_for_each_time_of_its_own() {
    let claims =
        format!(r#"{{"exp":{},"nbf":{},"iat":{}}}"#, SECOND - 10, SECOND + 10, SECOND + 10);
    assert_eq!(check(&claims, &with_leeway(11)), Ok(()));
    assert_eq!(check(&claims, &with_leeway(10)), Err(ClaimError::Expired));
}

#[test]
fn without_times_a_token_is_good_for_ever() {
    for now in [i64::MIN, 0, SECOND, i64::MAX].map(Timestamp::from_micros) {
        assert_eq!(check_at("{}", &Validation::new(), now), Ok(()));
    }
    assert_eq!(check("{}", &Validation::new().require("exp")), Err(missing("exp")));
}

#[test]
fn max_age_counts_from_iat_and_its_end_is_within() {
    let claims = format!(r#"{{"iat":{SECOND}}}"#);
    let max_age = Duration::from_secs(60);
    let expected = [Ok(()), Ok(()), Err(ClaimError::TooOld { max_age })];
    let end = NOW.plus(max_age);
    assert_eq!(around(&claims, end, &Validation::new().max_age(max_age)), expected);

    let end = end.plus(Duration::from_secs(10));
    assert_eq!(around(&claims, end, &with_leeway(10).max_age(max_age)), expected);
}

#[test]
fn max_age_of_a_fraction_and_of_nothing() {
    let claims = format!(r#"{{"iat":{SECOND}}}"#);
    let max_age = Duration::from_millis(500);
    let expected = [Ok(()), Ok(()), Err(ClaimError::TooOld { max_age })];
    let validation = Validation::new().max_age(max_age);
    assert_eq!(around(&claims, NOW.plus(max_age), &validation), expected);

    let max_age = Duration::ZERO;
    let expected = [Err(ClaimError::IssuedInFuture), Ok(()), Err(ClaimError::TooOld { max_age })];
    assert_eq!(around(&claims, NOW, &Validation::new().max_age(max_age)), expected);
}

#[test]
fn max_age_needs_iat_and_lets_no_token_of_the_future_in() {
    let validation = Validation::new().max_age(Duration::from_secs(60));
    for claims in ["{}", r#"{"exp":1700000001,"nbf":1700000000,"auth_time":1700000000}"#] {
        assert_eq!(check(claims, &validation), Err(missing("iat")));
    }
    let refusal = check(&format!(r#"{{"iat":{}}}"#, SECOND + 1), &validation);
    assert_eq!(refusal, Err(ClaimError::IssuedInFuture));
}
