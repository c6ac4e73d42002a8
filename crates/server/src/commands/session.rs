//! `tegata session`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tegata::{EndReason, EndSessions, Ending, SessionId, SessionStore as _};
use tegata_sqlx::{ListedSession, Purge, SessionFilter};

use super::context::{Global, block_on, store, user_named};
use super::failure::{Done, Failure};
use super::{keys, output, time};
use crate::config::Config;

/// What can be done about sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List sessions, the newest first.
    ///
    /// No token can be read anywhere: the rows hold none.
    List(List),
    /// End sessions: their tokens are refused from then on.
    ///
    /// An end is final. What has ended already keeps its reason. An id that is nobody's is an
    /// error, and then nothing is ended.
    #[command(after_help = "Examples:
  tegata session end --user ada
  tegata session end --all --dry-run")]
    End(End),
    /// Delete the rows of sessions that nothing can use any more.
    ///
    /// Those are ended ones, those past `session_lifetime`, and those that were not refreshed in
    /// time. Login challenges whose time is up go too. They go in small batches with pauses in
    /// between, so that nobody has to wait for it. SQLite lets one write at a time, so there the
    /// pauses are long: stop the server and say --at-once if that takes too long. It can be stopped
    /// and started again at any time.
    #[command(after_help = "Example:
  30 4 * * *  tegata session purge --older-than 30d")]
    Purge(PurgeArguments),
}

/// Puts the ids of `tegata session end` that begin with `-`, as one in 64 does, where they are not
/// taken for options.
pub(crate) fn ids_last(arguments: Vec<OsString>) -> Vec<OsString> {
    let is_end = arguments.windows(2).any(|pair| pair[0] == "session" && pair[1] == "end");
    if !is_end || arguments.iter().any(|argument| argument == "--") {
        return arguments;
    }
    let (ids, mut others): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|argument| {
        let text = argument.to_str().filter(|text| text.starts_with('-'));
        text.is_some_and(|text| text.parse::<SessionId>().is_ok())
    });
    if !ids.is_empty() {
        others.push("--".into());
    }
    others.extend(ids);
    others
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Those of one user.
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    /// Only those that can be used.
    #[arg(long, conflicts_with = "ended")]
    active: bool,
    /// Only those that cannot be used any more.
    #[arg(long)]
    ended: bool,
    /// Those that were opened less than so long ago, such as 2h or 7d.
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    since: Option<Duration>,
    /// How many at most.
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    limit: u32,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct End {
    /// The ids of sessions, as `tegata session list` shows them.
    #[arg(value_name = "ID", group = "which")]
    ids: Vec<SessionId>,
    /// All of one user.
    #[arg(long, value_name = "USERNAME", group = "which")]
    user: Option<String>,
    /// All of the site.
    #[arg(long, group = "which")]
    all: bool,
    /// What the rows say why.
    #[arg(long, default_value = "administrator")]
    reason: Reason,
    /// Only say how many would be ended.
    #[arg(long)]
    dry_run: bool,
}

/// The reasons that there are for an operator.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reason {
    Administrator,
    LogOutAll,
    UserInactive,
}

impl From<Reason> for EndReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Administrator => Self::Administrator,
            Reason::LogOutAll => Self::LogOutAll,
            Reason::UserInactive => Self::UserInactive,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct PurgeArguments {
    /// How long ago it must have come about, such as 30d; `session_retention` by default.
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    older_than: Option<Duration>,
    /// Without pauses, when nobody else writes.
    #[arg(long)]
    at_once: bool,
    /// Only say how many rows would go.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(global: &Global, command: &SessionCommand) -> Done {
    let config = global.config(Vec::new())?;
    match command {
        SessionCommand::List(arguments) => list(&config, arguments),
        SessionCommand::End(arguments) => end(&config, arguments),
        SessionCommand::Purge(arguments) => purge(&config, arguments),
    }
}

fn list(config: &Config, arguments: &List) -> Done {
    let now = time::now();
    let mut sessions = block_on(async {
        let store = store(config, false).await?;
        let user = match &arguments.user {
            Some(username) => Some(user_named(&store, username).await?.state.id),
            None => None,
        };
        let filter = SessionFilter {
            user,
            is_live: (arguments.active || arguments.ended).then_some(arguments.active),
            since: arguments.since.map(|age| now.minus(age)),
        };
        let limit = arguments.limit.saturating_add(1);
        Ok(store.list_sessions(&filter, &config.policy, now, limit).await?)
    })?;
    let has_more = sessions.len() > arguments.limit as usize;
    sessions.truncate(arguments.limit as usize);
    if arguments.json {
        output::json(&sessions.iter().map(object).collect::<Vec<_>>())?;
    } else if !sessions.is_empty() {
        let head = ["id", "user", "active", "from", "device", "since", "last seen", "ended"];
        output::table(&head, &sessions.iter().map(row).collect::<Vec<_>>())?;
    }
    if has_more {
        output::note(format!(
            "there are more than {}\nhint: --limit, --user, --since",
            arguments.limit
        ));
    } else if sessions.is_empty() {
        output::note("no sessions");
    }
    Ok(())
}

