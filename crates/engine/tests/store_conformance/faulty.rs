use std::convert::Infallible;

use crate::common::{alice, bob, row, unlimited};
use tegata::{
    Count, EndReason, EndSessions, Ended, Ending, FirstUse, LiveSince, Loaded, MemoryStore,
    NewSession, Session, SessionId, SessionLimit, SessionStore, Swap, Timestamp, Touch, UserId,
    UserState,
};

/// A memory store with one fault.
pub(crate) struct Faulty {
    pub(crate) memory: MemoryStore,
    pub(crate) fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    AdvanceBringsBack,
    AdvanceKeepsFirstUse,
    AdvanceKeepsRepeats,
    AdvanceSelectsThenUpdates,
    CountBringsBack,
    CountIgnoresFirstUse,
    CountIgnoresGeneration,
    CountSelectsThenUpdates,
    EndByStampForgetsTheUser,
    EndByStampLooksAtNone,
    EndCountsEnded,
    EndOfAllForgetsTheUser,
    EndOfOthersForgetsTheUser,
    EndOfOthersSparesNone,
    EndOfOwnForgetsTheUser,
    EndOverwrites,
    FirstUseIgnoresGeneration,
    InsertReplaces,
    LimitCountsWhatIsOver,
    LimitForgetsTheUser,
    LimitGoesByTimeAlone,
    LimitIsForgotten,
    LimitsDoNotTakeTurns,
    ListHoldsEnded,
    ListIgnoresMinting,
    ListIgnoresRefreshes,
    LoadRoundsToSeconds,
    LoadSwapsColumns,
    LoadUserGivesAnother,
    TouchBringsBack,
    TouchGoesBack,
    TouchIsNoRefresh,
}

const EVER: Timestamp = Timestamp::from_micros(0);

impl Faulty {
    async fn rewrite(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        let mut session = row(&self.memory, id).await;
        change(&mut session);
        self.memory.remove_session(id);
        let Ok(()) = self.memory.insert(unlimited(session)).await;
    }

    async fn existing(&self, id: &SessionId) -> Option<Session> {
        let Ok(loaded) = self.memory.load(id).await;
        loaded.map(|loaded| loaded.session)
    }

    async fn live(&self, users: &[UserId], live: &LiveSince) -> Vec<Session> {
        let mut sessions = Vec::new();
        for user in users {
            let Ok(listed) = self.memory.list(user, live).await;
            sessions.extend(listed);
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        sessions
    }

    async fn end_from(&self, sessions: &[Session], from: u32, at: Timestamp) {
        for session in sessions.iter().skip(from as usize) {
            let sessions = Ending::Session(session.id.clone());
            let end = EndSessions { sessions, at, reason: EndReason::SessionLimit };
            let Ok(_ended) = self.memory.end(&end).await;
        }
    }

    async fn insert_with_limit(&self, session: Session, limit: SessionLimit) {
        let user = session.user_id.clone();
        let limit = match self.fault {
            Fault::LimitIsForgotten => None,
            Fault::LimitCountsWhatIsOver => {
                let live = LiveSince { created_at: EVER, minted_at: EVER, refreshed_at: EVER };
                Some(SessionLimit { live, ..limit })
            }
            Fault::LimitForgetsTheUser => {
                let others = self.live(&[alice().id, bob().id], &limit.live).await;
                self.end_from(&others, limit.at_most - 1, limit.at).await;
                None
            }
            Fault::LimitGoesByTimeAlone => {
                let Ok(()) = self.memory.insert(unlimited(session.clone())).await;
                let all = self.live(&[user], &limit.live).await;
                self.end_from(&all, limit.at_most, limit.at).await;
                None
            }
            Fault::LimitsDoNotTakeTurns => {
                let others = self.live(&[user], &limit.live).await;
                tokio::task::yield_now().await;
                self.end_from(&others, limit.at_most - 1, limit.at).await;
                None
            }
            _ => Some(limit),
        };
        let Ok(()) = self.memory.insert(NewSession { session, limit }).await;
    }
}

impl SessionStore for Faulty {
    type Error = Infallible;

    async fn insert(&self, row: NewSession) -> Result<(), Infallible> {
        if self.fault == Fault::InsertReplaces {
            self.memory.remove_session(&row.session.id);
        }
        match row.limit {
            Some(limit) => self.insert_with_limit(row.session, limit).await,
            None => self.memory.insert(row).await?,
        }
        Ok(())
    }

