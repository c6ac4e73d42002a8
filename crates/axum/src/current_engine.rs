use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use tegata::Engine;

/// The engine that decides now.
///
/// Every request asks for it, and hardly a site ever replaces it: so the one that a site has begun
/// with stays in its place, where it takes next to nothing to look at, and others come behind it.
#[derive(Debug)]
pub(crate) struct CurrentEngine {
    first: Arc<Engine>,
    replacement: OnceLock<ArcSwap<Engine>>,
}

impl CurrentEngine {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { first: Arc::new(engine), replacement: OnceLock::new() }
    }

    /// Has this engine look at something; it does not change under way.
    #[inline]
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Arc<Engine>) -> T) -> T {
        match self.replacement.get() {
            None => ask(&self.first),
            Some(replacement) => ask(&replacement.load()),
        }
    }

    /// Has this engine decide from here on; the first stays in memory, with its keys.
    pub(crate) fn replace(&self, engine: Engine) {
        if let Err(another) = self.replacement.set(ArcSwap::from_pointee(engine))
            && let Some(replacement) = self.replacement.get()
        {
            replacement.store(another.into_inner());
        }
        // They are most of what it holds, and nobody asks for them again.
        self.first.forget_tokens();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use tegata::{
        Algorithm, Bounds, CustomClaims, Device, Engine, Key, KeySet, Policy, SystemRandomness,
        host,
    };

    use super::CurrentEngine;
    use crate::{MemoryUsers, clock};

    fn engine(issuer: &str) -> Engine {
        let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
        let policy = Policy { issuer: issuer.to_owned(), ..Policy::default() };
        Engine::new(policy, keys).unwrap()
    }

    fn issuer(current: &CurrentEngine) -> String {
        current.with(|engine| engine.policy().issuer.clone())
    }

    #[test]
    fn the_last_that_was_given_decides() {
        let current = CurrentEngine::new(engine("first"));
        assert_eq!(issuer(&current), "first");
        for next in ["second", "third"] {
            current.replace(engine(next));
            assert_eq!(issuer(&current), next);
        }
    }

    #[test]
    fn each_of_several_at_once_decides_until_another_does() {
        let current = CurrentEngine::new(engine("first"));
        thread::scope(|scope| {
            for name in ["a", "b"] {
                let current = &current;
                scope.spawn(move || {
                    current.replace(engine(name));
                    assert_ne!(issuer(current), "first");
                });
            }
        });
    }

    #[tokio::test]
    async fn the_first_keeps_no_tokens_when_it_is_replaced() {
        let current = CurrentEngine::new(engine("first"));
        let (first, now, users) = (current.with(Arc::clone), clock::now(), MemoryUsers::default());
        let user = users.create("ada", "a long secret").unwrap();
        let (device, bounds, custom) = (Device::unknown(), Bounds::none(), CustomClaims::none());
        let random = &SystemRandomness;
        let tokens = host::log_in(&first, &users, now, random, &user, device, &bounds, &custom);
        let token = tokens.await.unwrap().access_token;
        first.read_access(now, &token, None).unwrap();
        assert!(format!("{first:?}").contains("kept: 1"));
        current.replace(engine("second"));
        assert!(format!("{first:?}").contains("kept: 0"));
    }
}
