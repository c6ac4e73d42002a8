//! `tegata keys list`.

use serde_json::json;
use tegata::{KeyLife, KeyState};

use super::List;
use crate::commands::failure::Done;
use crate::commands::{output, time};
use crate::config::Config;
use crate::config::keys::FoundKey;

pub(super) fn run(config: &Config, arguments: &List) -> Done {
    let keys = config.found_keys()?;
    let lives = config.key_schedule(&keys)?.lives_at(time::now());
    let known: Vec<_> = keys.iter().zip(&lives).collect();
    if arguments.json {
        let objects: Vec<_> = known.iter().map(|(key, life)| object(key, life)).collect();
        return output::json(&objects);
    }
    let rows: Vec<_> = known.iter().map(|(key, life)| row(key, life)).collect();
    output::table(&["kid", "algorithm", "state", "since", "until", "from"], &rows)
}

fn object(key: &FoundKey, life: &KeyLife) -> serde_json::Value {
    json!({
        "kid": key.key.kid(),
        "algorithm": key.key.algorithm().name(),
        "signs": life.state == KeyState::Signing,
        "state": life.state.name(),
        "since": life.since.map(time::rfc3339),
        "until": life.until.map(time::rfc3339),
        "file": key.path.display().to_string(),
    })
}

fn row(key: &FoundKey, life: &KeyLife) -> Vec<String> {
    let at = |at: Option<_>| at.map_or_else(|| "-".to_owned(), time::date);
    vec![
        output::plain(key.key.kid().unwrap_or("-")),
        key.key.algorithm().name().to_owned(),
        life.state.name().to_owned(),
        at(life.since),
        at(life.until),
        key.path.display().to_string(),
    ]
}