    async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, Infallible> {
        match self.fault {
            Fault::LoadUserGivesAnother => self.memory.load_user(&bob().id).await,
            _ => self.memory.load_user(id).await,
        }
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Infallible> {
        let mut loaded = self.memory.load(id).await?;
        if let Some(Loaded { session, .. }) = &mut loaded {
            match self.fault {
                Fault::LoadRoundsToSeconds => {
                    session.created_at = session.created_at.whole_second();
                }
                Fault::LoadSwapsColumns => session.refreshed_at = session.minted_at,
                _ => (),
            }
        }
        Ok(loaded)
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, Infallible> {
        let Some(before) = self.existing(&swap.id).await else { return Ok(false) };
        let write = |session: &mut Session| {
            session.generation = swap.to();
            (session.minted_at, session.refreshed_at) = (swap.at, swap.at);
            (session.updated_at, session.repeats) = (swap.at, 0);
            session.first_used_at = None;
        };
        match self.fault {
            Fault::AdvanceSelectsThenUpdates => {
                let hit = before.generation == swap.from && before.expired_at.is_none();
                tokio::task::yield_now().await;
                if hit {
                    self.rewrite(&swap.id, write).await;
                }
                Ok(hit)
            }
            Fault::AdvanceBringsBack => {
                let hit = before.generation == swap.from;
                if hit {
                    self.rewrite(&swap.id, write).await;
                }
                Ok(hit)
            }
            Fault::AdvanceKeepsFirstUse => {
                let hit = self.memory.advance(swap).await?;
                self.rewrite(&swap.id, |row| row.first_used_at = before.first_used_at).await;
                Ok(hit)
            }
            Fault::AdvanceKeepsRepeats => {
                let hit = self.memory.advance(swap).await?;
                self.rewrite(&swap.id, |row| row.repeats = before.repeats).await;
                Ok(hit)
            }
            _ => self.memory.advance(swap).await,
        }
    }

    async fn count_repeat(&self, count: &Count) -> Result<bool, Infallible> {
        let Some(before) = self.existing(&count.id).await else { return Ok(false) };
        let write = |session: &mut Session| {
            session.repeats += 1;
            session.updated_at = count.at;
        };
        match self.fault {
            Fault::CountSelectsThenUpdates => {
                let hit = before.generation == count.generation
                    && before.repeats < count.limit
                    && !(count.unused && before.first_used_at.is_some());
                tokio::task::yield_now().await;
                if hit {
                    self.rewrite(&count.id, write).await;
                }
                Ok(hit)
            }
            Fault::CountBringsBack if before.expired_at.is_some() => {
                self.rewrite(&count.id, write).await;
                Ok(true)
            }
            Fault::CountIgnoresFirstUse => {
                self.memory.count_repeat(&Count { unused: false, ..count.clone() }).await
            }
            Fault::CountIgnoresGeneration => {
                let generation = before.generation;
                self.memory.count_repeat(&Count { generation, ..count.clone() }).await
            }
            _ => self.memory.count_repeat(count).await,
        }
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Infallible> {
        let Some(before) = self.existing(&touch.id).await else { return Ok(false) };
        match self.fault {
            Fault::TouchBringsBack if before.expired_at.is_some() => {
                self.rewrite(&touch.id, |row| row.updated_at = touch.at).await;
                Ok(true)
            }
            Fault::TouchGoesBack => {
                let hit = self.memory.touch(touch).await?;
                self.rewrite(&touch.id, |row| row.refreshed_at = touch.at).await;
                Ok(hit)
            }
            Fault::TouchIsNoRefresh => {
                let hit = self.memory.touch(touch).await?;
                self.rewrite(&touch.id, |row| row.refreshed_at = before.refreshed_at).await;
                Ok(hit)
            }
            _ => self.memory.touch(touch).await,
        }
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Infallible> {
        if self.fault == Fault::FirstUseIgnoresGeneration
            && let Some(session) = self.existing(&first_use.id).await
        {
            let generation = session.generation;
            return self.memory.note_first_use(&FirstUse { generation, ..first_use.clone() }).await;
        }
        self.memory.note_first_use(first_use).await
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, Infallible> {
        let also = |sessions| EndSessions { sessions, ..end.clone() };
        let mut ends = vec![end.clone()];
        match (self.fault, &end.sessions) {
            (Fault::EndOverwrites, Ending::Session(id)) if self.existing(id).await.is_some() => {
                self.rewrite(id, |row| row.expired_at = None).await;
            }
            (Fault::EndCountsEnded, Ending::Session(id)) if self.existing(id).await.is_some() => {
                let _ended = self.memory.end(end).await?;
                return Ok(Ended::committed(1));
            }
            (Fault::EndOfOwnForgetsTheUser, Ending::Own { session, .. }) => {
                ends = vec![also(Ending::Session(session.clone()))];
            }
            (Fault::EndOfAllForgetsTheUser, Ending::User(_)) => {
                ends.extend([alice(), bob()].map(|user| also(Ending::User(user.id))));
            }
            (Fault::EndOfOthersForgetsTheUser, Ending::Others { except, .. }) => {
                ends.extend(
                    [alice(), bob()]
                        .map(|user| also(Ending::Others { user: user.id, except: except.clone() })),
                );
            }
            (Fault::EndOfOthersSparesNone, Ending::Others { user, .. })
            | (Fault::EndByStampLooksAtNone, Ending::Stamped { user, .. }) => {
                ends = vec![also(Ending::User(user.clone()))];
            }
            (Fault::EndByStampForgetsTheUser, Ending::Stamped { security_stamp, .. }) => {
                ends.extend([alice(), bob()].map(|user| {
                    let security_stamp = security_stamp.clone();
                    also(Ending::Stamped { user: user.id, security_stamp })
                }));
            }
            _ => (),
        }
        let mut count = 0;
        for end in &ends {
            count += self.memory.end(end).await?.count();
        }
        Ok(Ended::committed(count))
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, Infallible> {
        let since = match self.fault {
            Fault::ListIgnoresMinting => LiveSince { minted_at: EVER, ..*since },
            Fault::ListIgnoresRefreshes => LiveSince { refreshed_at: EVER, ..*since },
            _ => *since,
        };
        let mut sessions = self.memory.list(user, &since).await?;
        if self.fault == Fault::ListHoldsEnded
            && let Ok(id) = "b".repeat(43).parse()
            && let Some(session) = self.existing(&id).await
            && session.expired_at.is_some()
        {
            sessions.insert(1, session);
        }
        Ok(sessions)
    }
}
