use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use crate::AccessClaims;

/// Access tokens that were read, by their whole text: who sends one again and again need not have
/// its signature and its JSON gone through each time.
///
/// Only what a key of ours signed for us gets in, so nobody without one can fill it. What hangs on
/// the request, which is its time and its tenant, is not answered here.
pub(crate) struct Readings {
    capacity: usize,
    // Made when the first token comes: an engine may never read one.
    kept: OnceLock<Cache<Token<Box<[u8]>>, Reading>>,
}

/// Told by its whole text, and found by the end of it: that is of its signature, which nobody can
/// choose.
#[derive(PartialEq, Eq)]
struct Token<T>(T);

impl<T: AsRef<[u8]>> Hash for Token<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const ENOUGH: usize = 16;
        let bytes = self.0.as_ref();
        state.write(&bytes[bytes.len().saturating_sub(ENOUGH)..]);
    }
}

impl Equivalent<Token<Box<[u8]>>> for Token<&[u8]> {
    fn equivalent(&self, kept: &Token<Box<[u8]>>) -> bool {
        *self.0 == *kept.0
    }
}

#[derive(Clone)]
struct Reading {
    /// Which keys verified it.
    span: usize,
    claims: AccessClaims,
}

impl Readings {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, kept: OnceLock::new() }
    }

    /// The claims of a token that was read by the keys of this span.
    pub(crate) fn get(&self, token: &[u8], span: usize) -> Option<AccessClaims> {
        let reading = self.kept.get()?.get(&Token(token))?;
        (reading.span == span).then_some(reading.claims)
    }

    pub(crate) fn keep(&self, token: &[u8], span: usize, claims: &AccessClaims) {
        if self.capacity > 0 {
            let kept = self.kept.get_or_init(|| Cache::new(self.capacity));
            kept.insert(Token(token.into()), Reading { span, claims: claims.clone() });
        }
    }

    pub(crate) fn clear(&self) {
        if let Some(kept) = self.kept.get() {
            kept.clear();
        }
    }

    /// Of no more use: it has expired.
    #[cold]
    pub(crate) fn forget(&self, token: &[u8]) {
        if let Some(kept) = self.kept.get() {
            kept.remove(&Token(token));
        }
    }
}

// It is full of tokens.
impl fmt::Debug for Readings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept.get().map_or(0, Cache::len);
        formatter.debug_struct("Readings").field("kept", &kept).finish_non_exhaustive()
    }
}
