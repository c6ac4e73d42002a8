use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
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
    /// Whether one of them is; see [`Hook::is_in_the_clear`].
    pub(crate) fn are_in_the_clear(&self) -> bool {
        [&self.sign_up, &self.password_reset].into_iter().flatten().any(Hook::is_in_the_clear)
    }

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
    /// Whether what it is told goes to another machine without TLS.
    pub(crate) fn is_in_the_clear(&self) -> bool {
        let Self::Url(text) = self else { return false };
        let Some(url) = address(text).filter(|url| url.scheme() == "http") else { return false };
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host != "localhost" && !literal.is_ok_and(|address| address.is_loopback())
    }

    fn read(value: &Value) -> Read<Self> {
        match value {
            Value::String(text) if address(text).is_some() => Ok(Self::Url(text.clone())),
            Value::Array(words) if !words.is_empty() => read::texts(value).map(Self::Command),
            _ => Err("must be an address such as \"https://example.org/hook\", or a command as a \
                      list, such as [\"/usr/local/bin/hook\", \"--argument\"]"
                .to_owned()),
        }
    }
}

fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Hook;

    #[test]
    fn an_address_that_only_looks_like_this_machine_is_another_one() {
        let in_the_clear = |url: &str| Hook::read(&json!(url)).expect(url).is_in_the_clear();
        for url in [
            "https://example.org/hook",
            "http://localhost:8000/hook",
            "http://127.0.0.1/hook",
            "http://[::1]:8000/",
        ] {
            assert!(!in_the_clear(url), "{url}");
        }
        for url in [
            "http://example.org/hook",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org/",
            "http://localhost@example.org/",
            "http://10.0.0.1/",
        ] {
            assert!(in_the_clear(url), "{url}");
        }
        for url in ["https://", "http:// /", "ftp://example.org/", "https://[::1", "/hook", ""] {
            assert!(Hook::read(&json!(url)).is_err(), "{url}");
        }
    }
}
