//! `tegata token`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use tegata::{Admission, AnyClaims, Engine, Revoke, SessionStore as _, Timestamp};
use tegata_jose::{Limits, TokenError, jws};
use zeroize::Zeroizing;

use super::context::{Global, block_on, store};
use super::failure::{Done, Failure};
use super::{output, time};
use crate::config::Config;

/// What can be asked about a token.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Show what a token says, without asking whether it is true.
    ///
    /// No key and no database takes part, so anybody could have written what is shown. The token is
    /// read from a file or the standard input; as an argument everybody on the machine could read
    /// it.
    #[command(after_help = "Example:
  pbpaste | tegata token inspect")]
    Inspect(Which),
    /// Say whether a token is good, and if not, why.
    ///
    /// By the keys and the policy of the configuration; with --session also by the rows of its
    /// session and its user. Nothing is written down. The exit code is 1 if the token is not good.
    #[command(after_help = "Examples:
  tegata token verify token.txt
  pbpaste | tegata token verify --session")]
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(crate) struct Which {
    /// A file that holds the token, or `-` for the standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    which: Which,
    /// Look at the rows of its session and its user too.
    #[arg(long)]
    session: bool,
}

const MOST_BYTES: u64 = 128 * 1024;

pub(crate) fn run(global: &Global, command: &TokenCommand) -> Done {
    match command {
        TokenCommand::Inspect(which) => inspect(which),
        TokenCommand::Verify(arguments) => verify(&global.config(Vec::new())?, arguments),
    }
}

fn inspect(which: &Which) -> Done {
    let token = read(&which.file)?;
    let limits = Limits { max_token_length: 65_536, ..Limits::default() };
    let (header, payload) = parts(&token, &limits)?;
    if which.json {
        return output::json(&json!({"verified": false, "header": header, "claims": payload}));
    }
    let now = time::now();
    output::line(output::painted(
        output::DOUBTFUL,
        "not verified: anybody could have written this",
    ))?;
    show("header", &header, now)?;
    show("claims", &payload, now)
}

fn parts(token: &str, limits: &Limits) -> Done<(Map<String, Value>, Map<String, Value>)> {
    let refused = |error: TokenError| Failure::no(format!("this is no token: {error}"));
    let (header, payload) = jws::read_unverified(token, limits).map_err(refused)?;
    let object = |bytes: &[u8]| {
        serde_json::from_slice(bytes).map_err(|_| Failure::no("a part of it is no JSON object"))
    };
    Ok((object(&header)?, object(&payload)?))
}

fn verify(config: &Config, arguments: &Verify) -> Done {
    let token = read(&arguments.which.file)?;
    let engine = config.engine()?;
    if arguments.session && !config.policy.session_check.keeps_sessions() {
        let text = "`session_check` is \"off\", so there are no rows of sessions";
        return Err(Failure::usage(text).hint("leave `--session` out"));
    }
    let now = time::now();
    // Of a site with tenants, a token is good for its own.
    let limits = Limits { max_token_length: config.policy.max_token_length, ..Limits::default() };
    let tenant = tenant_of(&token, &limits, &config.policy.claim_names.tenant);
    let verdict = match engine.read(now, &token, tenant.as_ref()) {
        Err(unread) => Err((unread.refusal.code(), unread.reason.to_owned())),
        Ok(claims) if arguments.session => standing(config, &engine, &claims, now)?,
        Ok(_) => Ok(()),
    };
    let claims = parts(&token, &limits).map(|(_, claims)| claims);
    if arguments.which.json {
        let (code, reason) = match &verdict {
            Ok(()) => (None, None),
            Err((code, reason)) => (Some(*code), Some(reason)),
        };
        let claims = claims.as_ref().ok().filter(|_| verdict.is_ok());
        output::json(
            &json!({"good": verdict.is_ok(), "code": code, "reason": reason, "claims": claims}),
        )?;
        return verdict.map_err(|_| Failure::silent());
    }
    if let Err((code, reason)) = verdict {
        output::line(format!("{} ({code}): {reason}", output::painted(output::BAD, "not good")))?;
        return Err(Failure::silent());
    }
    let by = if arguments.session {
        "its session and its user included"
    } else {
        "by signature, claims and times"
    };
    output::line(format!("{} {by}", output::painted(output::GOOD, "good")))?;
    show("claims", &claims?, now)
}

