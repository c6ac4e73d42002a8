//! `tegata user`.

use clap::{Args, Subcommand};
use serde_json::json;
use tegata_sqlx::{NewUser, SqlxStore, User};

use super::context::{Global, block_on, store, user_named};
use super::failure::{Done, Failure};
use super::{keys, output, password, time};

/// What can be done about users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user who may log in at once.
    ///
    /// The password is asked for without being shown, or read from the standard input; it is never
    /// an argument, which everybody on the machine could read. If there is no database yet, it is
    /// made.
    #[command(after_help = "Examples:
  tegata user add ada
  pass show ada | tegata user add ada --password-stdin
  tegata user add robot --no-password")]
    Add(Add),
    /// Give a user another password, which ends all sessions of the user.
    Passwd(Passwd),
    /// Keep a user from logging in, and end all sessions of the user.
    Deactivate(Named),
    /// Let a user log in again.
    Activate(Named),
    /// List users in the order of their names.
    List(List),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// What the user logs in with.
    username: String,
    /// An address for mail, where the users' table has a column for it.
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    #[command(flatten)]
    source: password::Source,
    /// An account that no password opens.
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Passwd {
    /// Whose.
    username: String,
    #[command(flatten)]
    source: password::Source,
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    /// Who.
    username: String,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
    /// How many at most.
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    limit: u32,
    /// Those whose names come after this one.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "USERNAME")]
    after: String,
}

pub(crate) fn run(global: &Global, command: UserCommand) -> Done {
    match command {
        UserCommand::Add(arguments) => add(global, &arguments),
        UserCommand::Passwd(arguments) => passwd(global, &arguments),
        UserCommand::Deactivate(arguments) => set_active(global, &arguments.username, false),
        UserCommand::Activate(arguments) => set_active(global, &arguments.username, true),
        UserCommand::List(arguments) => list(global, &arguments),
    }
}

fn add(global: &Global, arguments: &Add) -> Done {
    let config = global.config(Vec::new())?;
    block_on(async {
        let store = store(&config, true).await?;
        // Whoever types a password should not have done so in vain.
        if store.find_user(&arguments.username).await?.is_some() {
            return Err(tegata_sqlx::CreateUserError::Taken.into());
        }
        let password = if arguments.no_password { None } else { Some(arguments.source.read()?) };
        let user = NewUser {
            username: &arguments.username,
            password: password.as_ref().map(|password| password.as_str()),
            email: &arguments.email,
        };
        let made = store.create_user(user, time::now()).await?;
        output::line(format!("added {} (id {})", output::plain(&arguments.username), made.id))
    })
}

fn passwd(global: &Global, arguments: &Passwd) -> Done {
    let config = global.config(Vec::new())?;
    let engine = keys::engine(&config)?;
    block_on(async {
        let store = store(&config, false).await?;
        let user = user_named(&store, &arguments.username).await?;
        let password = arguments.source.read()?;
        let is_there =
            store.set_password(&engine, &user.state.id, &password, None, time::now()).await?;
        require(is_there, &arguments.username)?;
        output::line(format!(
            "{} has another password, and no session",
            output::plain(&user.username)
        ))
    })
}

fn set_active(global: &Global, username: &str, is_active: bool) -> Done {
    let config = global.config(Vec::new())?;
    let engine = keys::engine(&config)?;
    block_on(async {
        let store = store(&config, false).await?;
        let user = user_named(&store, username).await?;
        if config.users.is_active.is_none() {
            return Err(Failure::no("no column of the users' table says who is active")
                .hint("name it as `is_active` in the table `users` of the configuration"));
        }
        let is_there = store.set_active(&engine, &user.state.id, is_active, time::now()).await?;
        require(is_there, username)?;
        let name = output::plain(&user.username);
        output::line(if is_active {
            format!("{name} may log in")
        } else {
            format!("{name} may not log in any more, and has no session")
        })
    })
}

fn require(is_there: bool, username: &str) -> Done {
    if is_there {
        return Ok(());
    }
    Err(Failure::no(format!("`{}` was deleted meanwhile", output::plain(username))))
}

fn list(global: &Global, arguments: &List) -> Done {
    let config = global.config(Vec::new())?;
    let users: Vec<User> = block_on(async {
        let store: SqlxStore = store(&config, false).await?;
        Ok(store.list_users(&arguments.after, arguments.limit).await?)
    })?;
    if arguments.json {
        let objects: Vec<_> = users
            .iter()
            .map(|user| {
                json!({
                    "id": user.state.id,
                    "username": user.username,
                    "is_active": user.state.is_active,
                    "has_usable_password": user.has_usable_password,
                    "last_login": user.last_login.map(time::rfc3339),
                })
            })
            .collect();
        return output::json(&objects);
    }
    if users.is_empty() {
        output::note("no users");
        return Ok(());
    }
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            vec![
                output::plain(&user.username),
                user.state.id.to_string(),
                yes(user.state.is_active),
                yes(user.has_usable_password),
                user.last_login.map_or_else(|| "-".to_owned(), time::date),
            ]
        })
        .collect();
    output::table(&["username", "id", "active", "password", "last login"], &rows)?;
    if users.len() >= arguments.limit as usize
        && let Some(last) = users.last()
    {
        output::note(format!("hint: for the next ones, --after {}", output::plain(&last.username)));
    }
    Ok(())
}

fn yes(is_so: bool) -> String {
    if is_so { "yes".to_owned() } else { "no".to_owned() }
}
