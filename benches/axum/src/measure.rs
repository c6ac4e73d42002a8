//! All sites of a database in turns, so that whatever else the machine does slows all of them.

use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::load::{latencies, throughput};
use crate::process::Running;
use crate::sites::Site;

/// How thoroughly to measure.
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    pub(crate) turn: Duration,
}

pub(crate) const QUICK: Pace = Pace { rounds: 5, turn: Duration::from_millis(300) };
pub(crate) const FULL: Pace = Pace { rounds: 25, turn: Duration::from_millis(600) };

const CONNECTIONS: u32 = 16;
// Of what the bare route manages, so that nobody is measured at its limit but the slowest.
const RATE: f64 = 0.25;

/// A database.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    url: String,
    is_file: bool,
}

impl Place {
    /// Of each site its own file; a schema of PostgreSQL serves all, since their tables differ.
    pub(crate) fn database(&self, of: &str) -> String {
        if self.is_file { format!("sqlite://{}/{of}.sqlite3", self.url) } else { self.url.clone() }
    }
}

/// Where to measure.
pub(crate) fn places(folder: &Path, postgres: Option<&str>) -> Vec<Place> {
    let url = folder.display().to_string();
    let mut places = vec![Place { name: "SQLite", url, is_file: true }];
    if let Some(url) = postgres {
        places.push(Place { name: "PostgreSQL", url: url.to_owned(), is_file: false });
    }
    places
}

/// What was found of one site: a value for each round.
pub(crate) struct Found {
    pub(crate) site: Site,
    pub(crate) per_second: Vec<f64>,
    pub(crate) median: Vec<f64>,
    pub(crate) p99: Vec<f64>,
}

/// Measures sites on a database; the first is what the others are compared with.
pub(crate) async fn measure(place: &Place, sites: &[Site], pace: &Pace) -> Outcome<Vec<Found>> {
    let new = |&site| Found { site, per_second: vec![], median: vec![], p99: vec![] };
    let mut found: Vec<_> = sites.iter().map(new).collect();
    let connections = CONNECTIONS as usize;
    let first = start(place, &sites[..1]).await?;
    let bare = throughput(&first[0].question(), connections, pace.turn).await?;
    drop(first);
    for round in 0..pace.rounds {
        // Where a program comes to lie in memory makes it a few percent faster or slower.
        let running = start(place, sites).await?;
        for turn in 0..running.len() {
            // Nobody is always the one who runs after the slowest.
            let number = (round + turn) % running.len();
            let question = running[number].question();
            let per_second = throughput(&question, connections, pace.turn).await?;
            found[number].per_second.push(per_second);
            // One that cannot do as much would only show how its queue grows.
            let rate = (bare * RATE).min(per_second * 0.7);
            let times = latencies(&question, CONNECTIONS, rate, pace.turn).await?;
            found[number].median.push(quantile(&times, 0.5));
            found[number].p99.push(quantile(&times, 0.99));
        }
    }
    Ok(found)
}

async fn start(place: &Place, sites: &[Site]) -> Outcome<Vec<Running>> {
    let mut running = Vec::new();
    for &site in sites {
        let process = Running::start(site, &place.database(site.name()), 1).await?;
        process.check(site).await?;
        running.push(process);
    }
    Ok(running)
}

/// The value below which that part of the values lies; they are in order.
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "few values")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = ((values.len() as f64 * part) as usize).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// The middle value.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// The middle one of the rounds' ratios.
pub(crate) fn ratio(over: &[f64], under: &[f64]) -> f64 {
    median(&over.iter().zip(under).map(|(a, b)| a / b).collect::<Vec<_>>())
}
