use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::error::nearest;
use super::read::{self, Read};

/// Who is asked about sign-ups, and who brings a password reset to its user.
///
/// A hook gets one JSON object: by POST to an address, or on the standard input of a command. What
/// it says no to, by a status other than 2xx or an exit code other than 0, does not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hooks {
    /// Asked before an account is made. Without it nobody can sign up.
    pub(crate) sign_up: Option<Hook>,
    /// Given the token of a reset, to be sent to its user. Without it no password can be reset.
    pub(crate) password_reset: Option<Hook>,
    /// How long a hook has.
    pub(crate) timeout: Duration,
    /// The file with the secret that bodies are signed with.
    pub(crate) secret_file: Option<PathBuf>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// Gets a POST.
    Url(String),
    /// A program and its arguments; no shell takes part.
    Command(Vec<String>),
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            sign_up: None,
            password_reset: None,
            timeout: Duration::from_secs(10),
            secret_file: None,
        }
    }
}

pub(crate) const NAMES: [&str; 4] = ["sign_up", "password_reset", "timeout", "secret_file"];

impl Hooks {
    pub(crate) fn read(value: &Value) -> Read<Self> {
        let table = value.as_object().ok_or("must be a table")?;
        let mut hooks = Self::default();
        for (name, value) in table {
            let named = |problem: String| format!("`{name}` {problem}");
            match name.as_str() {
                "sign_up" => hooks.sign_up = Some(Hook::read(value).map_err(named)?),
                "password_reset" => hooks.password_reset = Some(Hook::read(value).map_err(named)?),
                "timeout" => hooks.timeout = read::duration(value).map_err(named)?,
                "secret_file" => hooks.secret_file = Some(read::text(value).map_err(named)?.into()),
                _ => {
                    return Err(format!(
                        "has no key `{name}`; {}",
                        nearest(name, NAMES.into_iter())
                    ));
                }
            }
        }
        if !(Duration::from_secs(1)..=Duration::from_mins(1)).contains(&hooks.timeout) {
            return Err("`timeout` must be from 1 to 60 seconds".to_owned());
        }
        Ok(hooks)
    }
}

impl Hook {
    fn read(value: &Value) -> Read<Self> {
        match value {
            Value::String(url) if url.starts_with("https://") || url.starts_with("http://") => {
                Ok(Self::Url(url.clone()))
            }
            Value::Array(words) if !words.is_empty() => read::texts(value).map(Self::Command),
            _ => Err("must be an address such as \"https://example.org/hook\", or a command as a \
                      list, such as [\"/usr/local/bin/hook\", \"--argument\"]"
                .to_owned()),
        }
    }
}
