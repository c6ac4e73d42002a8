//! An open route of the same application: with the auth routes beside it, and asked by a client who
//! sends its token to this route as well. So what is measured of the others is the protection.

use axum::Router;
use axum::routing::get;
use tegata_axum::{Auth, MemoryUsers};

use super::{ANSWER, Built, Site, tegata as protected};
use crate::Outcome;

pub(super) async fn site() -> Outcome<Built> {
    let users = MemoryUsers::default();
    let user = protected::unstored_user();
    users.sessions().put_user(user.clone());
    let auth = Auth::new(protected::engine(Site::Bare)?, users);
    let header = protected::logged_in(&auth.engine(), auth.store(), &user).await?;
    let app = Router::new()
        .route("/protected", get(async || ANSWER))
        .nest("/auth", auth.router())
        .with_state(auth);
    Ok((app, vec![header]))
}
