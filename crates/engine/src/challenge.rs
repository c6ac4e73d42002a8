use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::{
    ChallengeClient, ChallengeId, ChallengeToken, Engine, Randomness, RandomnessError, Refusal,
    Timestamp, UserId, UserState,
};

/// How many answers a challenge takes. Each new challenge costs a correct password.
pub const MAX_CHALLENGE_ATTEMPTS: u32 = 5;

/// How many challenges of one user stay; the oldest make room. Not the newest are refused, or
/// whoever has a password could keep its owner out.
pub const MAX_CHALLENGES_PER_USER: u32 = 10;

/// A login that waits for one more answer: the row between a correct password and the tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginChallenge {
    /// The primary key, a digest of the token.
    pub id: ChallengeId,
    /// Whose login it is.
    pub user_id: UserId,
    /// The name of the step that asks.
    pub step: String,
    /// The user's [`crate::security_stamp`] when the password was checked.
    pub security_stamp: String,
    /// By what the client is known again; see [`ChallengeClient`].
    pub client: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// How many answers were given so far.
    pub attempts: u32,
}

// Without the stamp, which is drawn from a password hash, and without the client.
impl fmt::Debug for LoginChallenge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginChallenge")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("step", &self.step)
            .field("created_at", &self.created_at)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// A challenge that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedChallenge {
    /// The row to insert. Then the user's rows beyond the newest [`MAX_CHALLENGES_PER_USER`] go.
    pub row: LoginChallenge,
    /// For the client, and for nobody else.
    pub token: ChallengeToken,
    /// How long it can be answered.
    pub expires_in: Duration,
}

/// An answer that may be looked at, once it is counted.
///
/// Its types make the host count before it asks the step, and consume before anything comes of a
/// right answer: so no number of requests at once tries more than [`MAX_CHALLENGE_ATTEMPTS`]
/// answers, and of several right ones only one goes on. Both statements commit by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Attempt(CountAttempt);

/// One UPDATE: add 1 to `attempts` where the row is there and `attempts` is below `limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountAttempt {
    /// Which row.
    pub id: ChallengeId,
    /// What `attempts` must be below.
    pub limit: u32,
}

/// An answer that was counted: the step may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct CountedAttempt(ChallengeId);

/// One DELETE of the row; the answer was right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ConsumeChallenge(ChallengeId);

impl Attempt {
    /// What to write.
    #[must_use]
    pub fn count(&self) -> &CountAttempt {
        &self.0
    }

    /// Goes on after the count, which hit so many rows.
    ///
    /// # Errors
    /// [`Refusal::InvalidChallenge`]: none, so it was consumed or used up meanwhile.
    pub fn counted(self, rows: u64) -> Result<CountedAttempt, Refusal> {
        if rows == 1 { Ok(CountedAttempt(self.0.id)) } else { Err(Refusal::InvalidChallenge) }
    }
}

impl CountedAttempt {
    /// Goes on after the step has said whether the answer is right.
    ///
    /// # Errors
    /// [`Refusal::InvalidCredentials`]: it is not. The challenge stays, for the attempts it has.
    pub fn answered(self, is_right: bool) -> Result<ConsumeChallenge, Refusal> {
        if is_right { Ok(ConsumeChallenge(self.0)) } else { Err(Refusal::InvalidCredentials) }
    }
}

impl ConsumeChallenge {
    /// The row to delete.
    #[must_use]
    pub fn id(&self) -> &ChallengeId {
        &self.0
    }

    /// Goes on after the DELETE, which hit so many rows: now the step is passed.
    ///
    /// # Errors
    /// [`Refusal::InvalidChallenge`]: none, so another request was faster.
    pub fn consumed(self, rows: u64) -> Result<(), Refusal> {
        if rows == 1 { Ok(()) } else { Err(Refusal::InvalidChallenge) }
    }
}

impl Engine {
    /// Opens the challenge of a login step, for a user whose password was accepted.
    ///
    /// # Errors
    /// [`RandomnessError`]; nothing has happened then.
    pub fn open_challenge(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        user: &UserState,
        step: &str,
        client: ChallengeClient<'_>,
    ) -> Result<OpenedChallenge, RandomnessError> {
        let token = ChallengeToken::draw(random)?;
        let row = LoginChallenge {
            id: token.id(),
            user_id: user.id.clone(),
            step: step.to_owned(),
            security_stamp: user.security_stamp.clone(),
            client: token.client(client),
            created_at: now,
            attempts: 0,
        };
        Ok(OpenedChallenge { row, token, expires_in: self.policy.challenge_lifetime })
    }

    /// Whether an answer to a challenge may be looked at.
    ///
    /// `challenge` is the row of [`ChallengeToken::id`] and `user` that row's user, both as they
    /// are now; `steps` are the names of the steps that the host has.
    ///
    /// # Errors
    /// [`Refusal::InvalidChallenge`], whatever is wrong: there is none, its time or its attempts
    /// are up, another client or tenant was asked, its step is gone, or the user is inactive or has another
    /// password.
    ///
    /// ```
    /// # use tegata::*;
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
    /// # let engine = Engine::new(Policy::default(), keys).unwrap();
    /// # let now = Timestamp::from_seconds(1_700_000_000);
    /// # let id = UserId::Integer(1);
    /// # let user = UserState { id, is_active: true, security_stamp: "stamp".into() };
    /// let curl = ChallengeClient { user_agent: "curl/8", tenant: None };
    /// let opened = engine.open_challenge(now, &SystemRandomness, &user, "totp", curl).unwrap();
    /// let (token, row) = (&opened.token, Some(&opened.row));
    /// let answer = |client| engine.try_challenge(now, token, row, Some(&user), client, &["totp"]);
    /// let another = ChallengeClient { user_agent: "another/1", ..curl };
    /// assert_eq!(answer(another).unwrap_err(), Refusal::InvalidChallenge);
    ///
    /// let attempt = answer(curl).unwrap();
    /// assert_eq!(attempt.count().id, opened.row.id);
    /// let rows = 1; // of the UPDATE
    /// let counted = attempt.counted(rows).unwrap();
    /// let is_right = true; // says the step
    /// let consume = counted.answered(is_right).unwrap();
    /// let rows = 1; // of the DELETE
    /// assert_eq!(consume.consumed(rows), Ok(()));
    /// ```
    pub fn try_challenge(
        &self,
        now: Timestamp,
        token: &ChallengeToken,
        challenge: Option<&LoginChallenge>,
        user: Option<&UserState>,
        client: ChallengeClient<'_>,
        steps: &[&str],
    ) -> Result<Attempt, Refusal> {
        challenge
            .zip(user)
            .filter(|(challenge, user)| {
                is_same(challenge.id.as_str(), token.id().as_str())
                    && self.is_open(now, challenge)
                    && is_same(&challenge.client, &token.client(client))
                    && steps.contains(&challenge.step.as_str())
                    && user.id == challenge.user_id
                    && user.is_active
                    && is_same(&user.security_stamp, &challenge.security_stamp)
            })
            .map(|(challenge, _)| {
                Attempt(CountAttempt { id: challenge.id.clone(), limit: MAX_CHALLENGE_ATTEMPTS })
            })
            .ok_or(Refusal::InvalidChallenge)
    }

    fn is_open(&self, now: Timestamp, challenge: &LoginChallenge) -> bool {
        // One of another machine may be dated ahead of this one's clock, but not by any amount.
        challenge.created_at <= now.plus(self.policy.leeway)
            && now < challenge.created_at.plus(self.policy.challenge_lifetime)
            && challenge.attempts < MAX_CHALLENGE_ATTEMPTS
    }
}

fn is_same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
