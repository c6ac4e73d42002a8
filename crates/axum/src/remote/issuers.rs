use std::fmt;
use std::sync::Arc;

use tegata::{ExternalClaims, Refusal, Timestamp, unverified_issuer};
use tegata_jose::Limits;

use super::{RemoteIssuer, RemoteUnread};
use crate::Failure;

const NO_KEYS: &str = "The keys to verify the token with cannot be had now; try again.";

/// The issuers whose tokens routes take. The `iss` of a token picks one, byte for byte, and the
/// keys of that one alone verify it.
///
/// It is the state, or a part of it, of routes with [`super::External`]. Cloning it is cheap.
#[derive(Clone)]
pub struct RemoteIssuers {
    issuers: Arc<[RemoteIssuer]>,
}

/// Issuers that cannot stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteIssuersError {
    /// There are none.
    #[error("there is no issuer")]
    None,
    /// A token could be meant for either of two.
    #[error("the issuer {0:?} stands there twice; give one of them all audiences")]
    Twice(String),
}

impl RemoteIssuers {
    /// These.
    ///
    /// # Errors
    /// [`RemoteIssuersError`].
    pub fn new(
        issuers: impl IntoIterator<Item = RemoteIssuer>,
    ) -> Result<Self, RemoteIssuersError> {
        let issuers: Arc<[RemoteIssuer]> = issuers.into_iter().collect();
        if issuers.is_empty() {
            return Err(RemoteIssuersError::None);
        }
        for (place, each) in issuers.iter().enumerate() {
            let others = issuers.iter().enumerate().filter(|(other, _)| *other != place);
            let is_same =
                |other: &RemoteIssuer| other.name() == each.name() || other.is_named(each.name());
            if others.into_iter().any(|(_, other)| is_same(other)) {
                return Err(RemoteIssuersError::Twice(each.name().to_owned()));
            }
        }
        Ok(Self { issuers })
    }

    /// Verifies a token of one of them; what it refuses is said as at a guarded route.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_token_type` or `expired_token` (401), or `service_unavailable`
    /// (503) with `Retry-After` while there are no keys to verify with.
    pub async fn verify(&self, now: Timestamp, token: &str) -> Result<ExternalClaims, Failure> {
        let Some(issuer) = self.issuer_of(token) else {
            tracing::debug!("token refused: its `iss` names no issuer whose tokens are taken");
            return Err(Failure::gate(Refusal::InvalidToken));
        };
        issuer.verify(now, token).await.map_err(|unread| match unread {
            RemoteUnread::Unread(unread) => {
                tracing::debug!(reason = unread.reason, "token of another issuer refused");
                Failure::gate(unread.refusal)
            }
            RemoteUnread::Unavailable(unavailable) => Failure::gate(Refusal::ServiceUnavailable)
                .with_detail(NO_KEYS)
                .with_retry_after(unavailable.retry_after),
        })
    }

    fn issuer_of(&self, token: &str) -> Option<&RemoteIssuer> {
        let name = unverified_issuer(token, &self.limits())?;
        self.issuers.iter().find(|issuer| issuer.is_named(&name))
    }

    /// The widest, since it is not known yet whose token it is.
    fn limits(&self) -> Limits {
        let limits = self.issuers.iter().map(|issuer| issuer.options().limits);
        limits.fold(Limits { max_token_length: 0, max_depth: 0 }, |one, other| Limits {
            max_token_length: one.max_token_length.max(other.max_token_length),
            max_depth: one.max_depth.max(other.max_depth),
        })
    }
}

impl From<RemoteIssuer> for RemoteIssuers {
    fn from(issuer: RemoteIssuer) -> Self {
        Self { issuers: Arc::new([issuer]) }
    }
}

impl fmt::Debug for RemoteIssuers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.issuers.iter()).finish()
    }
}
