use std::fmt;

use aws_lc_rs::hmac;

/// Under what something is counted: a keyed hash of what that is, the number of the window, and
/// whether it counts the guesses that failed.
///
/// Its text is what a store takes for a key: hexadecimal digits, a colon, a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CounterKey {
    digest: [u8; 16],
    window: i64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Counted,
    Failed,
    Known,
    Refreshed,
}

impl CounterKey {
    /// Of the guesses under the same key that will not be given back.
    pub(super) fn failed(self) -> Self {
        Self { kind: Kind::Failed, ..self }
    }

    /// Of refreshes, which cost nobody a password's hash.
    pub(super) fn refreshed(self) -> Self {
        Self { kind: Kind::Refreshed, ..self }
    }

    pub(super) fn is_of_refreshes(self) -> bool {
        self.kind == Kind::Refreshed
    }
}

impl fmt::Display for CounterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = u128::from_be_bytes(self.digest);
        match self.kind {
            Kind::Counted | Kind::Refreshed => write!(formatter, "{digest:032x}:{}", self.window),
            Kind::Failed => write!(formatter, "{digest:032x}:{}:failed", self.window),
            Kind::Known => write!(formatter, "{digest:032x}:known"),
        }
    }
}

/// The keyed hash.
pub(super) struct Hash(hmac::Key);

/// What a limit counts.
pub(super) struct Digest([u8; 32]);

impl Hash {
    pub(super) fn of_secret(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    pub(super) fn of_this_process() -> Self {
        let mut secret = [0; 32];
        // The source of the operating system, which does not fail once it has begun.
        aws_lc_rs::rand::fill(&mut secret).expect("the system has randomness");
        Self::of_secret(&secret)
    }

    pub(super) fn limit(&self, scope: &str, name: &str, of: &[&str]) -> Digest {
        let mut context = hmac::Context::with_key(&self.0);
        for part in ["tegata throttle", scope, name].iter().chain(of) {
            // Each with its length, so that no two lists of parts read the same.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        Digest(digest)
    }

    pub(super) fn known(&self, scope: &str, account: &str, source: &str) -> CounterKey {
        let digest = self.limit(scope, "known", &[account, source]);
        CounterKey { kind: Kind::Known, ..digest.in_window(0) }
    }
}

impl Digest {
    /// Of a part that the key does not show.
    pub(super) fn phase(&self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|place| self.0[16 + place]))
    }

    pub(super) fn in_window(&self, window: i64) -> CounterKey {
        let digest = std::array::from_fn(|place| self.0[place]);
        CounterKey { digest, window, kind: Kind::Counted }
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn no_two_lists_of_parts_read_the_same() {
        let hash = Hash::of_secret(&[7; 32]);
        let one = hash.limit("login", "account", &["ab", "c"]).in_window(1);
        let other = hash.limit("login", "account", &["a", "bc"]).in_window(1);
        assert_ne!(one, other);
    }

    #[test]
    fn the_text_of_a_key_shows_neither_the_name_nor_the_address() {
        let hash = Hash::of_secret(&[7; 32]);
        let key = hash.limit("login", "account", &["alice", "203.0.113.7"]).in_window(1);
        let texts = [key.to_string(), key.failed().to_string(), format!("{key:?}")];
        assert!(texts.iter().all(|text| !text.contains("alice") && !text.contains("203")));
        assert_ne!(texts[0], texts[1]);
        let elsewhere = Hash::of_secret(&[8; 32]);
        assert_ne!(
            key,
            elsewhere.limit("login", "account", &["alice", "203.0.113.7"]).in_window(1)
        );
    }
}
