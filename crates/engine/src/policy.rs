use std::collections::HashSet;
use std::time::Duration;

use thiserror::Error;

use crate::{LiveSince, Timestamp};

/// The rules of one site. The defaults are safe to run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The `iss` of every token (RFC 7519 section 4.1.1), compared exactly.
    pub issuer: String,
    /// The `aud` of every token; a token is read if it names at least one of them.
    pub audience: Vec<String>,
    /// The `client_id` of every token (RFC 9068 section 2.2).
    pub client_id: String,
    /// How far clocks may disagree: added to `exp`, subtracted from `nbf` and `iat`. 0 to 120 s.
    pub leeway: Duration,
    /// How long an access token lives.
    pub access_token_lifetime: Duration,
    /// How long a refresh token lives after its generation was minted.
    pub refresh_token_lifetime: Duration,
    /// How long a session lives at most; no token outlives it.
    pub session_lifetime: Duration,
    /// Whether a refresh gives the next refresh token, or an access token only.
    pub rotate_refresh_tokens: bool,
    /// How long after the first use of its successor a refresh token may be presented again.
    /// 0 to 300 s; 0 is strict single use.
    pub refresh_grace: Duration,
    /// How many times the answer of one rotation is given again; 1 to 10,000. Whoever asks more
    /// often without ever using what he gets is no client.
    pub max_refresh_repeats: u32,
    /// How long a session lives without a refresh; `None` leaves that to the lifetime of its
    /// refresh token. At least 1 second.
    pub session_idle_timeout: Option<Duration>,
    /// How many live sessions a user may have; a login beyond that ends the oldest. At least 1.
    pub max_sessions_per_user: Option<u32>,
    /// What an access token is checked against.
    pub session_check: SessionCheck,
    /// How long a [`crate::Snapshot`] may stand in for the rows: the longest that a revocation
    /// which the cache did not hear of goes unnoticed. 1 to 3,600 s.
    pub session_cache_lifetime: Duration,
    /// How long a client has to answer the challenge of a login step. 10 to 3,600 s.
    pub challenge_lifetime: Duration,
    /// What the private claims are called.
    pub claim_names: ClaimNames,
    /// The longest token that is looked at, in bytes. 512 to 65,536.
    pub max_token_length: usize,
}

/// What an access token is checked against, and so how soon a revocation bites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionCheck {
    /// Its session's row and its user's: a logout acts at once.
    #[default]
    Request,
    /// A [`crate::Snapshot`] of those rows in a cache: a logout acts at once where the cache is
    /// shared, and within the snapshot's lifetime where it is not.
    Cache,
    /// Its user's row: a logout acts at the next refresh.
    User,
    /// Its signature and times: a logout acts at the next refresh.
    Refresh,
    /// Its signature and times; no rows of sessions are made at all, so nothing can be ended.
    Off,
}

impl SessionCheck {
    /// Every check, the strictest first.
    pub const ALL: [Self; 5] = [Self::Request, Self::Cache, Self::User, Self::Refresh, Self::Off];

    /// The name in the settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Cache => "cache",
            Self::User => "user",
            Self::Refresh => "refresh",
            Self::Off => "off",
        }
    }

    /// The check of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Whether there are rows of sessions.
    #[must_use]
    pub const fn keeps_sessions(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether the first use of a generation's access token can be noticed.
    #[must_use]
    pub const fn sees_use(self) -> bool {
        matches!(self, Self::Request | Self::Cache)
    }
}

/// The names of the claims that RFC 7519 and RFC 9068 leave to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// `access` or `refresh`.
    pub token_type: String,
    /// The user's primary key, a number where it is one.
    pub user_id: String,
    /// The session's identifier.
    pub session_id: String,
    /// The number of the token's generation.
    pub generation: String,
    /// The tenant that the token is bound to, if it is to any.
    pub tenant: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            token_type: "type".to_owned(),
            user_id: "user_id".to_owned(),
            session_id: "session_id".to_owned(),
            generation: "generation".to_owned(),
            tenant: "tenant".to_owned(),
        }
    }
}

