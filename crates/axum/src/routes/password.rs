//! `POST password/`.

use tegata::{Place, Refusal};

use super::call::{Call, Outcome, Reply, invalid};
use crate::bodies::PasswordSchema;
use crate::limits::told;
use crate::{Failure, UserStore};

/// Changes the caller's password and ends every other session.
///
/// The new password is held against the site's `password_rule`.
pub(crate) async fn change_password<S: UserStore>(mut call: Call<S>) -> Outcome {
    let caller = call.admit().await?;
    let PasswordSchema { current_password, new_password } = call.required_json()?;
    let (current, new) = (current_password.as_str(), new_password.as_str());
    let (store, id) = (call.store(), caller.user_id());
    let failed = Failure::of_store::<S::Error>(Place::Endpoint);
    let wrong = || Failure::new(Refusal::InvalidCredentials, Place::Resource);

    // By session, so that a thief's guesses do not keep the owner from changing it.
    let session = caller.claims.session_id();
    let guess = call.site().limits.password(call.now, id, session).await?;
    let is_right = store.verify_password(id, current).await.map_err(&failed);
    told(guess, is_right.as_ref().map(|is_right| *is_right)).await;
    if !is_right? {
        return Err(wrong().into());
    }
    let user = store.user(id).await.map_err(&failed)?.ok_or_else(wrong)?;
    (call.site().hooks.password_rule)(new, &user)
        .map_err(|problem| invalid(format!("new_password: {problem}")))?;
    let keeps_sessions = call.engine.policy().session_check.keeps_sessions();
    let spared = keeps_sessions.then_some(session);
    let changed = store.change_password(&call.engine, id, current, new, spared, call.now).await;
    // Hashing takes long, and another change may have come in meanwhile.
    if !changed.map_err(&failed)? {
        return Err(wrong().into());
    }
    tracing::info!(user = %id, "a password is changed");
    Ok(Reply::done())
}
