//! Whom a logout ends, and that nobody is stuck signed in.

mod common;

use common::{
    Counter, DAY, LOGIN, Login, alice, bob, engine, open_for, other_key, payload, resign, user,
};
use tegata::{EndReason, EndSessions, Ending, Engine, LogOut, Refusal, Session, UserState};

const NOBODY: Result<&str, Refusal> = Err(Refusal::MissingToken);

struct Logins {
    engine: Engine,
    random: Counter,
}

impl Logins {
    fn new() -> Self {
        Self { engine: engine(), random: Counter::default() }
    }

    fn open(&self, user: &UserState) -> Login {
        open_for(&self.engine, &self.random, user)
    }

    fn log_out(
        &self,
        access: Result<&str, Refusal>,
        refresh: Option<&str>,
    ) -> Result<LogOut, Refusal> {
        self.engine.log_out(LOGIN, access, refresh, None)
    }
}

fn own(session: &Session) -> Ending {
    Ending::Own { user: session.user_id.clone(), session: session.id.clone() }
}

fn ends(sessions: &[&Session]) -> LogOut {
    let user_id = sessions[0].user_id.clone();
    let end = |session: &&Session| EndSessions {
        sessions: own(session),
        at: LOGIN,
        reason: EndReason::LogOut,
    };
    LogOut { ends: sessions.iter().map(end).collect(), user_id, opening: None }
}

#[test]
fn an_access_token_ends_its_session() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    let log_out = logins.log_out(Ok(&opened.tokens.access_token), None);
    assert_eq!(log_out, Ok(ends(&[&opened.session])));
}

#[test]
fn a_refresh_token_is_enough() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    for access in [NOBODY, Ok(""), Ok("garbage"), Err(Refusal::InvalidToken)] {
        let log_out = logins.log_out(access, Some(&opened.tokens.refresh_token));
        assert_eq!(log_out, Ok(ends(&[&opened.session])));
    }
}

#[test]
fn an_expired_access_token_with_a_refresh_token_beside_it() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    let access = resign(&opened.tokens.access_token, |claims| claims["exp"] = 1.into());
    let log_out = logins.log_out(Ok(&access), Some(&opened.tokens.refresh_token));
    assert_eq!(log_out, Ok(ends(&[&opened.session])));
    assert_eq!(logins.log_out(Ok(&access), None), Err(Refusal::ExpiredToken));
}

#[test]
fn an_expired_refresh_token_is_enough() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    let now = common::after(100 * DAY);
    let log_out =
        logins.engine.log_out(now, NOBODY, Some(&opened.tokens.refresh_token), None).unwrap();
    assert_eq!(log_out.ends.len(), 1);
    assert_eq!(log_out.ends[0].sessions, own(&opened.session));
    assert_eq!(log_out.ends[0].reason, EndReason::LogOut);
}

#[test]
fn a_refresh_token_of_any_generation_is_no_reuse() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    for generation in [0, 1, 7, u64::MAX] {
        let token = resign(&opened.tokens.refresh_token, |claims| {
            claims["generation"] = generation.into();
        });
        assert_eq!(logins.log_out(NOBODY, Some(&token)), Ok(ends(&[&opened.session])));
    }
}

#[test]
fn both_tokens_of_one_session_end_it_once() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    let tokens = &opened.tokens;
    let log_out = logins.log_out(Ok(&tokens.access_token), Some(&tokens.refresh_token));
    assert_eq!(log_out, Ok(ends(&[&opened.session])));
}

#[test]
fn tokens_of_two_sessions_of_one_user_end_both() {
    let logins = Logins::new();
    let (one, two) = (logins.open(&alice()), logins.open(&alice()));
    let log_out = logins.log_out(Ok(&one.tokens.access_token), Some(&two.tokens.refresh_token));
    assert_eq!(log_out, Ok(ends(&[&one.session, &two.session])));
}

#[test]
fn tokens_of_two_users_end_neither() {
    let logins = Logins::new();
    let (mine, theirs) = (logins.open(&alice()), logins.open(&bob()));
    let log_out = logins.log_out(Ok(&mine.tokens.access_token), Some(&theirs.tokens.refresh_token));
    assert_eq!(log_out, Err(Refusal::InvalidToken));
}

#[test]
fn without_any_good_token_the_refusal_is_that_of_the_one_that_came() {
    let logins = Logins::new();
    let opened = logins.open(&user(3));
    let (access, refresh) = (&opened.tokens.access_token, &opened.tokens.refresh_token);
    assert_eq!(logins.log_out(NOBODY, None), Err(Refusal::MissingToken));
    assert_eq!(logins.log_out(Ok("garbage"), None), Err(Refusal::InvalidToken));
    assert_eq!(logins.log_out(Ok(refresh), None), Err(Refusal::InvalidTokenType));
    assert_eq!(logins.log_out(NOBODY, Some(access)), Err(Refusal::InvalidTokenType));
    assert_eq!(logins.log_out(NOBODY, Some("")), Err(Refusal::InvalidToken));
}

#[test]
fn a_bad_token_in_the_body_is_told_and_not_passed_over() {
    let logins = Logins::new();
    let opened = logins.open(&alice());
    let forged = tegata_jose::jws::sign(
        &other_key(),
        Some("rt+jwt"),
        payload(&opened.tokens.refresh_token).to_string().as_bytes(),
    )
    .unwrap();
    let log_out = logins.log_out(Ok(&opened.tokens.access_token), Some(&forged));
    assert_eq!(log_out, Err(Refusal::InvalidToken));
}
