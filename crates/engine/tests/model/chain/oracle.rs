//! The engine itself, asked about the world of the model.

use std::cell::RefCell;

use tegata::{
    AccessClaims, Admission, CustomClaims, Ended, Ending, Engine, RefreshClaims, Refusal, Revoke,
    Rotation, Session, Timestamp, Tokens, UserState,
};

use super::request::{Answer, Ask, Decision};
use super::site::{Site, at};
use super::world::{Generation, Row, Tick, User};
use crate::common::{Counter, LOGIN, Login, advanced, alice, open};
use crate::search::QuickMap;

/// An engine and real tokens of every generation, as the engine made and read them.
///
/// It is pure, so it is asked every question once.
pub(crate) struct Oracle {
    engine: Engine,
    login: Session,
    /// The first refresh token, to log out with.
    token: String,
    access: Vec<AccessClaims>,
    refresh: Vec<RefreshClaims>,
    answers: RefCell<QuickMap<Question, Decision>>,
}

type Question = (Ask, Tick, Row, User);

impl Oracle {
    pub(crate) fn new(site: &Site) -> Self {
        let engine = site.engine();
        let Login { session: login, tokens } = open(&engine);
        let mut oracle = Self {
            login: login.clone(),
            token: tokens.refresh_token.clone(),
            access: vec![engine.read_access(LOGIN, &tokens.access_token, None).unwrap()],
            refresh: vec![engine.read_refresh(LOGIN, &tokens.refresh_token, None).unwrap()],
            answers: RefCell::default(),
            engine,
        };
        let mut session = login;
        for _ in 1..=site.generations {
            // Rotation may be off, so the chain is made by an engine that has it on.
            let rotating = Site { rotates: true, ..*site }.engine();
            let (claims, user) = (oracle.refresh.last().unwrap(), alice());
            let (random, custom) = (Counter::default(), CustomClaims::none());
            let rotation =
                rotating.rotate(LOGIN, &random, claims, Some(&session), Some(&user), &custom);
            let Rotation::Advance(advance) = rotation.unwrap() else { panic!("it is live") };
            let refresh_token = advance.tokens.refresh_token.unwrap();
            oracle.access.push(
                oracle.engine.read_access(LOGIN, &advance.tokens.access_token, None).unwrap(),
            );
            oracle.refresh.push(oracle.engine.read_refresh(LOGIN, &refresh_token, None).unwrap());
            session = advanced(&session, LOGIN);
        }
        oracle
    }

    /// How many questions the engine was asked.
    pub(crate) fn questions(&self) -> usize {
        self.answers.borrow().len()
    }

    pub(crate) fn decide(&self, ask: Ask, now: Tick, row: Row, user: User) -> Decision {
        let question = (ask, now, row, user);
        if let Some(known) = self.answers.borrow().get(&question) {
            return *known;
        }
        let (session, user) = (self.session(row), state(user));
        let now = at(now);
        let decision = match ask {
            Ask::Enter(generation) => {
                let claims = &self.access[usize::from(generation) - 1];
                match self.engine.admit(now, claims, Some(&session), Some(&user)) {
                    Admission::Admit => Decision::Admit,
                    Admission::AdmitFirstUse(first_use) => {
                        assert_eq!((&first_use.id, first_use.at), (&session.id, now));
                        Decision::AdmitFirstUse { of: small(first_use.generation) }
                    }
                    Admission::Revoke(revoke) => self.end(revoke, now),
                    Admission::Refuse(refusal) => Decision::Refuse(refusal),
                }
            }
            Ask::Refresh(generation) => {
                let claims = &self.refresh[usize::from(generation) - 1];
                self.rotate(now, claims, &session, &user)
            }
            Ask::LogOut(_) => self.log_out(now),
        };
        self.answers.borrow_mut().insert(question, decision);
        decision
    }

