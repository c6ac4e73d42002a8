use std::time::Duration;

use crate::key_life::{lives_at, signer_at};
use crate::{KeyLife, KeyState, KeyTimes, PolicyError, Timestamp};

/// How keys follow each other: for how long one signs, and for how long it is known before and after.
///
/// What it has to guarantee: whoever verifies with a copy of the published keys that is no older than
/// it may be knows the key of every token, from the moment the token is signed until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRotation {
    /// How long a key signs before the next one does.
    pub period: Duration,
    /// How long a new key is published before it signs. It covers `jwks_max_age`, `reload_interval`
    /// and `leeway`, one after the other.
    pub lead: Duration,
    /// How long a key verifies after the next one signs: no less than `longest_lifetime` and
    /// `leeway`.
    pub retention: Duration,
    /// The longest that a token lives.
    pub longest_lifetime: Duration,
    /// For how long others may keep a copy of the published keys. At most 7 days.
    pub jwks_max_age: Duration,
    /// How soon a running server knows of a change. 1 to 3,600 s.
    pub reload_interval: Duration,
    /// How far clocks may disagree.
    pub leeway: Duration,
}

/// When a new key is to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Begin {
    /// If the key that signs is old enough.
    WhenDue,
    /// However old it is, and in good order all the same. If a new key is waiting already, it stays
    /// at that.
    Anyway,
    /// At once: tokens of a key that others do not know yet are refused by them, for as long as their
    /// copy may be old. A key that is waiting is the one, so whoever has heard of it is well off.
    AtOnce,
}

impl Begin {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::WhenDue, Self::Anyway, Self::AtOnce];

    /// The name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WhenDue => "when_due",
            Self::Anyway => "anyway",
            Self::AtOnce => "at_once",
        }
    }

    /// The way of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }
}

/// What is to become of a set of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPlan {
    /// The times of a new key, which goes in front of all others; `None` if there is to be none.
    pub new: Option<KeyTimes>,
    /// The keys that stay, by their place in the set as it was, each with its times from now on.
    pub kept: Vec<(usize, KeyTimes)>,
    /// The keys that go: nobody holds a token of them.
    pub dropped: Vec<usize>,
    /// When a new key will be due, if nothing else happens.
    pub due_at: Timestamp,
}

impl RotationPlan {
    /// Whether the set is to be changed at all.
    #[must_use]
    pub fn changes(&self, keys: &[KeyTimes]) -> bool {
        self.new.is_some()
            || !self.dropped.is_empty()
            || self.kept.iter().any(|(index, times)| keys[*index] != *times)
    }
}

impl KeyRotation {
    /// Makes sure that no token can be refused because of a rotation.
    ///
    /// # Errors
    /// [`PolicyError`] names the setting that cannot be.
    pub fn validate(&self) -> Result<(), PolicyError> {
        const SECOND: Duration = Duration::from_secs(1);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
        const CENTURY: Duration = Duration::from_secs(36_525 * 24 * 60 * 60);
        let known_after =
            self.jwks_max_age.saturating_add(self.reload_interval).saturating_add(self.leeway);
        let rules = [
            ("JWKS_MAX_AGE", self.jwks_max_age <= WEEK, "must be at most 7 days"),
            (
                "KEY_RELOAD_INTERVAL",
                (SECOND..=HOUR).contains(&self.reload_interval),
                "must be from 1 to 3600 seconds",
            ),
            (
                "KEY_LEAD_TIME",
                self.lead >= known_after,
                "must be at least JWKS_MAX_AGE + KEY_RELOAD_INTERVAL + LEEWAY, or tokens of a new \
                 key are refused by whoever does not know it yet",
            ),
            (
                "KEY_ROTATION_PERIOD",
                self.period > self.lead && self.period <= CENTURY,
                "must be longer than KEY_LEAD_TIME, and at most 100 years",
            ),
            (
                "KEY_RETENTION",
                (self.longest_lifetime.saturating_add(self.leeway)..=CENTURY)
                    .contains(&self.retention),
                "must be at least the longest lifetime of a token + LEEWAY, and at most 100 years",
            ),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            Some((setting, _, problem)) => Err(PolicyError { setting, problem }),
            None => Ok(()),
        }
    }

