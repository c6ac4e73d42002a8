//! `tegata keys export`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tegata::Rate;

use super::{Export, file, generate};
use crate::commands::failure::{Done, Failure};
use crate::commands::{output, time};
use crate::config::Config;
use crate::config::settings::{LOGIN_RATES, REFRESH_RATES};

pub(super) fn run(config: &Config, arguments: &Export) -> Done {
    let document = document(config, arguments.private)?;
    let text = serde_json::to_string_pretty(&document).map_err(Failure::no)? + "\n";
    match &arguments.out {
        None => output::raw(text.as_bytes())?,
        Some(path) => {
            file::create(path, &text)?;
            output::note(format!("wrote {}, which only its owner can read", path.display()));
        }
    }
    if document["jwks"]["keys"].as_array().is_some_and(Vec::is_empty) {
        output::note(
            "hint: secrets are in it with `--private` only; to give a service something that it \
             can verify with and not sign, sign with a private key",
        );
    }
    Ok(())
}

fn document(config: &Config, with_private: bool) -> Done<Value> {
    let mut document = Map::new();
    for part in [policy(config), serving(config), json!({"jwks": jwks(config, with_private)?})] {
        if let Value::Object(part) = part {
            document.extend(part);
        }
    }
    Ok(document.into())
}

/// What the engine decides by.
fn policy(config: &Config) -> Value {
    let (policy, rotation) = (&config.policy, config.rotation());
    let names = &policy.claim_names;
    json!({
        "issuer": policy.issuer,
        "audience": policy.audience,
        "client_id": policy.client_id,
        "leeway": seconds(policy.leeway),
        "access_token_lifetime": seconds(policy.access_token_lifetime),
        "refresh_token_lifetime": seconds(policy.refresh_token_lifetime),
        "session_lifetime": seconds(policy.session_lifetime),
        "session_idle_timeout": policy.session_idle_timeout.map(seconds),
        "session_retention": config.session_retention.map(seconds),
        "max_sessions_per_user": policy.max_sessions_per_user,
        "session_check": policy.session_check.name(),
        "session_cache_lifetime": seconds(policy.session_cache_lifetime),
        "rotate_refresh_tokens": policy.rotate_refresh_tokens,
        "refresh_grace": seconds(policy.refresh_grace),
        "max_refresh_repeats": policy.max_refresh_repeats,
        "challenge_lifetime": seconds(policy.challenge_lifetime),
        "max_token_length": policy.max_token_length,
        "jwks_max_age": seconds(rotation.jwks_max_age),
        "key_lead_time": seconds(rotation.lead),
        "key_rotation_period": seconds(rotation.period),
        "key_retention": seconds(rotation.retention),
        "key_reload_interval": seconds(rotation.reload_interval),
        "claims": {
            "token_type": names.token_type,
            "user_id": names.user_id,
            "session_id": names.session_id,
            "generation": names.generation,
            "tenant": names.tenant,
        },
    })
}

/// What the host goes by besides.
fn serving(config: &Config) -> Value {
    let refresh_transport = config.refresh_transport.map(|each| match each {
        tegata::Transport::Header => "body",
        each => each.name(),
    });
    json!({
        "scopes": config.scopes,
        "auth_header_types": config.auth_header_types,
        "transport": config.transport.name(),
        "refresh_transport": refresh_transport,
        "access_cookie_name": config.cookies.access_name,
        "refresh_cookie_name": config.cookies.refresh_name,
        "refresh_cookie_path": config.refresh_cookie_path,
        "cookie_secure": config.cookies.secure,
        "cookie_samesite": config.cookies.same_site.name(),
        "cookie_domain": config.cookies.domain,
        "store_address": config.store_address,
        "update_last_login": config.update_last_login,
        "login_throttle": rates(&config.login_throttle, &LOGIN_RATES),
        "refresh_throttle": rates(&config.refresh_throttle, &REFRESH_RATES),
        "users": {
            "table": config.users.table,
            "key": config.users.key,
            "named_by": config.users.named_by,
            "username": config.users.username,
            "password": config.users.password,
            "is_active": config.users.is_active,
            "last_login": config.users.last_login,
            "stamp_columns": config.users.stamp_columns,
        },
        "only_in_django": config.only_in_django,
    })
}

fn jwks(config: &Config, with_private: bool) -> Done<Value> {
    let found = config.found_keys()?;
    if with_private {
        let keys = found.iter().map(|each| generate::timed(&each.key, &each.times));
        return Ok(json!({"keys": keys.collect::<Done<Vec<_>>>()?}));
    }
    let schedule = config.key_schedule(&found)?;
    let jwks = schedule.at(time::now()).to_jwks().map_err(Failure::no)?;
    serde_json::from_str(&jwks).map_err(Failure::no)
}

fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

/// As the configuration reads them: all limits, null for one that is off.
fn rates(rates: &BTreeMap<String, Rate>, names: &[(&str, &str)]) -> Value {
    if rates.is_empty() {
        return Value::Null;
    }
    let limit = |name: &str| (name.to_owned(), Value::from(rates.get(name).map(Rate::to_string)));
    names.iter().map(|(name, _)| limit(name)).collect()
}
