//! `POST login/challenge/`.

use tegata::{Attempt, ChallengeClient, ChallengeToken, Place, Refusal};

use super::call::{Call, Outcome};
use super::{login, login_flow};
use crate::bodies::ChallengeAnswerSchema;
use crate::limits::told;
use crate::steps::Completing;
use crate::{Failure, UserStore, transport};

/// Takes the answer to a login's challenge: gives the tokens as `login/` does, or the next
/// challenge.
pub(crate) async fn answer_challenge<S: UserStore>(mut call: Call<S>) -> Outcome {
    let body: ChallengeAnswerSchema = call.required_json()?;
    let by_cookie = transport::login_uses_cookies(call.site(), &call.parts)?;
    let request = call.login_request()?;
    let over = || Failure::endpoint(Refusal::InvalidChallenge);
    let failed = Failure::of_store::<S::Error>(Place::Endpoint);

    let token: ChallengeToken = body.challenge_token.as_str().parse().map_err(|_| over())?;
    let found = call.store().load_challenge(&token.id()).await.map_err(&failed)?;
    let steps = &call.auth.inner.options.steps;
    let names: Vec<&str> = steps.iter().map(|step| step.name()).collect();
    let (challenge, user) = match &found {
        Some((login, user)) => (Some(&login.challenge), Some(user)),
        None => (None, None),
    };
    let user_agent = request.user_agent();
    let client = ChallengeClient { user_agent: &user_agent, tenant: request.tenant.as_ref() };
    let attempt = call
        .engine
        .try_challenge(call.now, &token, challenge, user, client, &names)
        .map_err(Failure::endpoint)?;
    let Some((pending, user)) = found else { return Err(over().into()) };
    let step = steps.iter().find(|step| step.name() == pending.challenge.step).ok_or_else(over)?;
    let answer = step.answer(&request, &user, &pending.state, body.answer)?;

    // A new challenge costs a password that is known already, so the challenge's own attempts do
    // not bound the guesses.
    let guess = call.site().limits.step(call.now, &user.id, request.client_address).await?;
    let outcome = take(&call, attempt, answer).await;
    told(guess, outcome.as_ref().map(|()| true)).await;
    outcome.inspect_err(|failure| {
        let code = failure.refusal().code();
        tracing::info!(user = %user.id, step = step.name(), code, "a login step takes no answer");
    })?;

    let mut passed = pending.passed;
    passed.push(pending.challenge.step);
    let login = login_flow::go_on(&call, &request, &user, passed).await?;
    Ok(login::reply(&call, login, by_cookie))
}

/// Counts an attempt before the step is asked, and consumes it before anything comes of a right
/// answer.
async fn take<S: UserStore>(
    call: &Call<S>,
    attempt: Attempt,
    answer: Completing<'_>,
) -> Result<(), Failure> {
    let failed = Failure::of_store::<S::Error>(Place::Endpoint);
    let rows = call.store().count_attempt(attempt.count()).await.map_err(&failed)?;
    let counted = attempt.counted(rows).map_err(Failure::endpoint)?;
    let consume = counted.answered(answer.await?).map_err(Failure::endpoint)?;
    let rows = call.store().consume_challenge(&consume).await.map_err(&failed)?;
    consume.consumed(rows).map_err(Failure::endpoint)
}
