//! `tegata doctor`.

mod database;
mod key_files;
mod serving;

use clap::Args;
use serde_json::json;

use super::context::Global;
use super::failure::{Done, Failure};
use super::output;

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One line: what was looked at, how it stands, and how to mend it.
struct Finding {
    what: &'static str,
    state: State,
    text: String,
    mend: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, state: State::Ok, text: text.into(), mend: None }
    }

    fn warn(what: &'static str, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, state: State::Warn, text: text.into(), mend: Some(mend.into()) }
    }

    fn fail(what: &'static str, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, state: State::Fail, text: text.into(), mend: Some(mend.into()) }
    }

    /// An error whose text may hold its hint.
    fn of_error(what: &'static str, error: &str) -> Self {
        let (text, mend) = match error.split_once("\nhint: ") {
            Some((text, mend)) => (text, Some(mend.to_owned())),
            None => (error, None),
        };
        Self { what, state: State::Fail, text: text.to_owned(), mend }
    }
}

pub(crate) fn run(global: &Global, arguments: &Doctor) -> Done {
    let mut findings = Vec::new();
    match global.read(Vec::new()) {
        Err(failure) => findings.push(Finding::of_error("configuration", &failure.to_string())),
        Ok(config) => {
            let from = config.file.as_ref().map_or_else(
                || "no file; defaults, environment and flags".to_owned(),
                |file| file.display().to_string(),
            );
            findings.push(Finding::ok("configuration", from));
            for warning in &config.warnings {
                findings.push(Finding::warn(
                    "configuration",
                    warning,
                    "take it out, or set it right",
                ));
            }
            findings.extend(database::look(&config));
            findings.extend(key_files::look(&config));
            findings.extend(serving::look(&config));
        }
    }
    tell(&findings, arguments.json)?;
    if findings.iter().any(|each| each.state == State::Fail) {
        return Err(Failure::silent());
    }
    Ok(())
}

fn tell(findings: &[Finding], as_json: bool) -> Done {
    if as_json {
        let objects: Vec<_> = findings
            .iter()
            .map(|each| {
                json!({
                    "what": each.what,
                    "state": each.state.name(),
                    "text": each.text,
                    "mend": each.mend,
                })
            })
            .collect();
        return output::json(&objects);
    }
    for each in findings {
        let state = output::painted(each.state.style(), format!("{:<4}", each.state.name()));
        output::line(format!("{state}  {}: {}", each.what, each.text))?;
        if let Some(mend) = &each.mend {
            output::line(format!("      {} {mend}", output::painted(output::NAME, "hint:")))?;
        }
    }
    Ok(())
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    const fn style(self) -> anstyle::Style {
        match self {
            Self::Ok => output::GOOD,
            Self::Warn => output::DOUBTFUL,
            Self::Fail => output::BAD,
        }
    }
}
