//! What commands say: results on the standard output, all else on the standard error.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::failure::Done;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
pub(crate) const QUIET: Style = Style::new().dimmed();

/// A line of the result.
pub(crate) fn line(text: impl Display) -> Done {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(())
}

/// The result as it is, without another line break.
pub(crate) fn raw(bytes: &[u8]) -> Done {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// The result as JSON.
pub(crate) fn json(value: &impl Serialize) -> Done {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| super::Failure::no(format!("no JSON can be made of it: {error}")))?;
    line(text)
}

/// A remark. That nobody reads it is no failure.
pub(crate) fn note(text: impl Display) {
    let _unread = writeln!(anstream::stderr().lock(), "{text}");
}

/// A warning.
pub(crate) fn warn(text: impl Display) {
    note(format!("{} {text}", painted(DOUBTFUL, "warning:")));
}

/// `error: …`, and `hint: …` on a line of its own if there is one.
pub(crate) fn complain(message: &str) {
    let message = message.replace("\nhint: ", &format!("\n{} ", painted(NAME, "hint:")));
    note(format!("{} {message}", painted(BAD, "error:")));
}

/// A text in a style, which is left out where nobody would see it.
pub(crate) fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A text from elsewhere, without what could act on a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Columns side by side.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> Done {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(head[column].len())
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let joined = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(painted(QUIET, joined(&mut head.iter().copied())))?;
    rows.iter().try_for_each(|row| line(joined(&mut row.iter().map(String::as_str))))
}
