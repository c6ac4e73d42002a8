use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Timestamp;

/// So many attempts in so long: `5/m`, `100/h`, or `5/15m` for a window of fifteen minutes.
///
/// The units are `s`, `m`, `h` and `d`; a window is a day at most.
///
/// ```
/// use std::time::Duration;
/// use tegata::{Rate, Timestamp};
///
/// let rate: Rate = "5/15m".parse()?;
/// assert_eq!((rate.limit(), rate.window()), (5, Duration::from_secs(900)));
///
/// let now = Timestamp::from_seconds(1_700_000_000);
/// let window = rate.window_at(now, 0);
/// assert_eq!(window.ends, rate.window_at(window.ends, 0).begins);
/// assert!("five a minute".parse::<Rate>().is_err());
/// # Ok::<(), tegata::RateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    limit: u32,
    seconds: u32,
}

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("must be a rate such as '5/m', '100/h' or '5/15m' (s, m, h, d), of a day at most")]
pub struct RateError;

/// One window of a rate: what is counted in it says nothing of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateWindow {
    /// Its number; no other window of the same key has it.
    pub number: i64,
    /// When it begins.
    pub begins: Timestamp,
    /// When it is over and the next begins.
    pub ends: Timestamp,
}

impl Rate {
    const DAY: u32 = 24 * 60 * 60;
    const MOST: u32 = 1_000_000;

    /// How many attempts there may be in a window.
    #[must_use]
    pub const fn limit(self) -> u32 {
        self.limit
    }

    /// How long a window is.
    #[must_use]
    pub const fn window(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// The window that `now` is in.
    ///
    /// Windows follow one another without a gap, so that none can be made longer. `phase`, a number
    /// that an attacker does not know, such as a part of a keyed hash of what is counted, shifts
    /// them: not all begin at the full hour, and nobody can aim at the moment between two.
    #[must_use]
    pub fn window_at(self, now: Timestamp, phase: u64) -> RateWindow {
        let length = i64::from(self.seconds);
        let phase = (phase % u64::from(self.seconds)).cast_signed();
        let number = now.seconds().saturating_sub(phase).div_euclid(length);
        let begins = number.saturating_mul(length).saturating_add(phase);
        RateWindow {
            number,
            begins: Timestamp::from_seconds(begins),
            ends: Timestamp::from_seconds(begins.saturating_add(length)),
        }
    }
}

impl RateWindow {
    /// Whole seconds until it is over, one at least: the value of `Retry-After`.
    #[must_use]
    pub fn retry_after(self, now: Timestamp) -> u64 {
        let left = self.ends.since(now);
        (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (limit, window) = text.split_once('/').ok_or(RateError)?;
        let unit = window.chars().next_back().ok_or(RateError)?;
        let length = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => Self::DAY,
            _ => return Err(RateError),
        };
        let count = &window[..window.len() - 1];
        let count = if count.is_empty() { 1 } else { number(count)? };
        let limit = number(limit)?;
        let seconds = count.checked_mul(length).ok_or(RateError)?;
        if seconds > Self::DAY || limit > Self::MOST {
            return Err(RateError);
        }
        Ok(Self { limit, seconds })
    }
}

fn number(digits: &str) -> Result<u32, RateError> {
    let is_number = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().map_err(|_| RateError) } else { Err(RateError) }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}s", self.limit, self.seconds)
    }
}
