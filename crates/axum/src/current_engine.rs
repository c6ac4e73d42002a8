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

    pub(crate) fn replace(&self, engine: Engine) {
        let engine = Arc::new(engine);
        let replacement = self.replacement.get_or_init(|| ArcSwap::new(Arc::clone(&engine)));
        replacement.store(engine);
        // The first stays, but not what only it needs.
        self.first.forget_tokens();
    }
}
