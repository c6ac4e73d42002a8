//! `tegata config`.

use clap::Args;
use serde_json::json;

use super::failure::Done;
use super::output;
use crate::config::settings::{SETTINGS, Setting};

#[derive(Args, Debug)]
pub(crate) struct Keys {
    /// Those whose names hold this text.
    #[arg(default_value = "", hide_default_value = true)]
    part: String,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Keys) -> Done {
    let all: Vec<&Setting> =
        SETTINGS.iter().filter(|each| each.name.contains(&arguments.part)).collect();
    if arguments.json {
        let objects: Vec<_> = all
            .iter()
            .map(|each| {
                json!({
                    "key": each.name,
                    "type": each.kind.name(),
                    "default": each.default,
                    "about": each.about,
                })
            })
            .collect();
        return output::json(&objects);
    }
    for each in all {
        let name = output::painted(output::NAME, each.name);
        let kind = output::painted(output::QUIET, format!("# {}", each.kind.name()));
        output::line(format!("{name} = {}  {kind}\n    {}", each.default, each.about))?;
    }
    Ok(())
}
