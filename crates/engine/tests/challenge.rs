//! The challenge of a login step: when it may be answered, and what comes of the answer.

mod common;

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use common::{Counter, LOGIN, RunsDry, SECOND, after, alice, bob, engine, engine_with};
use proptest::prelude::*;
use tegata::{
    ChallengeClient, ChallengeId, ChallengeToken, LoginChallenge, MAX_CHALLENGE_ATTEMPTS,
    OpenedChallenge, Refusal, SystemRandomness, Tenant, Timestamp, UserState,
};

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64)";
const CLIENT: ChallengeClient<'static> = ChallengeClient { user_agent: AGENT, tenant: None };
const STEPS: &[&str] = &["terms", "totp"];

fn opened() -> OpenedChallenge {
    engine().open_challenge(LOGIN, &Counter::default(), &alice(), "totp", CLIENT).unwrap()
}

/// One question to the engine, which a row of the table changes in one point.
struct Question {
    now: Timestamp,
    token: ChallengeToken,
    challenge: Option<LoginChallenge>,
    user: Option<UserState>,
    user_agent: String,
    tenant: Option<Tenant>,
    steps: &'static [&'static str],
}

impl Question {
    fn good() -> Self {
        let OpenedChallenge { row, token, .. } = opened();
        Self {
            now: LOGIN,
            token,
            challenge: Some(row),
            user: Some(alice()),
            user_agent: AGENT.to_owned(),
            tenant: None,
            steps: STEPS,
        }
    }

    fn is_admitted(&self) -> bool {
        let (challenge, user) = (self.challenge.as_ref(), self.user.as_ref());
        let client = ChallengeClient { user_agent: &self.user_agent, tenant: self.tenant.as_ref() };
        let tried =
            engine().try_challenge(self.now, &self.token, challenge, user, client, self.steps);
        match tried {
            Ok(attempt) => {
                assert_eq!(attempt.count().id, self.token.id());
                assert_eq!(attempt.count().limit, MAX_CHALLENGE_ATTEMPTS);
                true
            }
            Err(refusal) => {
                // Never a word which.
                assert_eq!(refusal, Refusal::InvalidChallenge);
                false
            }
        }
    }

    fn row(&mut self) -> &mut LoginChallenge {
        self.challenge.as_mut().unwrap()
    }
}

#[test]
fn the_table() {
    type Change = fn(&mut Question);
    let table: &[(&str, bool, Change)] = &[
        ("nothing is wrong", true, |_| ()),
        ("there is no such challenge", false, |it| it.challenge = None),
        ("the row is another challenge's", false, |it| {
            it.row().id = ChallengeId::of_row("A".repeat(43));
        }),
        ("the last moment of its life", true, |it| it.now = after(300 * SECOND - 1)),
        ("its time is up", false, |it| it.now = after(300 * SECOND)),
        ("a clock behind the one that opened it", true, |it| it.now = after(-10 * SECOND)),
        ("a clock too far behind", false, |it| it.now = after(-10 * SECOND - 1)),
        ("one attempt is left", true, |it| it.row().attempts = MAX_CHALLENGE_ATTEMPTS - 1),
        ("the attempts are used up", false, |it| it.row().attempts = MAX_CHALLENGE_ATTEMPTS),
        ("more attempts than there were", false, |it| it.row().attempts = u32::MAX),
        ("another client", false, |it| it.user_agent = "curl/8".to_owned()),
        ("a client that says nothing", false, |it| it.user_agent.clear()),
        ("the same client behind a header that was folded", true, |it| {
            it.user_agent.push_str("\r\n");
        }),
        ("another tenant's login", false, |it| it.tenant = Some(Tenant::new("acme").unwrap())),
        ("the client of another token", false, |it| it.row().client = "A".repeat(43)),
        ("no client in the row", false, |it| it.row().client.clear()),
        ("the step is gone from the settings", false, |it| it.steps = &["terms"]),
        ("no steps are left", false, |it| it.steps = &[]),
        ("the user is gone", false, |it| it.user = None),
        ("the row's user is another", false, |it| it.user = Some(bob())),
        ("another user with the same stamp", false, |it| {
            it.user = Some(UserState { security_stamp: alice().security_stamp, ..bob() });
        }),
        ("the user was switched off", false, |it| {
            it.user = Some(UserState { is_active: false, ..alice() });
        }),
        ("the password has changed", false, |it| {
            it.user = Some(UserState { security_stamp: "another".to_owned(), ..alice() });
        }),
    ];
    for (situation, expected, change) in table {
        let mut question = Question::good();
        change(&mut question);
        assert_eq!(question.is_admitted(), *expected, "{situation}");
    }
}

