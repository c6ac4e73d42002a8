//! Whether the keys can be read, by whom, and whether another one is due.

use tegata::{Begin, KeyState, KeyTimes};

use super::Finding;
use crate::commands::time;
use crate::config::{Config, files};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    if config.has_own_key_file() && !config.own_key_file().exists() {
        let text = format!("there is no `{}` yet", config.own_key_file().display());
        let mend = "`tegata keys generate` and the first `tegata serve` make it";
        return vec![Finding::warn("keys", text, mend)];
    }
    let mut findings: Vec<_> = config
        .key_files()
        .iter()
        .filter(|path| files::is_open_to_others(path))
        .map(|path| {
            let text = format!("other accounts of this machine may read `{}`", path.display());
            Finding::warn(
                "key file",
                text,
                format!("chmod 600 {}, and rotate the key if somebody has", path.display()),
            )
        })
        .collect();
    // Weak keys are refused where they are read.
    match config.engine().map(|engine| engine.keys().lives_at(time::now())) {
        Err(error) => findings.push(Finding::of_error("keys", &error.to_string())),
        Ok(lives) => {
            let count = |state| lives.iter().filter(|life| life.state == state).count();
            let text = format!(
                "{} signing, {} published, {} verifying, {} over",
                count(KeyState::Signing),
                count(KeyState::Published),
                count(KeyState::Retired) + count(KeyState::Verifying),
                count(KeyState::Over)
            );
            findings.push(Finding::ok("keys", text));
            findings.extend(rotation(config));
        }
    }
    findings
}

fn rotation(config: &Config) -> Option<Finding> {
    let keys = config.found_keys().ok()?;
    let now = time::now();
    let times: Vec<KeyTimes> = keys.iter().map(|each| each.times).collect();
    if times.iter().all(|each| *each == KeyTimes::default()) {
        return Some(Finding::warn(
            "rotation",
            "the keys do not say how old they are, so no command can rotate them",
            "`tegata keys generate --out FILE` makes a file that can be rotated; put it in front of the keys of now",
        ));
    }
    let plan = config.rotation().plan(&times, now, Begin::WhenDue);
    Some(if plan.changes(&times) {
        Finding::warn(
            "rotation",
            "a new key or the end of an old one is due",
            "run `tegata keys rotate`, best in a crontab",
        )
    } else {
        let due = format!("a new key is due {}", time::date(plan.due_at));
        Finding::ok("rotation", due)
    })
}