fn object(listed: &ListedSession) -> serde_json::Value {
    let session = &listed.session;
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "username": listed.username,
        "is_active": listed.is_live,
        "ip_address": session.device.ip_address,
        "user_agent": session.device.user_agent,
        "created_at": time::rfc3339(session.created_at),
        "last_activity_at": time::rfc3339(session.updated_at),
        "ended_at": session.expired_at.map(time::rfc3339),
        "end_reason": session.end_reason.map(EndReason::name),
        "generation": session.generation,
    })
}

fn row(listed: &ListedSession) -> Vec<String> {
    let session = &listed.session;
    let reason = session.end_reason.map_or("", EndReason::name);
    let agent = output::plain(&session.device.user_agent);
    let device: String = agent.chars().take(32).collect();
    let is_long = agent.chars().count() > 32;
    vec![
        session.id.to_string(),
        output::plain(&listed.username),
        if listed.is_live { "yes" } else { "no" }.to_owned(),
        session.device.ip_address.map_or_else(|| "-".to_owned(), |address| address.to_string()),
        if device.is_empty() {
            "-".to_owned()
        } else if is_long {
            device + "…"
        } else {
            device
        },
        time::date(session.created_at),
        time::date(session.updated_at),
        session.expired_at.map_or_else(String::new, |at| format!("{} {reason}", time::date(at))),
    ]
}

fn end(config: &Config, arguments: &End) -> Done {
    let (at, reason) = (time::now(), EndReason::from(arguments.reason));
    let count = block_on(async {
        let store = store(config, false).await?;
        let end = async |sessions| {
            Ok::<_, Failure>(store.end(&EndSessions { sessions, at, reason }).await?.count())
        };
        if let Some(username) = &arguments.user {
            let user = user_named(&store, username).await?.state.id;
            if arguments.dry_run {
                let filter = SessionFilter { user: Some(user), ..SessionFilter::default() };
                let all = store.list_sessions(&filter, &config.policy, at, u32::MAX).await?;
                return Ok(
                    all.iter().filter(|each| each.session.expired_at.is_none()).count() as u64
                );
            }
            return end(Ending::User(user)).await;
        }
        if arguments.all {
            let total = store.count_unended().await?;
            if arguments.dry_run {
                return Ok(total);
            }
            let bar = bar(total);
            let count = store.end_all(at, reason, |ended| bar.inc(ended)).await?;
            bar.finish_and_clear();
            return Ok(count);
        }
        let mut unended = 0;
        for id in &arguments.ids {
            match store.load(id).await? {
                Some(loaded) => unended += u64::from(loaded.session.expired_at.is_none()),
                None => {
                    return Err(Failure::no(format!("there is no session `{id}`"))
                        .hint("`tegata session list` shows the ids"));
                }
            }
        }
        if arguments.dry_run {
            return Ok(unended);
        }
        let mut count = 0;
        for id in &arguments.ids {
            count += end(Ending::Session(id.clone())).await?;
        }
        Ok(count)
    })?;
    let would = if arguments.dry_run { "would be ended" } else { "ended" };
    output::line(format!("{} {would}", counted(count, "session")))
}

fn purge(config: &Config, arguments: &PurgeArguments) -> Done {
    let retention = arguments.older_than.or(config.session_retention).ok_or_else(|| {
        Failure::usage("`session_retention` is \"none\", which keeps all rows")
            .hint("say which may go: --older-than 30d")
    })?;
    let engine = keys::engine(config)?;
    let count = block_on(async {
        let store = store(config, false).await?;
        let now = time::now();
        let purge = Purge { engine: &engine, now, retention, pauses: !arguments.at_once };
        let total = store.count_purgeable(purge).await?;
        if arguments.dry_run {
            return Ok(total);
        }
        let bar = bar(total);
        let removed = store.purge(purge, |removed| bar.inc(removed)).await?;
        bar.finish_and_clear();
        Ok(removed)
    })?;
    let would = if arguments.dry_run { "would go" } else { "removed" };
    output::line(format!("{} {would}", counted(count, "row")))
}

/// A bar on the standard error, which is not drawn where that is no terminal.
fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec}, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
