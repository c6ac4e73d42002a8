//! The reference page, which the code knows better than a writer, and the commands of the guide.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory as _};

use crate::commands::Cli;
use crate::config::settings::SETTINGS;
use crate::config::{Config, Sources};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// Writes the page with `TEGATA_WRITE_REFERENCE=1`.
#[test]
fn the_reference_is_that_of_the_code() {
    let path = page("reference/server.md");
    let before = std::fs::read_to_string(&path).expect("the page is there");
    let mut after = replaced(&before, "commands", &commands());
    after = replaced(&after, "keys", &keys());
    if std::env::var_os("TEGATA_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, after).expect("the page can be written");
        return;
    }
    let hint = "run `TEGATA_WRITE_REFERENCE=1 cargo test -p tegata-server reference`";
    assert!(before == after, "docs/reference/server.md is out of date; hint: {hint}");
}

fn replaced(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- generated: {name} -->"), format!("<!-- end: {name} -->"));
    let (before, rest) = page.split_once(&begin).expect("the page has the marker");
    let (_, after) = rest.split_once(&end).expect("the page has the marker");
    format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim())
}

fn keys() -> String {
    let mut text = "| key | type | default | |\n|---|---|---|---|\n".to_owned();
    for each in SETTINGS {
        let (name, kind, default) = (each.name, each.kind.name(), each.default);
        let about = each.about.replace('|', "\\|");
        writeln!(text, "| `{name}` | {kind} | `{default}` | {about} |").expect("it grows");
    }
    text
}

fn commands() -> String {
    let mut text = String::new();
    let mut root = Cli::command().term_width(0);
    root.build();
    for command in root.get_subcommands().filter(|each| each.get_name() != "help") {
        describe(command, &format!("tegata {}", command.get_name()), &mut text);
    }
    text
}

fn describe(command: &Command, name: &str, text: &mut String) {
    let subcommands: Vec<_> =
        command.get_subcommands().filter(|each| each.get_name() != "help").collect();
    for each in &subcommands {
        describe(each, &format!("{name} {}", each.get_name()), text);
    }
    if !subcommands.is_empty() {
        return;
    }
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string);
    writeln!(text, "### {name}\n\n{}\n", about.unwrap_or_default()).expect("it grows");
    let own = |each: &&Arg| !each.is_global_set() && !each.is_hide_set() && each.get_id() != "help";
    for each in command.get_arguments().filter(own) {
        let value = each.get_value_names().and_then(|names| names.first());
        let takes = each.get_action().takes_values();
        let shown = match (each.get_long(), value.filter(|_| takes)) {
            (Some(long), Some(value)) => format!("--{long} {value}"),
            (Some(long), None) => format!("--{long}"),
            (None, value) => value.map_or_else(|| each.get_id().to_string(), ToString::to_string),
        };
        let help = each.get_long_help().or(each.get_help()).map(ToString::to_string);
        let help = help.unwrap_or_default().replace("\n\n", " ");
        writeln!(text, "- `{shown}`: {help}").expect("it grows");
    }
    text.push('\n');
}

/// The blocks of a language in the guide.
fn blocks(language: &str) -> Vec<String> {
    let guide = std::fs::read_to_string(page("guides/server.md")).expect("the guide is there");
    let begin = format!("```{language}\n");
    let parts = guide.split(&begin).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_command_of_the_guide_is_one() {
    let mut count = 0;
    for block in blocks("sh") {
        for line in block.lines() {
            let Some((_, line)) = line.split_once("tegata ").filter(|(before, _)| {
                before.is_empty() || before.ends_with("| ") || before.starts_with("TEGATA_")
            }) else {
                continue;
            };
            let words = line.split_whitespace().take_while(|word| *word != ">");
            let words: Vec<_> = std::iter::once("tegata").chain(words).collect();
            let mut command = Cli::command();
            command
                .try_get_matches_from_mut(&words)
                .unwrap_or_else(|error| panic!("{line}: {error}"));
            count += 1;
        }
    }
    assert!(count > 20, "the guide has commands: {count}");
}

#[test]
fn every_configuration_of_the_guide_is_one() {
    let folder = tempfile::TempDir::new().expect("a folder can be made");
    let all = blocks("toml");
    assert!(!all.is_empty());
    for block in all {
        let file = folder.path().join("tegata.toml");
        std::fs::write(&file, &block).expect("a file can be written");
        let sources = Sources { file: Some(file), ..Sources::default() };
        if let Err(error) = Config::load(&sources) {
            panic!("{error}: {block}");
        }
    }
}
