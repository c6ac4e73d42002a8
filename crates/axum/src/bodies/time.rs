use tegata::Timestamp;

/// An instant as Django writes it (RFC 3339): in UTC, to the millisecond if it has a fraction.
pub(crate) fn utc(at: Timestamp) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let (days, second) = (at.seconds().div_euclid(DAY), at.seconds().rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let date = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    match at.micros().rem_euclid(1_000_000) {
        0 => format!("{date}Z"),
        micros => format!("{date}.{:03}Z", micros / 1000),
    }
}

/// The date that is so many days after 1970-01-01, in the Gregorian calendar. Years are counted
/// from March on, so that a leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 400 * 365 + 97;
    let since_march_0 = days + 719_468;
    let (era, day) = (since_march_0.div_euclid(ERA), since_march_0.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use tegata::Timestamp;

    use super::utc;

    #[test]
    fn instants_as_django_writes_them() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (951_868_799_123_999, "2000-02-29T23:59:59.123Z"),
            (1_709_164_800_000_001, "2024-02-29T00:00:00.000Z"),
            (1_735_689_599_000_000, "2024-12-31T23:59:59Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
            (-1_000_000, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(utc(Timestamp::from_micros(micros)), text);
        }
    }
}
