//! Routes about what the caller owns.

use tegata::{
    AccessClaims, EndReason, EndSessions, Ended, Ending, Place, Refusal, SessionCheck, Transport,
    UserId, host,
};

use super::call::Call;
use crate::gate::Asking;
use crate::guard::Admitted;
use crate::{Failure, UserStore};

const NO_SESSIONS: &str = "This site keeps no sessions; its tokens are good until they expire.";

impl<S: UserStore> Call<S> {
    /// Lets the caller in by the rows: a session that has ended must not end others.
    pub(super) async fn admit(&mut self) -> Result<Caller, Failure> {
        let keeps_sessions = self.engine.policy().session_check.keeps_sessions();
        let check = if keeps_sessions { SessionCheck::Request } else { SessionCheck::User };
        let asking = Asking { check: Some(check), transport: None };
        let Admitted { claims, by_cookie, .. } =
            self.auth.guard().admit_anew(&mut self.parts, &asking).await?;
        Ok(Caller { claims, by_cookie })
    }

    /// Makes sure that there are sessions to be ended.
    pub(super) fn require_sessions(&self) -> Result<(), Failure> {
        if self.engine.policy().session_check.keeps_sessions() {
            return Ok(());
        }
        let refused = Failure::new(Refusal::SessionNotFound, Place::Resource);
        Err(refused.with_detail(NO_SESSIONS))
    }

    pub(super) async fn end(&self, sessions: Ending, reason: EndReason) -> Result<Ended, Failure> {
        let end = EndSessions { sessions, at: self.now, reason };
        let ended = host::end(&self.engine, self.store(), &end).await;
        ended.map_err(Failure::of_host(Place::Endpoint))
    }

    /// Whether the cookies may be those of the session that this request has ended.
    pub(super) fn ends_with_cookies(&self, caller: &Caller) -> bool {
        let site = self.site();
        caller.by_cookie || (site.transport == Transport::Header && site.uses_cookies())
    }
}

/// Who asks.
pub(super) struct Caller {
    pub(super) claims: AccessClaims,
    by_cookie: bool,
}

impl Caller {
    pub(super) fn user_id(&self) -> &UserId {
        self.claims.user_id()
    }
}