#[test]
fn what_is_stored_does_not_answer() {
    let OpenedChallenge { row, token, expires_in } = opened();
    assert_eq!(expires_in, Duration::from_secs(300));
    assert_eq!(token.as_str().len(), 43);
    assert_eq!((row.created_at, row.attempts, row.step.as_str()), (LOGIN, 0, "totp"));
    for column in [row.id.as_str(), &row.client] {
        assert_eq!(column.len(), 43);
        assert_ne!(column, token.as_str());
        // Digests look like tokens, and are none of this challenge.
        assert_ne!(column.parse::<ChallengeToken>().unwrap().id(), row.id);
    }
    let shown = format!("{row:?} {token:?}");
    for secret in [token.as_str(), &row.client, &row.security_stamp] {
        assert!(!shown.contains(secret));
    }
}

#[test]
fn two_challenges_share_nothing() {
    let engine = engine();
    let [one, two] = [(); 2].map(|()| {
        engine.open_challenge(LOGIN, &SystemRandomness, &alice(), "totp", CLIENT).unwrap()
    });
    assert_ne!(one.token, two.token);
    assert_ne!(one.row.id, two.row.id);
    assert_ne!(one.row.client, two.row.client);
}

#[test]
fn the_lifetime_is_a_rule_of_the_site() {
    let engine = engine_with(|policy| policy.challenge_lifetime = Duration::from_secs(60));
    let random = Counter::default();
    let opened = engine.open_challenge(LOGIN, &random, &alice(), "totp", CLIENT).unwrap();
    assert_eq!(opened.expires_in, Duration::from_secs(60));
    let ask = |now| {
        let (row, user) = (Some(&opened.row), alice());
        engine.try_challenge(now, &opened.token, row, Some(&user), CLIENT, STEPS)
    };
    assert!(ask(after(60 * SECOND - 1)).is_ok());
    assert_eq!(ask(after(60 * SECOND)), Err(Refusal::InvalidChallenge));
}

#[test]
fn an_answer_is_counted_then_judged_then_consumed() {
    let OpenedChallenge { row, token, .. } = opened();
    let attempt =
        engine().try_challenge(LOGIN, &token, Some(&row), Some(&alice()), CLIENT, STEPS).unwrap();
    // Another request has taken the last attempt, or consumed it.
    assert_eq!(attempt.clone().counted(0), Err(Refusal::InvalidChallenge));
    let counted = attempt.counted(1).unwrap();
    assert_eq!(counted.clone().answered(false), Err(Refusal::InvalidCredentials));
    let consume = counted.answered(true).unwrap();
    assert_eq!(consume.id(), &row.id);
    // Another right answer was faster.
    assert_eq!(consume.clone().consumed(0), Err(Refusal::InvalidChallenge));
    assert_eq!(consume.consumed(1), Ok(()));
}

#[test]
fn without_randomness_there_is_no_challenge() {
    let dry = RunsDry(AtomicUsize::new(0));
    assert!(engine().open_challenge(LOGIN, &dry, &alice(), "totp", CLIENT).is_err());
}

proptest! {
    #[test]
    fn only_43_letters_are_a_token(text in ".{0,60}") {
        let is_one = text.len() == 43
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        prop_assert_eq!(text.parse::<ChallengeToken>().is_ok(), is_one);
    }

    #[test]
    fn every_token_is_read_back(text in "[A-Za-z0-9_-]{43}") {
        let token: ChallengeToken = text.parse().unwrap();
        prop_assert_eq!(token.as_str(), text);
    }
}