impl ClaimNames {
    pub(crate) fn all(&self) -> [(&'static str, &str); 5] {
        [
            ("TOKEN_TYPE_CLAIM", &self.token_type),
            ("USER_ID_CLAIM", &self.user_id),
            ("SESSION_ID_CLAIM", &self.session_id),
            ("GENERATION_CLAIM", &self.generation),
            ("TENANT_CLAIM", &self.tenant),
        ]
    }
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

impl Default for Policy {
    fn default() -> Self {
        Self {
            issuer: "tegata".to_owned(),
            audience: vec!["tegata".to_owned()],
            client_id: "tegata".to_owned(),
            leeway: Duration::from_secs(10),
            access_token_lifetime: Duration::from_secs(5 * MINUTE),
            refresh_token_lifetime: Duration::from_secs(14 * DAY),
            session_lifetime: Duration::from_secs(365 * DAY),
            rotate_refresh_tokens: true,
            refresh_grace: Duration::from_secs(10),
            max_refresh_repeats: 100,
            session_idle_timeout: None,
            max_sessions_per_user: None,
            session_check: SessionCheck::Request,
            session_cache_lifetime: Duration::from_secs(60),
            challenge_lifetime: Duration::from_secs(5 * MINUTE),
            claim_names: ClaimNames::default(),
            max_token_length: 8_192,
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{setting} {problem}")]
pub struct PolicyError {
    /// The setting's name, as hosts spell it.
    pub setting: &'static str,
    /// What is wrong with it and what it may be.
    pub problem: &'static str,
}

pub(crate) const SCOPE_CLAIM: &str = "scope";

/// Until when a sliding token can be refreshed.
pub(crate) const REFRESH_EXP: &str = "refresh_exp";

pub(crate) const RESERVED_CLAIMS: [&str; 10] =
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "auth_time", REFRESH_EXP];

impl Policy {
    /// What a session that can be used at `now` has its columns after; see [`LiveSince`].
    #[must_use]
    pub fn live_since(&self, now: Timestamp) -> LiveSince {
        let idle = self.session_idle_timeout.unwrap_or(self.session_lifetime);
        LiveSince {
            created_at: now.minus(self.session_lifetime),
            minted_at: now.minus(self.refresh_token_lifetime),
            refreshed_at: now.minus(idle),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), PolicyError> {
        const TEN_YEARS: Duration = Duration::from_secs(3_650 * DAY);
        const SECOND: Duration = Duration::from_secs(1);
        const HOUR: Duration = Duration::from_secs(60 * MINUTE);
        let rules = [
            ("ISSUER", !self.issuer.is_empty(), "must not be empty"),
            (
                "AUDIENCE",
                !self.audience.is_empty() && self.audience.iter().all(|name| !name.is_empty()),
                "must name at least one audience, and none may be empty",
            ),
            ("CLIENT_ID", !self.client_id.is_empty(), "must not be empty"),
            ("LEEWAY", self.leeway.as_secs_f64() <= 120.0, "must be from 0 to 120 seconds"),
            (
                "ACCESS_TOKEN_LIFETIME",
                (SECOND..=self.refresh_token_lifetime).contains(&self.access_token_lifetime),
                "must be at least 1 second and at most REFRESH_TOKEN_LIFETIME",
            ),
            (
                "REFRESH_TOKEN_LIFETIME",
                self.refresh_token_lifetime <= self.session_lifetime,
                "must be at most SESSION_LIFETIME",
            ),
            ("SESSION_LIFETIME", self.session_lifetime <= TEN_YEARS, "must be at most 3650 days"),
            (
                "REFRESH_GRACE",
                self.refresh_grace.as_secs_f64() <= 300.0,
                "must be from 0 to 300 seconds",
            ),
            (
                "MAX_REFRESH_REPEATS",
                (1..=10_000).contains(&self.max_refresh_repeats),
                "must be from 1 to 10000",
            ),
            (
                "SESSION_IDLE_TIMEOUT",
                self.session_idle_timeout
                    .is_none_or(|timeout| (SECOND..=self.session_lifetime).contains(&timeout)),
                "must be at least 1 second and at most SESSION_LIFETIME, or None",
            ),
            (
                "MAX_SESSIONS_PER_USER",
                self.max_sessions_per_user.is_none_or(|limit| limit > 0),
                "must be at least 1, or None",
            ),
            (
                "SESSION_CACHE_LIFETIME",
                (SECOND..=HOUR).contains(&self.session_cache_lifetime),
                "must be from 1 to 3600 seconds",
            ),
            (
                "CHALLENGE_LIFETIME",
                (10 * SECOND..=HOUR).contains(&self.challenge_lifetime),
                "must be from 10 to 3600 seconds",
            ),
            (
                "MAX_TOKEN_LENGTH",
                (512..=65_536).contains(&self.max_token_length),
                "must be from 512 to 65536 bytes",
            ),
        ];
        if let Some((setting, _, problem)) = rules.into_iter().find(|(_, holds, _)| !holds) {
            return Err(PolicyError { setting, problem });
        }
        let mut seen: HashSet<&str> = RESERVED_CLAIMS.into();
        // Sites without scopes may have a claim of that name of their own.
        seen.insert(SCOPE_CLAIM);
        for (setting, name) in self.claim_names.all() {
            if name.is_empty() || !seen.insert(name) {
                let problem = "must be a name of its own, and not one that RFC 7519 or 9068 gives";
                return Err(PolicyError { setting, problem });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Policy;

    #[test]
    fn each_rule_names_its_setting() {
        type Break = fn(&mut Policy);
        let broken: [(&str, Break); 22] = [
            ("ISSUER", |policy| policy.issuer.clear()),
            ("AUDIENCE", |policy| policy.audience.clear()),
            ("AUDIENCE", |policy| policy.audience.push(String::new())),
            ("CLIENT_ID", |policy| policy.client_id.clear()),
            ("LEEWAY", |policy| policy.leeway = Duration::from_millis(120_001)),
            ("ACCESS_TOKEN_LIFETIME", |policy| policy.access_token_lifetime = Duration::ZERO),
            ("ACCESS_TOKEN_LIFETIME", |policy| policy.access_token_lifetime = Duration::MAX),
            ("REFRESH_TOKEN_LIFETIME", |policy| policy.refresh_token_lifetime = Duration::MAX),
            ("SESSION_LIFETIME", |policy| policy.session_lifetime = Duration::MAX),
            ("REFRESH_GRACE", |policy| policy.refresh_grace = Duration::from_secs(301)),
            ("MAX_REFRESH_REPEATS", |policy| policy.max_refresh_repeats = 0),
            ("SESSION_IDLE_TIMEOUT", |policy| policy.session_idle_timeout = Some(Duration::ZERO)),
            ("MAX_SESSIONS_PER_USER", |policy| policy.max_sessions_per_user = Some(0)),
            ("SESSION_CACHE_LIFETIME", |policy| policy.session_cache_lifetime = Duration::ZERO),
            ("CHALLENGE_LIFETIME", |policy| policy.challenge_lifetime = Duration::from_secs(9)),
            ("CHALLENGE_LIFETIME", |policy| policy.challenge_lifetime = Duration::from_secs(3_601)),
            ("MAX_TOKEN_LENGTH", |policy| policy.max_token_length = 511),
            ("USER_ID_CLAIM", |policy| policy.claim_names.user_id = "sub".into()),
            ("SESSION_ID_CLAIM", |policy| policy.claim_names.session_id = "user_id".into()),
            ("GENERATION_CLAIM", |policy| policy.claim_names.generation.clear()),
            ("TENANT_CLAIM", |policy| policy.claim_names.tenant = "generation".into()),
            ("TENANT_CLAIM", |policy| policy.claim_names.tenant = "scope".into()),
        ];
        assert_eq!(Policy::default().validate(), Ok(()));
        for (setting, break_it) in broken {
            let mut policy = Policy::default();
            break_it(&mut policy);
            assert_eq!(policy.validate().unwrap_err().setting, setting);
        }
    }
}
