//! What a flood of logins does to those who are logged in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::Outcome;
use crate::load::{Connection, Question, latencies};
use crate::measure::{Pace, Place, quantile};
use crate::process::Running;
use crate::sites::{PASSWORD, Site, USERNAME};

const CLIENTS: usize = 50;
const CONNECTIONS: u32 = 4;
const PER_SECOND: f64 = 400.0;
// The worst of a hundred shows in many hundreds alone, so the turns are fewer and longer.
const LONGER: u32 = 4;
// Until what comes at once when the flood begins has found its place in the queue.
const BEGINNING: Duration = Duration::from_millis(500);

/// The p99 of a protected route in each round, in microseconds.
pub(crate) struct Starved {
    pub(crate) usual: Vec<f64>,
    pub(crate) flooded: Vec<f64>,
    /// Logins that were answered meanwhile.
    pub(crate) logins: usize,
}

/// Measures the protected route with and without fifty clients who log in again and again.
pub(crate) async fn measure(place: &Place, pace: &Pace) -> Outcome<Starved> {
    let site = Site::Flooded;
    let process = Running::start(site, &place.database(site.name()), 1).await?;
    let question = process.question();
    let body = format!(r#"{{"username": "{USERNAME}", "password": "{PASSWORD}"}}"#);
    let login = Question::post(process.ready.address, "/auth/login/", &body);
    let mut starved = Starved { usual: vec![], flooded: vec![], logins: 0 };
    let turn = pace.turn * LONGER;
    for _ in 0..pace.rounds.div_ceil(3) {
        let usual = latencies(&question, CONNECTIONS, PER_SECOND, turn).await?;
        starved.usual.push(quantile(&usual, 0.99));

        let goes_on = Arc::new(AtomicBool::new(true));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (login, goes_on) = (login.clone(), Arc::clone(&goes_on));
            clients.spawn(async move {
                let mut connection = Connection::open(login.address).await?;
                let mut answered = 0;
                while goes_on.load(Ordering::Relaxed) {
                    // 503 tells that too many wait already.
                    match connection.ask(&login.request).await?.0 {
                        200 | 503 => answered += 1,
                        other => return Err(format!("a login was answered with {other}").into()),
                    }
                }
                Outcome::Ok(answered)
            });
        }
        tokio::time::sleep(BEGINNING).await;
        let flooded = latencies(&question, CONNECTIONS, PER_SECOND, turn).await?;
        goes_on.store(false, Ordering::Relaxed);
        while let Some(done) = clients.join_next().await {
            starved.logins += done??;
        }
        starved.flooded.push(quantile(&flooded, 0.99));
    }
    Ok(starved)
}
