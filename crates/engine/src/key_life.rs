use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use crate::Timestamp;

/// When a key comes and goes. In a JWK Set of one's own these are members of the JWK, with the names
/// that RFC 7519 section 4.1 gives such times; whoever does not know them passes them over (RFC 7517
/// section 4). None of them is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub struct KeyTimes {
    /// `iat`: when it was made.
    #[serde(rename = "iat", default)]
    pub made_at: Option<Timestamp>,
    /// `nbf`: from when on it signs; without one, always.
    #[serde(rename = "nbf", default)]
    pub signs_from: Option<Timestamp>,
    /// `exp`: until when it verifies, once another key signs in its place.
    #[serde(rename = "exp", default)]
    pub ends_at: Option<Timestamp>,
}

/// `iat`, `nbf` or `exp` of a JWK is no point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("its `iat`, `nbf` and `exp` must be seconds since 1970, where it has them")]
pub struct KeyTimesError;

/// What a key is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Everybody learns to verify with it; it signs nothing yet.
    Published,
    /// It signs.
    Signing,
    /// Another key signs in its place, and its tokens are still around.
    Retired,
    /// It verifies for as long as it is there; when it has signed, or will, is not known.
    Verifying,
    /// Nobody can hold a token of it any more. It verifies nothing, and is not published.
    Over,
}

impl KeyState {
    /// Every state, in the order of a key's life.
    pub const ALL: [Self; 5] =
        [Self::Published, Self::Signing, Self::Retired, Self::Verifying, Self::Over];

    /// The name for people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Verifying => "verifying",
            Self::Over => "over",
        }
    }
}

/// A key's state, and from when until when it has it, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyLife {
    /// The state.
    pub state: KeyState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when, if nothing else happens.
    pub until: Option<Timestamp>,
}

impl KeyTimes {
    /// The times of a JWK, read from its text.
    ///
    /// # Errors
    /// [`KeyTimesError`] for one that is no `NumericDate`.
    ///
    /// ```
    /// use tegata::{KeyTimes, Timestamp};
    ///
    /// let times = KeyTimes::from_jwk(r#"{"kty":"OKP","nbf":1700000000}"#)?;
    /// assert_eq!(times.signs_from, Some(Timestamp::from_seconds(1_700_000_000)));
    /// assert!(KeyTimes::from_jwk(r#"{"kty":"OKP","nbf":"tomorrow"}"#).is_err());
    /// # Ok::<(), tegata::KeyTimesError>(())
    /// ```
    pub fn from_jwk(json: &str) -> Result<Self, KeyTimesError> {
        // An array would do for a struct.
        if !json.trim_start().starts_with('{') {
            return Err(KeyTimesError);
        }
        serde_json::from_str(json).map_err(|_| KeyTimesError)
    }

    fn has_come(&self, now: Timestamp) -> bool {
        self.signs_from.is_none_or(|from| from <= now)
    }
}

/// Keys in their order: the first whose time has come signs. If there is none yet, as when a clock is
/// behind, the one whose time comes first does.
pub(crate) fn signer_at(keys: &[KeyTimes], now: Timestamp) -> Option<usize> {
    keys.iter().position(|key| key.has_come(now)).or_else(|| {
        let first = keys.iter().enumerate().min_by_key(|(_, key)| key.signs_from);
        first.map(|(index, _)| index)
    })
}

/// The life of each key, in their order.
///
/// `retention` is how long a token of a key may be good after another key has begun to sign.
pub(crate) fn lives_at(keys: &[KeyTimes], now: Timestamp, retention: Duration) -> Vec<KeyLife> {
    let signer = signer_at(keys, now);
    let life = |index: usize, key: &KeyTimes| match signer {
        Some(signer) if index == signer => KeyLife {
            state: KeyState::Signing,
            since: key.signs_from.filter(|from| *from <= now),
            until: superseded_at(keys, index).filter(|at| *at > now),
        },
        Some(signer) if index < signer => {
            KeyLife { state: KeyState::Published, since: key.made_at, until: key.signs_from }
        }
        _ => past_life(key, superseded_at(keys, index), now, retention),
    };
    keys.iter().enumerate().map(|(index, key)| life(index, key)).collect()
}

/// Every instant at which the life of a key changes, in order.
pub(crate) fn changes(keys: &[KeyTimes], retention: Duration) -> Vec<Timestamp> {
    let begins = keys.iter().filter_map(|key| key.signs_from);
    let ends = keys.iter().enumerate().filter_map(|(index, key)| {
        end_of(key, superseded_at(keys, index), retention).map(|(_, end)| end)
    });
    let mut all: Vec<Timestamp> = begins.chain(ends).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// When a key in front of this one begins to sign, if that is known.
fn superseded_at(keys: &[KeyTimes], index: usize) -> Option<Timestamp> {
    // One without a time has always been in front, and says nothing about when this one signed.
    let ahead = keys[..index].iter().map(|key| key.signs_from);
    ahead.collect::<Option<Vec<_>>>()?.into_iter().min()
}

fn past_life(
    key: &KeyTimes,
    superseded_at: Option<Timestamp>,
    now: Timestamp,
    retention: Duration,
) -> KeyLife {
    match end_of(key, superseded_at, retention) {
        Some((since, end)) if now < end => {
            KeyLife { state: KeyState::Retired, since, until: Some(end) }
        }
        Some((_, end)) => KeyLife { state: KeyState::Over, since: Some(end), until: None },
        None => KeyLife { state: KeyState::Verifying, since: None, until: None },
    }
}

/// Since when a key is retired, if that is known, and until when it verifies.
///
/// The later of what was written when it was retired and of what the lifetimes say now: whichever of
/// them was in force, its tokens are over by then.
fn end_of(
    key: &KeyTimes,
    superseded_at: Option<Timestamp>,
    retention: Duration,
) -> Option<(Option<Timestamp>, Timestamp)> {
    // A key that somebody put behind the signing one by hand may be about to sign.
    let retired_at = superseded_at.filter(|at| key.signs_from.is_some_and(|from| from <= *at));
    match (key.ends_at, retired_at.map(|at| at.plus(retention))) {
        (Some(written), Some(reckoned)) => Some((retired_at, written.max(reckoned))),
        (written, reckoned) => written.or(reckoned).map(|end| (retired_at, end)),
    }
}
