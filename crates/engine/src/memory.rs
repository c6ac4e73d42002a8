use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    EndReason, EndSession, Ended, FirstUse, Loaded, Session, SessionId, SessionStore, Swap,
    Timestamp, Touch, UserId, UserState,
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
}

impl MemoryStore {
    /// Inserts or replaces a user.
    pub fn put_user(&self, user: UserState) {
        self.rows().users.insert(user.id.clone(), user);
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

    async fn insert(&self, session: Session) -> Result<(), Infallible> {
        self.rows().sessions.entry(session.id.clone()).or_insert(session);
        Ok(())
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
                session.updated_at = swap.at;
                session.first_used_at = None;
            })
            .is_some())
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Infallible> {
        Ok(self.rows().unended(&touch.id).map(|session| session.updated_at = touch.at).is_some())
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

    async fn end(&self, statement: &EndSession) -> Result<Ended, Infallible> {
        if let Some(session) = self.rows().unended(&statement.id) {
            end(session, statement.at, statement.reason);
        }
        Ok(Ended::committed())
    }

    async fn end_all(
        &self,
        user: &UserId,
        except: Option<&SessionId>,
        at: Timestamp,
        reason: EndReason,
    ) -> Result<u64, Infallible> {
        let mut count = 0;
        for session in self.rows().sessions.values_mut() {
            let is_theirs = session.user_id == *user && Some(&session.id) != except;
            if is_theirs && session.expired_at.is_none() {
                end(session, at, reason);
                count += 1;
            }
        }
        Ok(count)
    }

    async fn list(&self, user: &UserId, since: Timestamp) -> Result<Vec<Session>, Infallible> {
        let is_listed = |session: &&Session| {
            session.user_id == *user && session.expired_at.is_none() && session.created_at > since
        };
        let mut sessions: Vec<_> =
            self.rows().sessions.values().filter(is_listed).cloned().collect();
        sessions.sort_by(|a, b| {
            b.created_at.cmp(&a.created_at).then_with(|| a.id.as_str().cmp(b.id.as_str()))
        });
        Ok(sessions)
    }
}
