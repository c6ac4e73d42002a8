use std::convert::Infallible;

use serde_json::Map;
use tegata::{
    Count, EndSessions, Ended, FirstUse, LiveSince, Loaded, NewSession, Session, SessionId,
    SessionStore, Swap, Touch, UserId, UserState,
};

use super::MemoryUsers;

impl SessionStore for MemoryUsers {
    type Error = Infallible;

    async fn insert(&self, row: NewSession) -> Result<(), Infallible> {
        self.rows().data.insert(row.session.id.clone(), Map::new());
        self.sessions.insert(row).await
    }

    async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, Infallible> {
        self.sessions.load_user(id).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Infallible> {
        self.sessions.load(id).await
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, Infallible> {
        self.sessions.advance(swap).await
    }

    async fn count_repeat(&self, count: &Count) -> Result<bool, Infallible> {
        self.sessions.count_repeat(count).await
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Infallible> {
        self.sessions.touch(touch).await
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Infallible> {
        self.sessions.note_first_use(first_use).await
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, Infallible> {
        self.sessions.end(end).await
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, Infallible> {
        self.sessions.list(user, since).await
    }
}