fn tenant_of(token: &str, limits: &Limits, name: &str) -> Option<tegata::Tenant> {
    let (_, claims) = parts(token, limits).ok()?;
    tegata::Tenant::new(claims.get(name)?.as_str()?).ok()
}

/// A request with the token would end sessions; to ask about it does not.
fn would_end(revoke: &Revoke) -> Verdict {
    let reason = revoke.end().reason.name();
    Err((reason, "a request with it would end its session".to_owned()))
}

type Verdict = Result<(), (&'static str, String)>;

/// What the rows say of a token that is good by itself.
fn standing(config: &Config, engine: &Engine, claims: &AnyClaims, now: Timestamp) -> Done<Verdict> {
    let (id, user_id) = match claims {
        AnyClaims::Access(claims) => (claims.session_id(), claims.user_id()),
        AnyClaims::Refresh(claims) => (claims.session_id(), claims.user_id()),
    };
    let loaded = block_on(async {
        let store = store(config, false).await?;
        let loaded = store.load(id).await?;
        let user = store.load_user(user_id).await?;
        Ok((loaded, user))
    })?;
    let (loaded, user) = loaded;
    let session = loaded.as_ref().map(|loaded| &loaded.session);
    let refused = |code, reason: &str| Ok(Err((code, reason.to_owned())));
    match claims {
        AnyClaims::Access(claims) => match engine.admit(now, claims, session, user.as_ref()) {
            Admission::Admit | Admission::AdmitFirstUse(_) => Ok(Ok(())),
            Admission::Revoke(revoke) => Ok(would_end(&revoke)),
            Admission::Refuse(refusal) => refused(refusal.code(), refusal.detail()),
        },
        AnyClaims::Refresh(claims) => {
            match engine.check_refresh(now, claims, session, user.as_ref()) {
                Admission::Admit | Admission::AdmitFirstUse(_) => Ok(Ok(())),
                Admission::Revoke(revoke) => Ok(would_end(&revoke)),
                Admission::Refuse(refusal) => refused(refusal.code(), refusal.detail()),
            }
        }
    }
}

/// The token of a file or the standard input; a scheme in front of it does no harm.
fn read(file: &Path) -> Done<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let wrong = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidData => Failure::no("this is no token: it is no text in UTF-8"),
        std::io::ErrorKind::NotFound => {
            Failure::no(format!("there is no file `{}`", file.display()))
                .hint("a token is read from a file or the standard input, and is no argument")
        }
        _ => Failure::no(format!("`{}` cannot be read: {error}", file.display())),
    };
    if file == Path::new("-") {
        std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text).map_err(wrong)?;
    } else {
        let file = std::fs::File::open(file).map_err(wrong)?;
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(wrong)?;
    }
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
    if token.is_empty() {
        return Err(Failure::no("there is no token to read")
            .hint("pipe it in, or name a file that holds it"));
    }
    Ok(Zeroizing::new(token.to_owned()))
}

/// One member a line; points in time as people read them.
fn show(what: &str, members: &Map<String, Value>, now: Timestamp) -> Done {
    output::line(output::painted(output::QUIET, what))?;
    let width = members.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, value) in members {
        let time = matches!(&**name, "exp" | "iat" | "nbf" | "auth_time" | "refresh_exp");
        let time = value.as_f64().filter(|_| time).and_then(Timestamp::from_fraction);
        let time = time.map(|at| {
            let text = format!("  {} ({})", time::date(at), time::distance(at, now));
            output::painted(output::QUIET, text)
        });
        let name = output::plain(&format!("{name:<width$}"));
        let name = output::painted(output::NAME, name);
        output::line(format!(
            "  {name}  {}{}",
            output::plain(&value.to_string()),
            time.unwrap_or_default()
        ))?;
    }
    Ok(())
}
