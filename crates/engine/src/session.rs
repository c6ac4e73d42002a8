use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::randomness::identifier;
use crate::{Policy, Randomness, RandomnessError, Timestamp, UserId};

/// One login: the row that every token of it hangs on.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The primary key.
    pub id: SessionId,
    /// Whose login it is.
    pub user_id: UserId,
    /// When it was opened; also the `auth_time` of its tokens, unless
    /// [`Session::is_of_legacy_token`].
    pub created_at: Timestamp,
    /// When its owner was last seen by an engine's statement.
    pub updated_at: Timestamp,
    /// When it was ended. Once set it is never cleared.
    pub expired_at: Option<Timestamp>,
    /// Why it was ended.
    pub end_reason: Option<EndReason>,
    /// Where it was opened from.
    pub device: Device,
    /// The number of the live generation of its refresh token; the first is 1.
    pub generation: u64,
    /// When the live generation was minted.
    pub minted_at: Timestamp,
    /// When it was last refreshed, with or without a rotation.
    pub refreshed_at: Timestamp,
    /// How many times the live generation was handed out again.
    pub repeats: u32,
    /// When a token of the live generation was first seen in use.
    pub first_used_at: Option<Timestamp>,
    /// The user's [`crate::security_stamp`] at login.
    pub security_stamp: String,
    /// Of a row that was taken over from another library the `jti` of the refresh token that was
    /// live there, empty if it had none; of a row that stands for a token of a library that kept no
    /// sessions, the row's own `id`; else `None`, and no [`crate::LegacyTokens`] are good for it.
    pub legacy_jti: Option<String>,
}

impl Session {
    /// The generation that a row taken over from another library begins with. What was replaced
    /// there counts as 0, so nobody can hold the generation before it.
    pub const TAKEN_OVER: u64 = 2;

    /// Whether it stands for a token of a library that kept no sessions. When its user logged in,
    /// nobody knows.
    #[must_use]
    pub fn is_of_legacy_token(&self) -> bool {
        self.legacy_jti.as_deref() == Some(self.id.as_str())
    }

    /// The instant after which nothing of this session is accepted, ended early or not.
    #[must_use]
    pub fn absolute_end(&self, policy: &Policy) -> Timestamp {
        self.created_at.plus(policy.session_lifetime)
    }

    /// The instant after which nothing of this session is accepted unless it is refreshed before:
    /// the end of its idle timeout, or its [`Session::absolute_end`] if that comes first.
    #[must_use]
    pub fn idle_end(&self, policy: &Policy) -> Timestamp {
        let absolute = self.absolute_end(policy);
        let idle = policy.session_idle_timeout.map(|timeout| self.refreshed_at.plus(timeout));
        idle.map_or(absolute, |idle| idle.min(absolute))
    }

    /// Whether the session is neither ended nor past its [`Session::idle_end`].
    #[must_use]
    pub fn is_live(&self, policy: &Policy, now: Timestamp) -> bool {
        self.expired_at.is_none() && now < self.idle_end(policy)
    }
}

// Without the security stamp, which is drawn from a password hash.
impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("expired_at", &self.expired_at)
            .field("end_reason", &self.end_reason)
            .field("device", &self.device)
            .field("generation", &self.generation)
            .field("minted_at", &self.minted_at)
            .field("refreshed_at", &self.refreshed_at)
            .field("repeats", &self.repeats)
            .field("first_used_at", &self.first_used_at)
            .field("legacy_jti", &self.legacy_jti)
            .finish_non_exhaustive()
    }
}

/// The identifier of a session: 32 random bytes as 43 characters of base64url.
///
/// ```
/// use tegata::SessionId;
///
/// let id: SessionId = "A".repeat(43).parse().unwrap();
/// assert_eq!(id.as_str().len(), 43);
/// assert!("42".parse::<SessionId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SessionId(String);

impl SessionId {
    const LENGTH: usize = 43;

    pub(crate) fn draw(random: &dyn Randomness) -> Result<Self, RandomnessError> {
        identifier::<32>(random).map(Self)
    }

    /// From a digest, of which another one will never be drawn.
    pub(crate) fn of_digest(digest: String) -> Self {
        debug_assert_eq!(digest.len(), Self::LENGTH);
        Self(digest)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for SessionId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == Self::LENGTH && text.bytes().all(is_letter) {
            Ok(Self(text))
        } else {
            Err("a session id is 43 characters of base64url")
        }
    }
}

impl FromStr for SessionId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

/// Where a login came from, fit to be stored and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The client's address.
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header, at most 512 characters and none of them a control character.
    pub user_agent: String,
}

impl Device {
    const MAX_USER_AGENT: usize = 512;

    /// From what the client said; an address that is none becomes unknown.
    ///
    /// ```
    /// use tegata::Device;
    ///
    /// let device = Device::new(Some("2001:DB8::1"), "curl/8\r\nSet-Cookie: x");
    /// assert_eq!(device.ip_address.unwrap().to_string(), "2001:db8::1");
    /// assert_eq!(device.user_agent, "curl/8Set-Cookie: x");
    /// ```
    #[must_use]
    pub fn new(ip_address: Option<&str>, user_agent: &str) -> Self {
        Self {
            ip_address: ip_address.and_then(|text| text.parse().ok()),
            user_agent: user_agent
                .chars()
                .filter(|letter| !letter.is_control())
                .take(Self::MAX_USER_AGENT)
                .collect(),
        }
    }

    /// A login from nowhere known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }
}

/// Why a session was ended, as its row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Ended in the admin or by the site's own code.
    Administrator,
    /// Its owner ended it from another session.
    EndedByOwner,
    /// Its owner logged out of it.
    LogOut,
    /// Its owner logged out everywhere.
    LogOutAll,
    /// Its owner logged out everywhere else.
    LogOutOthers,
    /// The user's password, or another column of the security stamp, has changed.
    PasswordChanged,
    /// Its user has logged in more often than there may be sessions.
    SessionLimit,
    /// A refresh token was used twice.
    TokenReuse,
    /// The user is inactive.
    UserInactive,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Administrator,
        Self::EndedByOwner,
        Self::LogOut,
        Self::LogOutAll,
        Self::LogOutOthers,
        Self::PasswordChanged,
        Self::SessionLimit,
        Self::TokenReuse,
        Self::UserInactive,
    ];

    /// The name in the row, at most 32 characters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::EndedByOwner => "ended_by_owner",
            Self::LogOut => "log_out",
            Self::LogOutAll => "log_out_all",
            Self::LogOutOthers => "log_out_others",
            Self::PasswordChanged => "password_changed",
            Self::SessionLimit => "session_limit",
            Self::TokenReuse => "token_reuse",
            Self::UserInactive => "user_inactive",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
