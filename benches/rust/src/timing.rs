//! How long calls take.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// The wall time of `times` calls in each of `threads` threads at once, from the first start to the
/// last end.
///
/// # Panics
/// If a call does not do what was asked.
pub fn time(call: &(dyn Fn() -> bool + Sync), threads: usize, times: u64) -> Duration {
    let repeat = || {
        let start = Instant::now();
        for _ in 0..times {
            assert!(black_box(call()), "the call was refused");
        }
        (start, Instant::now())
    };
    if threads == 1 {
        let (start, end) = repeat();
        return end - start;
    }
    let start_line = Barrier::new(threads);
    let runs: Vec<_> = thread::scope(|scope| {
        let run = || {
            start_line.wait();
            repeat()
        };
        let runners: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        runners.into_iter().map(|runner| runner.join().expect("a runner")).collect()
    });
    let start = runs.iter().map(|(start, _)| *start).min().expect("a runner");
    let end = runs.iter().map(|(_, end)| *end).max().expect("a runner");
    end - start
}
