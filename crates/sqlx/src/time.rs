//! Points in time as the columns hold them.

use tegata::Timestamp;

const DAY: i64 = 86_400_000_000;

/// The first and the last instant that Django has: years 1 to 9999.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// The instant, or the nearest that every host can read.
fn in_range(instant: Timestamp) -> i64 {
    instant.micros().clamp(FIRST, LAST)
}

/// As Django writes a datetime to SQLite: UTC, with a fraction only if there is one. Such texts
/// sort as the instants do.
pub(crate) fn to_text(instant: Timestamp) -> String {
    let micros = in_range(instant);
    let (days, within) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if fraction == 0 { text } else { format!("{text}.{fraction:06}") }
}

/// Reads what Django writes, and the same with a `T`, with any fraction, or marked as UTC.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
        })
    };
    let is = |at: usize, letters: &[u8]| bytes.get(at).is_some_and(|byte| letters.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b" T") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 || year < 1 {
        return None;
    }
    let days = days(year, month, day);
    if date(days) != (year, month, day) {
        return None;
    }
    let micros = match bytes.len() {
        19 => 0,
        length @ 21..=26 if is(19, b".") => {
            let missing = u32::try_from(26 - length).ok()?;
            number(20, length)? * 10_i64.pow(missing)
        }
        _ => return None,
    };
    let seconds = hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_micros(days * DAY + seconds * 1_000_000 + micros))
}

/// Microseconds from the first of January 2000 to the first of 1970: where PostgreSQL counts from.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// As PostgreSQL transmits a `timestamptz`.
pub(crate) fn to_postgres(instant: Timestamp) -> i64 {
    in_range(instant) - POSTGRES_EPOCH
}

/// Reads what PostgreSQL transmits; its infinities become the ends of time.
pub(crate) fn from_postgres(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros.saturating_add(POSTGRES_EPOCH))
}

/// The date of a day, counted from the first of January 1970, in the proleptic Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Years begin in March, so that the leap day is a year's last: 400 of them have 146,097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The day of a date, counted from the first of January 1970.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DAY, FIRST, LAST, date, days, from_postgres, from_text, to_postgres, to_text};
    use tegata::Timestamp;

    #[test]
    fn texts_are_those_of_django() {
        for (micros, text) in [
            (0, "1970-01-01 00:00:00"),
            (1, "1970-01-01 00:00:00.000001"),
            (-1, "1969-12-31 23:59:59.999999"),
            (1_700_000_000_123_456, "2023-11-14 22:13:20.123456"),
            (951_782_400_000_000, "2000-02-29 00:00:00"),
            (FIRST, "0001-01-01 00:00:00"),
            (LAST, "9999-12-31 23:59:59.999999"),
        ] {
            let instant = Timestamp::from_micros(micros);
            assert_eq!(to_text(instant), text);
            assert_eq!(from_text(text), Some(instant));
        }
    }

    #[test]
    fn what_lies_beyond_the_years_of_django_is_written_as_their_end() {
        assert_eq!(to_text(Timestamp::from_micros(i64::MAX)), "9999-12-31 23:59:59.999999");
        assert_eq!(to_text(Timestamp::from_micros(i64::MIN)), "0001-01-01 00:00:00");
        assert_eq!(from_postgres(i64::MAX), Timestamp::from_micros(i64::MAX));
    }

    #[test]
    fn other_forms_of_the_same_instant_are_read() {
        let instant = Timestamp::from_micros(1_700_000_000_500_000);
        for text in
            ["2023-11-14T22:13:20.5Z", "2023-11-14 22:13:20.500+00:00", "2023-11-14 22:13:20.50"]
        {
            assert_eq!(from_text(text), Some(instant), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_time() {
        for text in [
            "",
            "2023-11-14",
            "2023-11-14 22:13",
            "2023-02-29 00:00:00",
            "2023-13-01 00:00:00",
            "2023-00-01 00:00:00",
            "2023-01-00 00:00:00",
            "2023-01-01 24:00:00",
            "2023-01-01 00:00:00.",
            "2023-01-01 00:00:00.1234567",
            "2023-01-01 00:00:00+02:00",
            "+023-01-01 00:00:00",
            "0000-01-01 00:00:00",
            "é23-01-01 00:00:00",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn instants_come_back_and_texts_sort_as_they_do(
            one in FIRST..=LAST, other in FIRST..=LAST
        ) {
            let (one, other) = (Timestamp::from_micros(one), Timestamp::from_micros(other));
            prop_assert_eq!(from_text(&to_text(one)), Some(one));
            prop_assert_eq!(from_postgres(to_postgres(one)), one);
            prop_assert_eq!(one.cmp(&other), to_text(one).cmp(&to_text(other)));
        }

        #[test]
        fn dates_and_days_are_each_other_s_inverse(day in FIRST / DAY..LAST / DAY) {
            let (year, month, of_month) = date(day);
            prop_assert_eq!(days(year, month, of_month), day);
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            let _ = from_text(&text);
        }
    }
}
