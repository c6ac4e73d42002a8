use std::time::Duration;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: whole microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// On the wire it is a `NumericDate` ([RFC 7519 section 2]): seconds, as an integer when written,
/// as an integer or a fraction when read. Dates before 1970 and after the year 9999 are refused.
///
/// ```
/// use std::time::Duration;
/// use tegata_jose::Timestamp;
///
/// let now = Timestamp::from_seconds(1_700_000_000);
/// assert_eq!(now.plus(Duration::from_secs(300)).seconds(), 1_700_000_300);
/// assert_eq!(now.since(Timestamp::from_seconds(1_699_999_990)), Duration::from_secs(10));
/// ```
///
/// [RFC 7519 section 2]: https://www.rfc-editor.org/rfc/rfc7519#section-2
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS: i64 = 1_000_000;
const END_OF_YEAR_9999: u64 = 253_402_300_799;

impl Timestamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// From a `NumericDate` written as an integer; `None` before 1970 and after the year 9999.
    #[must_use]
    pub const fn from_integer(seconds: u64) -> Option<Self> {
        if seconds <= END_OF_YEAR_9999 { Some(Self(seconds.cast_signed() * MICROS)) } else { None }
    }

    /// From a `NumericDate` written as a fraction; `None` before 1970, after the year 9999, and for
    /// what is no number.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "exact to a few microseconds until the year 9999, which the range check guards"
    )]
    pub fn from_fraction(seconds: f64) -> Option<Self> {
        let in_range = (0.0..=END_OF_YEAR_9999 as f64).contains(&seconds);
        in_range.then_some(Self((seconds * MICROS as f64) as i64))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// The same instant without its fraction of a second, as a token carries it.
    #[must_use]
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// The instant `span` later; stays at the end of the range instead of overflowing.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }

    /// The instant `span` earlier; stays at the start of the range instead of overflowing.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros(span)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.seconds())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumericDate)
    }
}

struct NumericDate;

impl Visitor<'_> for NumericDate {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a NumericDate between 1970 and 9999")
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
        Timestamp::from_integer(seconds)
            .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(seconds), &self))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
        u64::try_from(seconds)
            .map_err(|_| E::invalid_value(Unexpected::Signed(seconds), &self))
            .and_then(|seconds| self.visit_u64(seconds))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
        Timestamp::from_fraction(seconds)
            .ok_or_else(|| E::invalid_value(Unexpected::Float(seconds), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_integers_and_fractions_and_refuses_the_rest() {
        let read = |text: &str| serde_json::from_str::<Timestamp>(text).ok();
        assert_eq!(read("1700000000"), Some(Timestamp::from_seconds(1_700_000_000)));
        assert_eq!(read("1700000000.5"), Some(Timestamp::from_micros(1_700_000_000_500_000)));
        assert_eq!(read("1.7e9"), Some(Timestamp::from_seconds(1_700_000_000)));
        for bad in [
            "-1",
            "-0.5",
            "1e300",
            "18446744073709551615",
            "253402300800",
            "null",
            "\"1\"",
            "[1]",
            "true",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn writes_whole_seconds() {
        let text = serde_json::to_string(&Timestamp::from_micros(1_999_999)).unwrap();
        assert_eq!(text, "1");
    }
}
