//! Where passwords are hashed: away from the threads that answer requests, and few at a time.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};

use crate::{StoreError, StoreOptions, StoreResult};

/// A bound on what is hashed at the same time, and on what waits for it.
///
/// A flood of logins takes no more processors than this has threads, and those beyond the queue are
/// turned away at once instead of being answered when nobody waits any more. Whoever is logged in
/// goes first: where processors are short, these threads wait for the others.
#[derive(Debug)]
pub(crate) struct Hashing {
    // Made for the first password: a program may never see one.
    pool: OnceLock<ThreadPool>,
    threads: Arc<Semaphore>,
    places: Arc<Semaphore>,
    thread_count: usize,
    place_count: usize,
}

impl Hashing {
    pub(crate) fn new(options: &StoreOptions) -> Self {
        let threads = options.hashing_threads.get().min(Semaphore::MAX_PERMITS / 2);
        let queue = options.hashing_queue.min(Semaphore::MAX_PERMITS / 2);
        Self {
            pool: OnceLock::new(),
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads + queue)),
            thread_count: threads,
            place_count: threads + queue,
        }
    }

    /// How much runs, and how much waits.
    pub(crate) fn at_work(&self) -> (usize, usize) {
        let running = self.thread_count.saturating_sub(self.threads.available_permits());
        let held = self.place_count.saturating_sub(self.places.available_permits());
        (running, held.saturating_sub(running))
    }

    /// Carries out `work` when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> StoreResult<T> {
        let overloaded = |_| StoreError::Overloaded;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(overloaded)?;
        let closed = |_| StoreError::Overloaded;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(closed)?;
        let (tell, told) = oneshot::channel();
        self.pool()?.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            // With the work, which goes on if nobody waits for it any more, and ahead of the answer:
            // whoever has that may come with the next.
            drop((place, thread));
            let _nobody_waits = tell.send(done);
        });
        match told.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(StoreError::Overloaded),
        }
    }

    fn pool(&self) -> StoreResult<&ThreadPool> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.thread_count)
            .thread_name(|number| format!("hashing-{number}"))
            .start_handler(|_| stand_back())
            .build()
            .map_err(|error| {
                tracing::error!(%error, "no thread can be started that hashes passwords");
                StoreError::Overloaded
            })?;
        Ok(self.pool.get_or_init(|| pool))
    }
}

/// Lets other threads go first, where a thread can be told so: Linux knows a priority for each.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "logins may slow other requests down: no lower priority is granted");
    }
}

/// A tenth of what the others get, if all of them have something to do.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::Hashing;
    use crate::{StoreError, StoreOptions};

    fn hashing(threads: usize, queue: usize) -> Arc<Hashing> {
        Arc::new(Hashing::new(&StoreOptions {
            hashing_threads: NonZeroUsize::new(threads).expect("some"),
            hashing_queue: queue,
            ..StoreOptions::default()
        }))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_are_hashed_at_once_than_there_are_threads() {
        let hashing = hashing(2, 50);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (hashing, now, most) = (hashing.clone(), now.clone(), most.clone());
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    };
                    hashing.run(work).await
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("it ends").expect("there is room");
        }
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_has_an_answer_can_ask_again_at_once() {
        let hashing = hashing(1, 0);
        for _ in 0..2_000 {
            assert!(hashing.run(|| ()).await.is_ok());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_the_askers_and_nobody_elses() {
        let hashing = hashing(1, 0);
        let asked = tokio::spawn({
            let hashing = hashing.clone();
            async move { hashing.run(|| panic!("as the test wants it")).await }
        });
        assert!(asked.await.is_err_and(|error| error.is_panic()));
        assert!(hashing.run(|| ()).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_finds_the_queue_full_is_turned_away_at_once() {
        let hashing = hashing(1, 1);
        let (release, wait) = mpsc::channel::<()>();
        let (started, is_started) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let hashing = hashing.clone();
            async move {
                hashing
                    .run(move || {
                        let _ = started.send(());
                        wait.recv()
                    })
                    .await
            }
        });
        is_started.await.expect("the first is at work");
        let mut second = Box::pin(hashing.run(|| ()));
        let waits = tokio::time::timeout(std::time::Duration::ZERO, &mut second).await;
        assert!(waits.is_err(), "the second waits");
        assert!(matches!(hashing.run(|| ()).await, Err(StoreError::Overloaded)));
        // Whoever waits and goes leaves the place to others.
        drop(second);
        release.send(()).expect("the first waits for it");
        first.await.expect("it ends").expect("it ran").expect("it was told");
        assert!(hashing.run(|| ()).await.is_ok());
    }
}
