use crate::legacy::Origin;
use crate::{
    Claims, EndReason, EndSessions, Ending, Engine, RefreshClaims, Refusal, Tenant, Timestamp,
    UserId,
};

/// The sessions that a logout ends, all of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct LogOut {
    /// Whose they are.
    pub user_id: UserId,
    /// One or two ends. One that hits no row is done already: logging out twice is no mistake.
    pub ends: Vec<EndSessions>,
    /// A token among them whose session may not have a row yet. Where it has none, it is made first
    /// ([`Engine::take_over`]), or the token would open a session after its logout.
    pub opening: Option<RefreshClaims>,
}

impl Engine {
    /// Decides about a logout by the access token of its header and the refresh token of its body, for
    /// a request of `tenant`; a token of another one ends nothing.
    ///
    /// A refresh token is enough, even one that has expired or was replaced, so nobody is stuck
    /// signed in; it never counts as reuse. If both tokens are good and of one user, both their
    /// sessions end.
    ///
    /// # Errors
    /// [`Refusal::MissingToken`] without a token, the refusal of the body's token if that is not
    /// good, [`Refusal::InvalidToken`] if the tokens are of two users, otherwise the refusal of
    /// the header's token; [`Refusal::SessionNotFound`] where no rows of sessions are kept, and for
    /// an access token alone of a library that kept none.
    pub fn log_out(
        &self,
        now: Timestamp,
        access_token: Result<&str, Refusal>,
        refresh_token: Option<&str>,
        tenant: Option<&Tenant>,
    ) -> Result<LogOut, Refusal> {
        let header: Result<Claims, Refusal> = access_token.and_then(|token| {
            let read = self.read_access(now, token, tenant).map_err(|unread| unread.refusal)?;
            // To end nothing must not look like a logout.
            if read.origin == Origin::Sessionless {
                Err(Refusal::SessionNotFound)
            } else {
                Ok(read.into_claims())
            }
        });
        let body = refresh_token
            .map(|token| {
                self.read_refresh_undated(now, token, tenant).map_err(|unread| unread.refusal)
            })
            .transpose()?;
        let opening = body.as_ref().filter(|body| body.opens_session()).cloned();
        let (user_id, sessions) = match (header, body) {
            (Err(refusal), None) => return Err(refusal),
            (Ok(header), None) => (header.user_id, vec![header.session_id]),
            (Err(_), Some(body)) => (body.user_id.clone(), vec![body.session_id.clone()]),
            (Ok(header), Some(body)) if !body.name(header.user_id()) => {
                return Err(Refusal::InvalidToken);
            }
            (Ok(header), Some(body)) => {
                let mut sessions = vec![header.session_id, body.session_id.clone()];
                sessions.dedup();
                (header.user_id, sessions)
            }
        };
        if !self.policy.session_check.keeps_sessions() {
            return Err(Refusal::SessionNotFound);
        }
        let end = |session| EndSessions {
            sessions: Ending::Own { user: user_id.clone(), session },
            at: now,
            reason: EndReason::LogOut,
        };
        let ends = sessions.into_iter().map(end).collect();
        Ok(LogOut { user_id, ends, opening })
    }
}
