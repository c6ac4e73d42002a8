use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AccessClaims, Engine, Policy, Session, Timestamp, UserId};

/// What a cache may keep of a session that was admitted, to stand in for its rows for a while:
/// [`crate::SessionCheck::Cache`].
///
/// A cache that is asked for it must be told of every end, by two kinds of entries:
///
/// - a *tombstone* for a session, written before its end is committed and again after, for
///   [`Policy::tombstone_lifetime`]; as long as one stands, the rows decide and nothing is cached,
///   so that whoever read the row before the end cannot put it back as live;
/// - an *epoch* for a user: any text that was never used before. A snapshot is good only under the
///   epoch that stood when its rows were about to be read, and ends in bulk replace it.
///
/// Of an end that the cache was not told of (a lost write, a change by SQL) a snapshot knows
/// nothing until it is [`Policy::session_cache_lifetime`] old, and no longer than that plus the
/// disagreement of the clocks.
///
/// ```
/// use tegata::Snapshot;
///
/// let text = r#"{"taken_at":1700000000000000,"ends_at":1700003600000000,"user_id":1,"epoch":"e"}"#;
/// let snapshot = Snapshot::from_text(text).unwrap();
/// assert_eq!(Snapshot::from_text(&snapshot.to_text()), Some(snapshot));
/// assert_eq!(Snapshot::from_text("something else"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    #[serde(with = "micros")]
    taken_at: Timestamp,
    #[serde(with = "micros")]
    ends_at: Timestamp,
    user_id: UserId,
    epoch: String,
}

impl Snapshot {
    /// As a cache keeps it.
    ///
    /// # Panics
    /// Never: numbers and text serialize.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("numbers and text serialize")
    }

    /// From what a cache has kept; `None` if it is none of ours.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Engine {
    /// What to keep of a session whose rows [`Engine::admit`] has admitted, once the first use that
    /// it may have asked for is noted.
    ///
    /// `before` is a time before the rows were read, and `epoch` the user's at that time.
    #[must_use]
    pub fn snapshot(&self, before: Timestamp, session: &Session, epoch: &str) -> Snapshot {
        Snapshot {
            taken_at: before,
            ends_at: session.idle_end(&self.policy),
            user_id: session.user_id.clone(),
            epoch: epoch.to_owned(),
        }
    }

    /// Whether a request is let in by its access token and the snapshot of that token's session and
    /// generation; if not, the rows decide, as they always do for a sliding token: only they know
    /// whether its successor is in use.
    ///
    /// `epoch` is the user's at present, and `now` a time after it, the tombstone and the snapshot
    /// were looked at: whoever was held up on the way must not judge by an earlier one.
    #[must_use]
    pub fn admit_by_snapshot(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        snapshot: &Snapshot,
        epoch: &str,
    ) -> bool {
        let policy = &self.policy;
        // One of another machine may be dated ahead of this one's clock, but not by any amount.
        let is_fresh = now < snapshot.taken_at.plus(policy.session_cache_lifetime)
            && snapshot.taken_at <= now.plus(policy.leeway);
        claims.refresh_expires_at.is_none()
            && is_fresh
            && now < snapshot.ends_at
            && snapshot.epoch == epoch
            && snapshot.user_id == claims.user_id
    }
}

impl Policy {
    /// How long a tombstone must stand: until no snapshot of before the end is good on any machine,
    /// their clocks being apart by no more than the leeway.
    #[must_use]
    pub fn tombstone_lifetime(&self) -> Duration {
        self.session_cache_lifetime + self.leeway
    }
}

mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
    pub(super) fn serialize<S: Serializer>(
        instant: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(instant.micros())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_micros)
    }
}
