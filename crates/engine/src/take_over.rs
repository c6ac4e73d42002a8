use std::time::Duration;

use crate::digest::labelled;
use crate::{
    Claims, Device, EndReason, EndSessions, Ending, Engine, NewSession, Refusal, Session,
    SessionId, Timestamp, UserId, UserState,
};

impl SessionId {
    /// The session of a refresh or sliding token of a library that kept none: the same for the same
    /// token, so that it has one row and no second one, however often and wherever it comes.
    ///
    /// `token_id` is its `jti`. A number counts as its digits, which some libraries write instead.
    ///
    /// ```
    /// use tegata::{SessionId, UserId};
    ///
    /// let id = SessionId::of_legacy_token(&UserId::Integer(1), "5f2c");
    /// assert_eq!(id, SessionId::of_legacy_token(&UserId::Text("1".to_owned()), "5f2c"));
    /// assert_ne!(id, SessionId::of_legacy_token(&UserId::Integer(2), "5f2c"));
    /// ```
    #[must_use]
    pub fn of_legacy_token(user: &UserId, token_id: &str) -> Self {
        Self::of_digest(labelled("tegata legacy token v1", &[&user.to_string(), token_id]))
    }

    /// The row by whose presence a user's legacy tokens open no session any more: see
    /// [`Engine::give_up_legacy`].
    #[must_use]
    pub fn of_given_up_legacy(user: &UserId) -> Self {
        Self::of_digest(labelled("tegata given up legacy v1", &[&user.to_string()]))
    }
}

impl Engine {
    /// The row for a token that [`Claims::opens_session`], to be inserted unless it is there: the host
    /// has loaded [`Claims::session_id`], and found none. It is a row as if it had been taken over
    /// from a library that kept sessions, so everything else is decided by it as ever: load it again,
    /// and go on. Who only asks about the token takes this row for the one that would be there, and
    /// writes nothing.
    ///
    /// `given_up` says whether there is a row [`SessionId::of_given_up_legacy`] of `user`.
    /// `password_digest` is what the library would write of the stored password now, for a token that
    /// [`Claims::is_of_a_password`]; a host that cannot tell gives `None`, and it is refused.
    /// `refresh_lifetime` is how long after a login the site's own sliding tokens can be refreshed, for
    /// one of those.
    ///
    /// # Errors
    /// [`Refusal::SessionNotFound`] for any other token, [`Refusal::InvalidUser`] for a user who is
    /// gone, and [`Refusal::SessionExpired`] if the user's old tokens were given up, or the password
    /// has changed that the token is of.
    #[expect(clippy::too_many_arguments, reason = "what the rows say, and the request")]
    pub fn take_over(
        &self,
        now: Timestamp,
        claims: &Claims,
        user: Option<&UserState>,
        given_up: bool,
        password_digest: Option<&str>,
        device: Device,
        refresh_lifetime: Option<Duration>,
    ) -> Result<NewSession, Refusal> {
        if !claims.opens_session() {
            return Err(Refusal::SessionNotFound);
        }
        let user = user.filter(|user| claims.name(&user.id)).ok_or(Refusal::InvalidUser)?;
        let is_outdated = claims.password().is_some_and(|said| password_digest != Some(said));
        if given_up || is_outdated {
            return Err(Refusal::SessionExpired);
        }
        // A token that does not say when it was issued is no older than this request.
        let said = Some(claims.issued_at).filter(|at| *at != Claims::NEVER_ISSUED);
        let mut begun = said.unwrap_or(now).min(now);
        if let (Some(deadline), Some(lifetime)) = (claims.refresh_expires_at, refresh_lifetime) {
            // Its deadline is reckoned from the login, and stays where it was.
            begun = begun.min(deadline.minus(lifetime));
        }
        let id = claims.session_id.clone();
        let session = legacy_row(id, user.id.clone(), begun, user.security_stamp.clone(), device);
        self.row_to_insert(now, session).ok_or(Refusal::SessionNotFound)
    }

    /// The row for a legacy token that its own library had ended, to be inserted unless it is there.
    /// From then on the token is refused.
    #[must_use]
    pub fn take_over_ended(
        user: UserId,
        token_id: &str,
        begun: Timestamp,
        ended: Timestamp,
    ) -> Session {
        let id = SessionId::of_legacy_token(&user, token_id);
        ended_row(id, user, begun, ended, EndReason::LogOut)
    }

    /// The row to insert, unless it is there, before sessions of a user end in bulk; `None` if
    /// there is nothing to say. From then on none of the user's legacy tokens opens another session.
    /// What they have opened is ended as ever.
    #[must_use]
    pub fn give_up_legacy(&self, end: &EndSessions) -> Option<Session> {
        let user = match &end.sessions {
            Ending::User(user) | Ending::Others { user, .. } | Ending::Stamped { user, .. } => user,
            Ending::Session(_) | Ending::Own { .. } => return None,
        };
        let id = SessionId::of_given_up_legacy(user);
        let opens = self.keeps_legacy_rows(end.at);
        opens.then(|| ended_row(id, user.clone(), end.at, end.at, end.reason))
    }

    /// Whether a purge must leave rows with a [`Session::legacy_jti`], however old they are: a legacy
    /// token could open a session a second time if the first one's row were gone.
    #[must_use]
    pub fn keeps_legacy_rows(&self, now: Timestamp) -> bool {
        let clocks_apart = self.policy.leeway;
        self.legacy.iter().any(|legacy| {
            legacy.claim_names.session_id.is_none() && now < legacy.until.plus(clocks_apart)
        })
    }
}

fn ended_row(
    id: SessionId,
    user: UserId,
    begun: Timestamp,
    ended: Timestamp,
    reason: EndReason,
) -> Session {
    let row = legacy_row(id, user, begun, String::new(), Device::unknown());
    Session { updated_at: ended, expired_at: Some(ended), end_reason: Some(reason), ..row }
}

fn legacy_row(
    id: SessionId,
    user_id: UserId,
    begun: Timestamp,
    security_stamp: String,
    device: Device,
) -> Session {
    Session {
        legacy_jti: Some(id.as_str().to_owned()),
        id,
        user_id,
        created_at: begun,
        updated_at: begun,
        expired_at: None,
        end_reason: None,
        device,
        generation: Session::TAKEN_OVER,
        minted_at: begun,
        refreshed_at: begun,
        repeats: 0,
        first_used_at: None,
        security_stamp,
    }
}
