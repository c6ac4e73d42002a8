//! The store of the crate itself keeps the rules that it has for every store.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Watched, alice, bob, memory_store};
use tegata::testing::conformance;
use tegata::{
    EndReason, EndSession, Ended, FirstUse, Loaded, MemoryStore, Session, SessionId, SessionStore,
    Swap, Timestamp, Touch, UserId,
};

#[tokio::test]
async fn memory_store_conforms() {
    conformance(async || (memory_store(), [alice(), bob()])).await;
}

// The wrapper lets tasks race between statements, as connections do.
#[tokio::test]
async fn a_store_whose_statements_interleave_conforms() {
    conformance(async || (Watched::new(), [alice(), bob()])).await;
}

/// A memory store with one fault.
struct Faulty {
    memory: MemoryStore,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    AdvanceSelectsThenUpdates,
    AdvanceBringsBack,
    AdvanceKeepsFirstUse,
    EndAllForgetsTheUser,
    EndOverwrites,
    FirstUseIgnoresGeneration,
    ListHoldsEnded,
    LoadRoundsToSeconds,
    TouchBringsBack,
}

impl Faulty {
    async fn rewrite(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        let mut session = common::row(&self.memory, id).await;
        change(&mut session);
        self.memory.remove_session(id);
        let Ok(()) = self.memory.insert(session).await;
    }
}

impl SessionStore for Faulty {
    type Error = std::convert::Infallible;

    async fn insert(&self, session: Session) -> Result<(), Self::Error> {
        self.memory.insert(session).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Self::Error> {
        let mut loaded = self.memory.load(id).await?;
        if let (Fault::LoadRoundsToSeconds, Some(loaded)) = (self.fault, &mut loaded) {
            loaded.session.created_at = loaded.session.created_at.whole_second();
        }
        Ok(loaded)
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, Self::Error> {
        let Some(loaded) = self.memory.load(&swap.id).await? else { return Ok(false) };
        let before = loaded.session;
        let write = |session: &mut Session| {
            session.generation = swap.to();
            (session.minted_at, session.updated_at) = (swap.at, swap.at);
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
            _ => self.memory.advance(swap).await,
        }
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Self::Error> {
        if matches!(self.fault, Fault::TouchBringsBack)
            && self.memory.load(&touch.id).await?.is_some()
        {
            self.rewrite(&touch.id, |row| row.updated_at = touch.at).await;
            return Ok(true);
        }
        self.memory.touch(touch).await
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Self::Error> {
        if matches!(self.fault, Fault::FirstUseIgnoresGeneration)
            && let Some(loaded) = self.memory.load(&first_use.id).await?
        {
            let generation = loaded.session.generation;
            return self.memory.note_first_use(&FirstUse { generation, ..first_use.clone() }).await;
        }
        self.memory.note_first_use(first_use).await
    }

    async fn end(&self, end: &EndSession) -> Result<Ended, Self::Error> {
        if matches!(self.fault, Fault::EndOverwrites) && self.memory.load(&end.id).await?.is_some()
        {
            self.rewrite(&end.id, |row| row.expired_at = None).await;
        }
        self.memory.end(end).await
    }

    async fn end_all(
        &self,
        user: &UserId,
        except: Option<&SessionId>,
        at: Timestamp,
        reason: EndReason,
    ) -> Result<u64, Self::Error> {
        if matches!(self.fault, Fault::EndAllForgetsTheUser) {
            for other in [alice(), bob()].iter().filter(|other| other.id != *user) {
                self.memory.end_all(&other.id, except, at, reason).await?;
            }
        }
        self.memory.end_all(user, except, at, reason).await
    }

    async fn list(&self, user: &UserId, since: Timestamp) -> Result<Vec<Session>, Self::Error> {
        let mut sessions = self.memory.list(user, since).await?;
        if matches!(self.fault, Fault::ListHoldsEnded)
            && let Ok(id) = "b".repeat(43).parse()
            && let Some(loaded) = self.memory.load(&id).await?
            && loaded.session.expired_at.is_some()
        {
            sessions.insert(1, loaded.session);
        }
        Ok(sessions)
    }
}

fn broken_rule(fault: Fault) -> String {
    let open = async || (Faulty { memory: memory_store(), fault }, [alice(), bob()]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| runtime.block_on(conformance(open))))
        .expect_err("the suite passed a faulty store");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().map(|text| (*text).to_owned()).unwrap(),
    }
}

#[test]
fn the_suite_finds_faulty_stores_and_names_the_rule() {
    for (fault, rule) in [
        (Fault::AdvanceSelectsThenUpdates, "exactly one hits"),
        (Fault::AdvanceBringsBack, "an ended session must not advance"),
        (Fault::AdvanceKeepsFirstUse, "a swap writes its four columns only"),
        (Fault::EndAllForgetsTheUser, "end_all must leave other users alone"),
        (Fault::EndOverwrites, "an end must leave an earlier one"),
        (Fault::FirstUseIgnoresGeneration, "counts for the live generation only"),
        (Fault::ListHoldsEnded, "ended sessions are not listed"),
        (Fault::LoadRoundsToSeconds, "a row must come back as it was inserted"),
        (Fault::TouchBringsBack, "an ended session must not be touched"),
    ] {
        let said = broken_rule(fault);
        assert!(said.contains(rule), "expected {rule:?} in {said:?}");
    }
}
