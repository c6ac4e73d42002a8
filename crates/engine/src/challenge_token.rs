use std::fmt;
use std::str::FromStr;

use crate::digest::labelled;
use crate::randomness::identifier;
use crate::{Device, Randomness, RandomnessError, Tenant};

/// What a client answers a challenge with, besides the answer: 32 random bytes as 43 characters of
/// base64url. It is a secret, so `Debug` does not show it.
///
/// ```
/// use tegata::ChallengeToken;
///
/// let token: ChallengeToken = "A".repeat(43).parse().unwrap();
/// assert_eq!(format!("{token:?}"), "ChallengeToken");
/// assert_ne!(token.id().as_str(), token.as_str());
/// assert!("A".repeat(44).parse::<ChallengeToken>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeToken(String);

impl ChallengeToken {
    const LENGTH: usize = 43;

    pub(crate) fn draw(random: &dyn Randomness) -> Result<Self, RandomnessError> {
        identifier::<32>(random).map(Self)
    }

    /// The token as text, for the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary key of its challenge: a digest, so that nobody who reads the table can answer.
    #[must_use]
    pub fn id(&self) -> ChallengeId {
        ChallengeId(labelled("tegata login challenge v1", &[&self.0]))
    }

    /// How a client is known again: a digest of who it is, its user agent as sessions keep it, and
    /// of this token. The token makes it say nothing to whoever reads the table.
    pub(crate) fn client(&self, client: ChallengeClient<'_>) -> String {
        let device = Device::new(None, client.user_agent);
        // No tenant is called by the empty name.
        let tenant = client.tenant.map_or("", Tenant::as_str);
        labelled("tegata challenge client v1", &[&self.0, &device.user_agent, tenant])
    }
}

/// Who is asked, and who answers: only the same may.
///
/// Its address does not count: a phone changes that when it leaves the Wi-Fi, and a login takes long
/// enough for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeClient<'a> {
    /// The `User-Agent` of the request, empty if it has none.
    pub user_agent: &'a str,
    /// The tenant of the request: a password that one tenant's login took opens no other's.
    pub tenant: Option<&'a Tenant>,
}

impl FromStr for ChallengeToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == Self::LENGTH && text.bytes().all(is_letter) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a challenge token is 43 characters of base64url")
        }
    }
}

impl fmt::Debug for ChallengeToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChallengeToken")
    }
}

/// The primary key of a challenge: a labelled SHA-256 of its token, 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChallengeId(pub(crate) String);

impl ChallengeId {
    /// The key of a row that the host has loaded.
    #[must_use]
    pub fn of_row(text: String) -> Self {
        Self(text)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