    /// What a rotation at `now` makes of a set, whose keys have these times in their order. Asking
    /// again right after it gives a plan without changes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata::{Begin, KeyRotation, KeyTimes, Timestamp};
    ///
    /// let hours = |count: u64| Duration::from_secs(count * 60 * 60);
    /// let rotation = KeyRotation {
    ///     period: hours(24 * 90),
    ///     lead: hours(24),
    ///     retention: hours(24 * 15),
    ///     longest_lifetime: hours(24 * 14),
    ///     jwks_max_age: hours(1),
    ///     reload_interval: Duration::from_secs(10),
    ///     leeway: Duration::from_secs(10),
    /// };
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let signing = KeyTimes { signs_from: Some(now), ..KeyTimes::default() };
    /// assert_eq!(rotation.plan(&[signing], now, Begin::WhenDue).new, None);
    ///
    /// let later = now.plus(hours(24 * 89));
    /// let plan = rotation.plan(&[signing], later, Begin::WhenDue);
    /// let begins = plan.new.unwrap().signs_from.unwrap();
    /// assert_eq!(begins, now.plus(hours(24 * 90)));
    /// assert_eq!(plan.kept[0].1.ends_at, Some(begins.plus(hours(24 * 15))));
    /// ```
    #[must_use]
    pub fn plan(&self, keys: &[KeyTimes], now: Timestamp, begin: Begin) -> RotationPlan {
        let lives = lives_at(keys, now, self.retention);
        let waiting = waiting(keys, &lives);
        let due_at = self.due_at(keys, waiting, now);
        let begins_at = match (begin, waiting) {
            (Begin::AtOnce, _) => Some(now.whole_second()),
            (Begin::Anyway, None) => Some(ceiling(now.plus(self.lead))),
            (Begin::WhenDue, None) if due_at <= now => Some(ceiling(now.plus(self.lead))),
            _ => None,
        };
        let promoted = waiting.filter(|_| begin == Begin::AtOnce);
        let mut plan = RotationPlan { new: None, kept: Vec::new(), dropped: Vec::new(), due_at };
        for (index, (times, life)) in keys.iter().zip(&lives).enumerate() {
            let mut times = *times;
            match life.state {
                _ if promoted == Some(index) => times.signs_from = begins_at,
                // It has signed nothing, and would never have its turn.
                KeyState::Published if begin == Begin::AtOnce => {
                    plan.dropped.push(index);
                    continue;
                }
                KeyState::Over => {
                    plan.dropped.push(index);
                    continue;
                }
                KeyState::Published => {}
                KeyState::Signing | KeyState::Verifying => {
                    if let Some(begins_at) = begins_at {
                        let end = ceiling(begins_at.plus(self.retention));
                        times.ends_at = times.ends_at.max(Some(end));
                    }
                }
                KeyState::Retired => times.ends_at = times.ends_at.max(life.until),
            }
            plan.kept.push((index, times));
        }
        if let Some(begins_at) = begins_at {
            if promoted.is_none() {
                plan.new = Some(KeyTimes {
                    made_at: Some(now.whole_second()),
                    signs_from: Some(begins_at),
                    ends_at: None,
                });
            }
            plan.due_at = self.next_after(begins_at);
        }
        plan
    }

    /// When the rotation after the key that signs last, or will, is due.
    fn due_at(&self, keys: &[KeyTimes], waiting: Option<usize>, now: Timestamp) -> Timestamp {
        let last = waiting.or_else(|| signer_at(keys, now)).map(|index| keys[index]);
        let since = last.and_then(|key| key.signs_from.or(key.made_at));
        // Of a key that does not say how old it is, nobody knows whether it is not too old.
        since.map_or(now, |since| self.next_after(since))
    }

    fn next_after(&self, begins_at: Timestamp) -> Timestamp {
        begins_at.plus(self.period.saturating_sub(self.lead))
    }
}

/// The key that signs next, if one is waiting.
fn waiting(keys: &[KeyTimes], lives: &[KeyLife]) -> Option<usize> {
    let published = lives.iter().enumerate().filter(|(_, life)| life.state == KeyState::Published);
    published.map(|(index, _)| index).min_by_key(|index| keys[*index].signs_from)
}

fn ceiling(at: Timestamp) -> Timestamp {
    at.plus(Duration::from_micros(999_999)).whole_second()
}
