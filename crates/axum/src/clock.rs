//! The time of the machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use tegata::Timestamp;

const EPOCH: Timestamp = Timestamp::from_seconds(0);

pub(crate) fn now() -> Timestamp {
    EPOCH.plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// As [`now`], at the last tick of the machine: some milliseconds ago, for a third of the price.
#[cfg(target_os = "linux")]
pub(crate) fn at_last_tick() -> Timestamp {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    Timestamp::from_micros(time.tv_sec.saturating_mul(1_000_000) + time.tv_nsec / 1_000)
}

/// As [`now`]: this machine has no clock that takes less.
#[cfg(not(target_os = "linux"))]
pub(crate) fn at_last_tick() -> Timestamp {
    now()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{at_last_tick, now};

    #[test]
    fn the_last_tick_was_just_now() {
        let earliest = now().minus(Duration::from_secs(1));
        let tick = at_last_tick();
        assert!(earliest < tick && tick <= now());
    }
}
