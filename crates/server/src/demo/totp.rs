//! One-time codes (RFC 6238) for the account that is asked for one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tegata::{Timestamp, UserId};
use totp_rs::{Builder, Secret, Totp};

// Public on purpose, as the passwords are.
const KEY: &[u8] = b"tegata demo otp key.";
// In seconds (RFC 6238 section 4).
const STEP: u64 = 30;

/// The key as an authenticator app takes it.
pub(super) fn key_for_apps() -> String {
    Secret::from(KEY.to_vec()).to_base32()
}

/// The code of a moment, and for how many more seconds it is that.
pub(crate) fn code_at(now: Timestamp) -> (String, u64) {
    let seconds = now.seconds().unsigned_abs();
    (totp().generate(seconds).to_string(), STEP - seconds % STEP)
}

fn totp() -> Totp {
    Builder::new().with_secret(KEY.to_vec()).with_skew(1).build_noncompliant()
}

/// Who is asked for a code, and which codes were used. They are forgotten at exit; a real site
/// keeps them with its users.
#[derive(Debug)]
pub(crate) struct Codes {
    totp: Totp,
    last_steps: Mutex<HashMap<UserId, u64>>,
}

impl Codes {
    pub(super) fn new(users: Vec<UserId>) -> Self {
        Self {
            totp: totp(),
            last_steps: Mutex::new(users.into_iter().map(|user| (user, 0)).collect()),
        }
    }

    /// Whether a user is asked for a code.
    pub(crate) fn asks(&self, user: &UserId) -> bool {
        self.last_steps.lock().unwrap_or_else(PoisonError::into_inner).contains_key(user)
    }

    /// Whether a code is the user's, now and for the first time (RFC 6238 section 5.2).
    pub(crate) fn use_up(&self, user: &UserId, code: &str, now: Timestamp) -> bool {
        let Ok(seconds) = u64::try_from(now.seconds()) else { return false };
        let Some(step) = self.totp.check(code, seconds) else { return false };
        let mut last_steps = self.last_steps.lock().unwrap_or_else(PoisonError::into_inner);
        match last_steps.get_mut(user) {
            Some(last) if *last < step => {
                *last = step;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use tegata::{Timestamp, UserId};

    use super::{Codes, code_at, key_for_apps};

    const ALICE: UserId = UserId::Integer(1);
    const NOW: i64 = 1_700_000_000;

    fn code(codes: &Codes, seconds: i64) -> String {
        codes.totp.generate(seconds.cast_unsigned()).to_string()
    }

    #[test]
    fn a_code_is_good_once_and_not_after_its_time() {
        let codes = Codes::new(vec![ALICE]);
        let now = Timestamp::from_seconds(NOW);
        assert!(codes.asks(&ALICE) && !codes.asks(&UserId::Integer(2)));
        assert!(!codes.use_up(&ALICE, &code(&codes, NOW - 300), now));
        assert!(!codes.use_up(&ALICE, "", now));
        assert!(!codes.use_up(&UserId::Integer(2), &code(&codes, NOW), now));
        assert!(codes.use_up(&ALICE, &code(&codes, NOW), now));
        assert!(!codes.use_up(&ALICE, &code(&codes, NOW), now), "a replay");
        assert!(!codes.use_up(&ALICE, &code(&codes, NOW - 30), now), "an older one");
        assert!(codes.use_up(&ALICE, &code(&codes, NOW + 30), now));
    }

    #[test]
    fn the_code_of_the_command_is_the_one_that_is_asked_for() {
        let (codes, now) = (Codes::new(vec![ALICE]), Timestamp::from_seconds(NOW));
        let (code, left) = code_at(now);
        assert_eq!(left, 30 - NOW.cast_unsigned() % 30);
        assert!(codes.use_up(&ALICE, &code, now));
    }

    #[test]
    fn the_key_is_that_of_the_django_demo() {
        assert_eq!(key_for_apps(), "ORSWOYLUMEQGIZLNN4QG65DQEBVWK6JO");
    }
}
