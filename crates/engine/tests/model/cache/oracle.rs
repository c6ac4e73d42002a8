//! The engine itself, asked about the world of the model.

use std::cell::RefCell;

use tegata::{
    AccessClaims, Admission, CustomClaims, EndReason, Engine, Rotation, Session, Snapshot,
};

use super::site::{Site, at, ticks};
use super::world::{Epoch, Generation, NO_EPOCH, Row, Taken, Tick};
use crate::common::{Counter, LOGIN, Login, advanced, alice, open};
use crate::search::QuickMap;

/// An engine and real tokens of both generations, as the engine made and read them.
pub(crate) struct Oracle {
    engine: Engine,
    login: Session,
    claims: [AccessClaims; 2],
    by_snapshot: RefCell<QuickMap<(Tick, Taken, Epoch), bool>>,
}

/// What the rows say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByRows {
    Refused,
    In,
    InForTheFirstTime,
}

impl Oracle {
    pub(crate) fn new(site: &Site) -> Self {
        let engine = site.engine();
        let Login { session: login, tokens } = open(&engine);
        let first = engine.read_refresh(LOGIN, &tokens.refresh_token, None).unwrap();
        let (random, custom, user) = (Counter::default(), CustomClaims::none(), alice());
        let rotation = engine.rotate(LOGIN, &random, &first, Some(&login), Some(&user), &custom);
        let Ok(Rotation::Advance(advance)) = rotation else { panic!("it is live") };
        let claims = [&tokens.access_token, &advance.tokens.access_token]
            .map(|token| engine.read_access(LOGIN, token, None).unwrap());
        Self { engine, login, claims, by_snapshot: RefCell::default() }
    }

    /// For how long the engine would have the ender's entries stand.
    pub(crate) fn tombstone_lifetime(&self) -> Tick {
        ticks(self.engine.policy().tombstone_lifetime())
    }

    pub(crate) fn by_snapshot(&self, now: Tick, taken: Taken, epoch: Epoch) -> bool {
        let ask = || {
            let snapshot = self.engine.snapshot(at(taken.at), &self.login, text(taken.epoch));
            let kept = Snapshot::from_text(&snapshot.to_text()).unwrap();
            // Which of the two tokens it is makes no difference to it: that is the key's affair.
            self.claims
                .each_ref()
                .map(|claims| self.engine.admit_by_snapshot(at(now), claims, &kept, text(epoch)))
        };
        let key = (now, taken, epoch);
        *self.by_snapshot.borrow_mut().entry(key).or_insert_with(|| {
            let [first, second] = ask();
            assert_eq!(first, second);
            first
        })
    }

    pub(crate) fn by_rows(&self, generation: Generation, row: Row) -> ByRows {
        let login = self.login.clone();
        let session = if row.generation == 1 { login } else { advanced(&login, LOGIN) };
        let session = Session {
            first_used_at: row.is_noted.then_some(LOGIN),
            expired_at: row.is_ended.then_some(LOGIN),
            end_reason: row.is_ended.then_some(EndReason::LogOut),
            ..session
        };
        let claims = &self.claims[usize::from(generation) - 1];
        match self.engine.admit(LOGIN, claims, Some(&session), Some(&alice())) {
            Admission::Admit => ByRows::In,
            Admission::AdmitFirstUse(_) => ByRows::InForTheFirstTime,
            Admission::Refuse(_) => ByRows::Refused,
            Admission::Revoke(_) => panic!("the user is good"),
        }
    }
}

/// No two alike; a host reads none where there is no entry.
fn text(epoch: Epoch) -> &'static str {
    ["", "first", "second"][usize::from(epoch - NO_EPOCH)]
}
