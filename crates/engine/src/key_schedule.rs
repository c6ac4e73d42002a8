use std::time::Duration;

use tegata_jose::{Key, KeyError, KeySet};

use crate::key_life::{changes, lives_at};
use crate::{KeyLife, KeyState, KeyTimes, Timestamp};

/// Of a key that can only verify, its turn to sign does not come.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// Keys, and which of them signs and verifies at what instant.
///
/// The keys have an order, and the first of them whose time has come signs. A new key is put in front
/// with a time that lies ahead, so that everybody knows it before anybody signs with it; the key that
/// it replaces verifies until its last token is over, and then it is as if it were not there.
///
/// ```
/// use std::time::Duration;
/// use tegata::{KeySchedule, KeyState, KeyTimes, Timestamp};
/// use tegata_jose::{Algorithm, Key};
///
/// let at = Timestamp::from_seconds;
/// let signs_from = |seconds| KeyTimes { signs_from: Some(at(seconds)), ..KeyTimes::default() };
/// let new = Key::generate(Algorithm::EdDsa)?;
/// let old = Key::generate(Algorithm::EdDsa)?;
/// let kids = [&new, &old].map(|key| key.kid().unwrap().to_owned());
/// let keys = vec![(new, signs_from(2_000)), (old, signs_from(1_000))];
/// let schedule = KeySchedule::new(keys, Duration::from_secs(500))?;
///
/// let signs = |seconds| schedule.at(at(seconds)).signing_key().unwrap().kid().unwrap();
/// assert_eq!((signs(1_999), signs(2_000)), (kids[1].as_str(), kids[0].as_str()));
/// assert_eq!(schedule.lives_at(at(1_999))[0].state, KeyState::Published);
/// assert_eq!(schedule.at(at(2_499)).keys().len(), 2);
/// assert_eq!(schedule.at(at(2_500)).keys().len(), 1);
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeySchedule {
    keys: Vec<Key>,
    times: Vec<KeyTimes>,
    retention: Duration,
    spans: Vec<Span>,
    /// Those of the time after all spans.
    last: KeySet,
}

/// The keys of a stretch of time in which nothing changes.
#[derive(Clone, Debug)]
struct Span {
    until: Timestamp,
    keys: KeySet,
}

impl KeySchedule {
    /// Keys in their order, each with its times.
    ///
    /// `retention` is how long a token of a key may be good after another key has begun to sign: the
    /// longest lifetime, and the leeway.
    ///
    /// # Errors
    /// [`KeyError::EmptyKeySet`] without keys.
    pub fn new(keys: Vec<(Key, KeyTimes)>, retention: Duration) -> Result<Self, KeyError> {
        let (keys, mut times): (Vec<Key>, Vec<KeyTimes>) = keys.into_iter().unzip();
        for (key, times) in keys.iter().zip(&mut times) {
            if !key.can_sign() {
                times.signs_from = Some(NEVER);
            }
        }
        let in_force_at = |now| in_force(&keys, &lives_at(&times, now, retention));
        let mut begin = Timestamp::from_micros(i64::MIN);
        let mut spans = Vec::new();
        for until in changes(&times, retention) {
            spans.push(Span { until, keys: in_force_at(begin)? });
            begin = until;
        }
        let last = in_force_at(begin)?;
        Ok(Self { keys, times, retention, spans, last })
    }

    /// The keys that verify at an instant; the first of them signs.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> &KeySet {
        self.spans.get(self.span_at(now)).map_or(&self.last, |span| &span.keys)
    }

    /// The number of the stretch of time that an instant is in: in one, the keys are the same.
    pub(crate) fn span_at(&self, now: Timestamp) -> usize {
        // There are few.
        self.spans.iter().take_while(|span| span.until <= now).count()
    }

    /// All keys, those that are over included, in the order in which they were given.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What each of [`KeySchedule::keys`] is doing at an instant.
    #[must_use]
    pub fn lives_at(&self, now: Timestamp) -> Vec<KeyLife> {
        lives_at(&self.times, now, self.retention)
    }
}

/// Keys without times: the first signs, all of them verify, for as long as they are there.
impl From<KeySet> for KeySchedule {
    fn from(keys: KeySet) -> Self {
        let all = keys.keys().to_vec();
        let times = vec![KeyTimes::default(); all.len()];
        Self { keys: all, times, retention: Duration::ZERO, spans: Vec::new(), last: keys }
    }
}

fn in_force(keys: &[Key], lives: &[KeyLife]) -> Result<KeySet, KeyError> {
    let signs = |life: &KeyLife| life.state == KeyState::Signing;
    let verifies = |life: &KeyLife| !matches!(life.state, KeyState::Signing | KeyState::Over);
    let that = |is: fn(&KeyLife) -> bool| {
        keys.iter().zip(lives).filter(move |(_, life)| is(life)).map(|(key, _)| key.clone())
    };
    KeySet::new(that(signs).chain(that(verifies)).collect())
}
