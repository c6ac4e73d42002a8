//! Nobody is asked who they are.

use axum::Router;
use axum::routing::get;

use super::{ANSWER, Built};

pub(super) fn site() -> Built {
    (Router::new().route("/protected", get(async || ANSWER)), vec![String::new()])
}
