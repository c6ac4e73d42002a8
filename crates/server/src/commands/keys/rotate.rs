//! `tegata keys rotate`.

use std::path::PathBuf;

use serde_json::Value;
use tegata::{Algorithm, Begin, Key, KeyState, KeyTimes, RotationPlan, Timestamp};

use super::{Rotate, file, generate};
use crate::commands::failure::{Done, Failure};
use crate::commands::{output, time};
use crate::config::Config;

pub(super) fn run(config: &Config, arguments: &Rotate) -> Done {
    let path = set_file(config)?;
    let begin = match (arguments.now, arguments.force) {
        (true, _) => Begin::AtOnce,
        (_, true) => Begin::Anyway,
        _ => Begin::WhenDue,
    };
    let mut outcome = None;
    file::change(&path, |jwks| {
        let change = Change::new(config, jwks, begin, arguments.algorithm)?;
        let keys = (change.has_changes && !arguments.dry_run).then(|| change.keys.clone());
        outcome = Some(change);
        Ok(keys)
    })?;
    let Some(change) = outcome else { return Ok(()) };
    change.said.iter().try_for_each(output::line)?;
    let due = format!("a new key is due {}", time::date(change.due_at));
    if arguments.dry_run {
        output::note("nothing was written: --dry-run");
    } else if change.has_changes {
        let every = time::span(config.rotation().reload_interval);
        output::note(format!(
            "wrote {}; running servers look at it every {every}; {due}",
            path.display()
        ));
        if begin == Begin::AtOnce {
            output::note(
                "hint: until they do, servers refuse tokens of the key that signs now, and so do \
                 others for as long as they keep a copy of the published keys",
            );
        }
    } else {
        output::note(format!("nothing is to be done; {due}"));
    }
    Ok(())
}

/// The new keys of a file, and what became of the old ones.
struct Change {
    keys: Vec<Value>,
    has_changes: bool,
    due_at: Timestamp,
    said: Vec<String>,
}

impl Change {
    fn new(
        config: &Config,
        jwks: &[Value],
        begin: Begin,
        algorithm: Option<Algorithm>,
    ) -> Done<Self> {
        let unfit = |error: String| Failure::config(format!("the file of keys: {error}"));
        let mut pairs: Vec<(Key, KeyTimes)> = Vec::new();
        for jwk in jwks {
            let text = zeroize::Zeroizing::new(jwk.to_string());
            let default = jwk.get("alg").is_none().then_some(config.algorithm);
            let key = Key::from_jwk(&text, default).map_err(|error| unfit(error.to_string()))?;
            let times = KeyTimes::from_jwk(&text).map_err(|error| unfit(error.to_string()))?;
            pairs.push((key, times));
        }
        let times: Vec<KeyTimes> = pairs.iter().map(|(_, times)| *times).collect();
        let rotation = config.rotation();
        let signs = signing(config, &pairs)?;
        // To find a key may take a while, and it is not published before it is written.
        let new = match rotation.plan(&times, time::now(), begin).new {
            Some(_) => Some(generate::draw(algorithm.unwrap_or(signs))?),
            None => None,
        };
        let now = time::now();
        let plan = rotation.plan(&times, now, begin);
        if new.is_none() && begin == Begin::AtOnce {
            require(&pairs, &plan, algorithm)?;
        }
        let mut keys = Vec::new();
        let mut kept: Vec<(Key, KeyTimes)> = Vec::new();
        if let (Some(key), Some(times)) = (new, plan.new) {
            keys.push(generate::timed(&key, &times)?);
            kept.push((key, times));
        }
        for (index, times) in &plan.kept {
            let mut jwk = jwks[*index].clone();
            if let Some(members) = jwk.as_object_mut() {
                generate::set_times(members, times);
            }
            keys.push(jwk);
            kept.push((pairs[*index].0.clone(), *times));
        }
        let mut said = told(config, &kept, now)?;
        said.extend(
            plan.dropped.iter().map(|index| format!("dropped    {}", name(&pairs[*index].0))),
        );
        Ok(Self { keys, has_changes: plan.changes(&times), due_at: plan.due_at, said })
    }
}

/// What each key is doing.
fn told(config: &Config, keys: &[(Key, KeyTimes)], now: Timestamp) -> Done<Vec<String>> {
    let schedule = schedule(config, keys)?;
    let lives = schedule.lives_at(now);
    let line = |((key, _), life): (&(Key, KeyTimes), &tegata::KeyLife)| {
        let until = match (life.state, life.until) {
            (_, None) => String::new(),
            (KeyState::Published, Some(at)) => format!(", signs from {}", time::date(at)),
            (KeyState::Signing, Some(at)) => format!(", until {}", time::date(at)),
            (_, Some(at)) => format!(", verifies until {}", time::date(at)),
        };
        format!("{:<9}  {}{until}", life.state.name(), name(key))
    };
    Ok(keys.iter().zip(&lives).map(line).collect())
}

/// The algorithm of the key that signs now.
fn signing(config: &Config, keys: &[(Key, KeyTimes)]) -> Done<Algorithm> {
    let schedule = schedule(config, keys)?;
    let signs = schedule.at(time::now()).signing_key();
    Ok(signs.map_or(config.algorithm, Key::algorithm))
}

fn schedule(config: &Config, keys: &[(Key, KeyTimes)]) -> Done<tegata::KeySchedule> {
    let retention = config.rotation().retention;
    tegata::KeySchedule::new(keys.to_vec(), retention).map_err(Failure::config)
}

fn require(keys: &[(Key, KeyTimes)], plan: &RotationPlan, algorithm: Option<Algorithm>) -> Done {
    let waiting = plan.kept.first().map(|(index, _)| keys[*index].0.algorithm());
    match (algorithm, waiting) {
        (Some(wanted), Some(waiting)) if wanted != waiting => Err(Failure::usage(format!(
            "a key of {} is waiting to sign, and `--now` has it do so",
            waiting.name()
        ))
        .hint("leave `--algorithm` out")),
        _ => Ok(()),
    }
}

/// The JWK Set file with the key that signs.
fn set_file(config: &Config) -> Done<PathBuf> {
    if let (Some(policy), true) = (&config.policy_file, config.keys.is_empty())
        && !config.has_own_key_file()
    {
        return Err(Failure::no(format!("the keys are those of `{}`, which belong to Django", policy.display()))
            .hint("run `manage.py tegata_keys rotate` and export them again, or have both hosts name one file of keys: TEGATA['KEYS'] = Path(…) there, `keys` here"));
    }
    let files = config.key_files();
    let first = files.first().ok_or_else(|| Failure::config("there are no keys"))?;
    if !first.exists() {
        return Err(Failure::config(format!("{}: there is no such file", first.display()))
            .hint("`tegata keys generate` makes it"));
    }
    file::read_set(first)?;
    Ok(first.clone())
}

fn name(key: &Key) -> String {
    format!("{} ({})", output::plain(key.kid().unwrap_or("-")), key.algorithm().name())
}
