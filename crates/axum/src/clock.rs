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
    let since_1970 = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    EPOCH.plus(since_1970.try_into().unwrap_or_default())
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
