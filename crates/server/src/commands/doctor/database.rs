//! Whether the database answers, whose tables are in it, and what time it has.

use std::path::Path;
use std::time::Duration;

use tegata::Engine;
use tegata_sqlx::{Owner, Purge, SqlxStore};

use super::Finding;
use crate::commands::context::block_on;
use crate::commands::failure::Done;
use crate::commands::{keys, time};
use crate::config::{Config, files};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    if let Some(file) = config.database.file()
        && !Path::new(file).exists()
    {
        let text = format!("there is no `{file}` yet");
        let mend = "`tegata user add` and `tegata serve` make it";
        return vec![Finding::warn("database", text, mend)];
    }
    let mut findings = Vec::new();
    if let Err(failure) = block_on(look_inside(config, &mut findings)) {
        findings.push(Finding::of_error("database", &failure.to_string()));
    }
    if let Some(file) = config.database.file()
        && files::is_open_to_others(Path::new(file))
    {
        let text = format!(
            "other accounts of this machine may read `{file}`, which holds password hashes"
        );
        findings.push(Finding::warn("database file", text, format!("chmod 600 {file}")));
    }
    findings
}

async fn look_inside(config: &Config, findings: &mut Vec<Finding>) -> Done {
    let options = config.store_options();
    let store = SqlxStore::connect_with(config.database.expose(), options).await?;
    let owner = match store.owner() {
        Owner::Django => "its tables were made by Django's migrations, all of which are known",
        Owner::Tegata => "its tables are Tegata's own, of this version",
    };
    findings.push(Finding::ok("database", format!("{} answers; {owner}", config.database)));
    findings.push(clock(config, &store).await?);
    // Of keys that cannot be read, others tell.
    if let Ok(engine) = keys::engine(config) {
        findings.push(rows(config, &engine, &store).await?);
    }
    Ok(())
}

async fn clock(config: &Config, store: &SqlxStore) -> Done<Finding> {
    let (there, here) = (store.clock().await?, time::now());
    let off = here.since(there).max(there.since(here));
    if off > config.policy.leeway.max(Duration::from_secs(1)) {
        let text = format!("this machine and the database are {} apart", time::span(off));
        return Ok(Finding::fail("clock", text, "have both follow a time server (NTP)"));
    }
    Ok(Finding::ok("clock", "that of the database agrees"))
}

async fn rows(config: &Config, engine: &Engine, store: &SqlxStore) -> Done<Finding> {
    let Some(retention) = config.session_retention else {
        return Ok(Finding::warn(
            "rows",
            "`session_retention` is \"none\", so that rows of sessions are never removed",
            "`tegata session purge --older-than 30d` in a crontab",
        ));
    };
    let purge = Purge { engine, now: time::now(), retention, pauses: true };
    Ok(match store.count_purgeable(purge).await? {
        many @ 10_000.. => Finding::warn(
            "rows",
            format!("{many} rows could be removed"),
            "run `tegata session purge`, best in a crontab",
        ),
        few => Finding::ok("rows", format!("{few} could be removed")),
    })
}
