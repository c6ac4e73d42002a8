use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    Count, EndReason, EndSessions, Ended, Ending, FirstUse, LiveSince, Loaded, NewSession, Session,
    SessionId, SessionLimit, SessionStore, Swap, Timestamp, Touch, UserId, UserState,
};

/// A store that forgets everything at exit: for tests and examples.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    sessions: HashMap<SessionId, Session>,
    users: HashMap<UserId, UserState>,
}

impl Rows {
    fn unended(&mut self, id: &SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(id).filter(|session| session.expired_at.is_none())
    }

    fn live(&self, user: &UserId, since: &LiveSince) -> Vec<&Session> {
        let is_live = |session: &&Session| {
            session.user_id == *user
                && session.expired_at.is_none()
                && session.created_at > since.created_at
                && session.minted_at > since.minted_at
                && session.refreshed_at > since.refreshed_at
        };
        let mut sessions: Vec<_> = self.sessions.values().filter(is_live).collect();
        sessions.sort_by(|a, b| {
            b.created_at.cmp(&a.created_at).then_with(|| a.id.as_str().cmp(b.id.as_str()))
        });
        sessions
    }

    fn limit(&mut self, new: &Session, limit: &SessionLimit) {
        let others = self.live(&new.user_id, &limit.live).into_iter();
        let others = others.filter(|session| session.id != new.id);
        let kept = limit.at_most.saturating_sub(1) as usize;
        let oldest: Vec<_> = others.skip(kept).map(|session| session.id.clone()).collect();
        for id in oldest {
            if let Some(session) = self.unended(&id) {
                end(session, limit.at, EndReason::SessionLimit);
            }
        }
    }
}

impl MemoryStore {
    /// Inserts or replaces a user.
    pub fn put_user(&self, user: UserState) {
        self.rows().users.insert(user.id.clone(), user);
    }

    /// Replaces a user whose security stamp is another now, and ends the sessions but for `spared`,
    /// which bears the new stamp from then on. No request sees one without the other.
    pub fn restamp_user(&self, user: UserState, spared: Option<&SessionId>, at: Timestamp) {
        let mut rows = self.rows();
        let own = rows.sessions.values_mut().filter(|session| session.user_id == user.id);
        for session in own.filter(|session| session.expired_at.is_none()) {
            if Some(&session.id) == spared {
                session.security_stamp.clone_from(&user.security_stamp);
            } else {
                end(session, at, EndReason::PasswordChanged);
            }
        }
        rows.users.insert(user.id.clone(), user);
    }

    /// Removes a user.
    pub fn remove_user(&self, id: &UserId) {
        self.rows().users.remove(id);
    }

    /// Removes a session's row, as purging does.
    pub fn remove_session(&self, id: &SessionId) {
        self.rows().sessions.remove(id);
    }

    // No statement leaves the rows half written, so a poisoned lock still guards good rows.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(session: &mut Session, at: Timestamp, reason: EndReason) {
    session.expired_at = Some(at);
    session.end_reason = Some(reason);
    session.updated_at = at;
}

impl SessionStore for MemoryStore {
    type Error = Infallible;

    async fn insert(&self, row: NewSession) -> Result<(), Infallible> {
        let mut rows = self.rows();
        let session = row.session;
        rows.sessions.entry(session.id.clone()).or_insert_with(|| session.clone());
        if let Some(limit) = &row.limit {
            rows.limit(&session, limit);
        }
        Ok(())
    }

    async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, Infallible> {
        Ok(self.rows().users.get(id).cloned())
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Infallible> {
        let rows = self.rows();
        Ok(rows.sessions.get(id).map(|session| Loaded {
            session: session.clone(),
            user: rows.users.get(&session.user_id).cloned(),
        }))
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, Infallible> {
        let mut rows = self.rows();
        let hit = rows.unended(&swap.id).filter(|session| session.generation == swap.from);
        Ok(hit
            .map(|session| {
                session.generation = swap.to();
                session.minted_at = swap.at;
                session.refreshed_at = swap.at;
                session.updated_at = swap.at;
                session.repeats = 0;
                session.first_used_at = None;
            })
            .is_some())
    }

    async fn count_repeat(&self, count: &Count) -> Result<bool, Infallible> {
        let mut rows = self.rows();
        let hit = rows.unended(&count.id).filter(|session| {
            session.generation == count.generation
                && session.repeats < count.limit
                && !(count.unused && session.first_used_at.is_some())
        });
        Ok(hit
            .map(|session| {
                session.repeats += 1;
                session.updated_at = count.at;
            })
            .is_some())
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Infallible> {
        let mut rows = self.rows();
        let hit = rows.unended(&touch.id);
        Ok(hit
            .map(|session| {
                session.refreshed_at = session.refreshed_at.max(touch.at);
                session.updated_at = touch.at;
            })
            .is_some())
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Infallible> {
        if let Some(session) = self.rows().unended(&first_use.id).filter(|session| {
            session.generation == first_use.generation && session.first_used_at.is_none()
        }) {
            session.first_used_at = Some(first_use.at);
            session.updated_at = first_use.at;
        }
        Ok(())
    }

    async fn end(&self, statement: &EndSessions) -> Result<Ended, Infallible> {
        let mut count = 0;
        for session in self.rows().sessions.values_mut() {
            if session.expired_at.is_none() && is_meant(session, &statement.sessions) {
                end(session, statement.at, statement.reason);
                count += 1;
            }
        }
        Ok(Ended::committed(count))
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, Infallible> {
        Ok(self.rows().live(user, since).into_iter().cloned().collect())
    }
}

fn is_meant(session: &Session, sessions: &Ending) -> bool {
    match sessions {
        Ending::Session(id) => session.id == *id,
        Ending::Own { user, session: id } => session.user_id == *user && session.id == *id,
        Ending::User(user) => session.user_id == *user,
        Ending::Others { user, except } => session.user_id == *user && session.id != *except,
        Ending::Stamped { user, security_stamp } => {
            session.user_id == *user && session.security_stamp == *security_stamp
        }
    }
}
