//! Nobody is asked who they are. A client sends its token all the same, or its server would have
//! less to read than the others.

use axum::Router;
use axum::routing::get;
use tegata::MemoryStore;

use super::{ANSWER, Built, tegata as protected};
use crate::Outcome;

pub(super) async fn site() -> Outcome<Built> {
    let engine = protected::engine(super::Site::Bare)?;
    let user = protected::unstored_user();
    let store = MemoryStore::default();
    store.put_user(user.clone());
    let header = protected::logged_in(&engine, &store, &user).await?;
    Ok((Router::new().route("/protected", get(async || ANSWER)), vec![header]))
}