    fn rotate(
        &self,
        now: Timestamp,
        claims: &RefreshClaims,
        session: &Session,
        user: &UserState,
    ) -> Decision {
        let (random, custom) = (Counter::default(), CustomClaims::none());
        let rotation =
            self.engine.rotate(now, &random, claims, Some(session), Some(user), &custom).unwrap();
        match rotation {
            Rotation::Advance(advance) => {
                assert_eq!((&advance.swap.id, advance.swap.at), (&session.id, now));
                let next = advanced(session, now);
                assert_eq!(advance.swap.to(), next.generation);
                let next = self.read(now, &advance.tokens, &next, true);
                Decision::Advance { from: next - 1 }
            }
            Rotation::Repeat(repeat) => {
                assert_eq!((&repeat.count.id, repeat.count.at), (&session.id, now));
                assert_eq!(repeat.count.limit, self.engine.policy().max_refresh_repeats);
                Decision::Repeat {
                    of: small(repeat.count.generation),
                    hands_out: self.read(now, &repeat.tokens, session, true),
                    unused: repeat.count.unused,
                }
            }
            Rotation::Renew(renew) => {
                assert_eq!((&renew.touch.id, renew.touch.at), (&session.id, now));
                let next = Session { refreshed_at: now, ..session.clone() };
                Decision::Renew { of: self.read(now, &renew.tokens, &next, false) }
            }
            Rotation::Revoke(revoke) => self.end(revoke, now),
            Rotation::Refuse(refusal) => Decision::Refuse(refusal),
            Rotation::Reissue(_) => panic!("rows of sessions are kept"),
        }
    }

    /// The generation of tokens that were minted for `session`; none may outlive it.
    fn read(&self, now: Timestamp, tokens: &Tokens, session: &Session, pair: bool) -> Generation {
        let access = self.engine.read_access(now, &tokens.access_token, None).unwrap();
        assert_eq!(tokens.refresh_token.is_some(), pair);
        let refresh = tokens.refresh_token.as_deref();
        let refresh = refresh.map(|token| self.engine.read_refresh(now, token, None).unwrap());
        let policy = self.engine.policy();
        let (idle_end, absolute_end) = (session.idle_end(policy), session.absolute_end(policy));
        assert!(access.expires_at() <= idle_end, "an access token outlives its session");
        if let Some(refresh) = &refresh {
            // Without rotation it outlasts many refreshes, each of which moves the idle end.
            let end = if policy.rotate_refresh_tokens { idle_end } else { absolute_end };
            assert!(refresh.expires_at() <= end, "a refresh token outlives its session");
            assert_eq!(refresh.generation(), access.generation());
            assert_eq!(refresh.session_id(), &session.id);
        }
        assert_eq!(access.session_id(), &session.id);
        small(access.generation())
    }

    fn end(&self, revoke: Revoke, at: Timestamp) -> Decision {
        let end = revoke.end();
        assert_eq!(end.at, at);
        assert!(self.is_meant(&end.sessions));
        let reason = end.reason;
        // The model answers with it when it has carried out the statement.
        let refusal = revoke.refusal(Ended::committed(1));
        Decision::End { reason, then: Answer::Refused(refusal) }
    }

    fn log_out(&self, now: Timestamp) -> Decision {
        let (nobody, body) = (Err(Refusal::MissingToken), Some(self.token.as_str()));
        let log_out = self.engine.log_out(now, nobody, body, None).unwrap();
        let [end] = log_out.ends.as_slice() else { panic!("it ends one session") };
        assert!(self.is_meant(&end.sessions));
        Decision::End { reason: end.reason, then: Answer::LoggedOut }
    }

    /// Whether the session of the model is among them.
    fn is_meant(&self, sessions: &Ending) -> bool {
        let login = &self.login;
        match sessions {
            Ending::Session(id) => *id == login.id,
            Ending::Own { user, session } => (user, session) == (&login.user_id, &login.id),
            Ending::User(user) => *user == login.user_id,
            Ending::Others { user, except } => *user == login.user_id && *except != login.id,
            Ending::Stamped { user, security_stamp } => {
                (user, security_stamp) == (&login.user_id, &login.security_stamp)
            }
        }
    }

    fn session(&self, row: Row) -> Session {
        Session {
            generation: row.generation.into(),
            minted_at: at(row.minted_at),
            refreshed_at: at(row.refreshed_at),
            repeats: row.repeats.into(),
            first_used_at: row.first_used_at.map(at),
            expired_at: row.end.map(|(tick, _)| at(tick)),
            end_reason: row.end.map(|(_, reason)| reason),
            ..self.login.clone()
        }
    }
}

fn state(user: User) -> UserState {
    let kept = alice();
    let security_stamp =
        if user.is_password_kept { kept.security_stamp } else { "changed".to_owned() };
    UserState { id: kept.id, is_active: user.is_active, security_stamp }
}

fn small(generation: u64) -> Generation {
    Generation::try_from(generation).expect("generations of the model are few")
}
