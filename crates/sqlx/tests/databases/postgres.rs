//! A throw-away PostgreSQL server, for as long as its value lives.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const MISSING: &str = "PostgreSQL's server program `initdb` was not found\n\
    hint: install the package `postgresql` (Debian, Ubuntu, Homebrew) or `postgresql-server` \
    (Fedora), or put the folder of `initdb` on PATH";

// The guard outlives its parent, however that one ends: the pipe it reads from is then closed, and
// it stops the server that it was given and removes the folder.
const GUARD: &str = r#"
cat >/dev/null
"$1" stop --pgdata "$2/data" --mode fast --timeout 20 --silent >/dev/null 2>&1 ||
    "$1" stop --pgdata "$2/data" --mode immediate --silent >/dev/null 2>&1
rm -rf -- "$2"
"#;

pub(crate) struct Server {
    guard: Child,
    port: u16,
    databases: AtomicU32,
}

/// The account to run as when this process is root, which PostgreSQL refuses.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Server {
    /// `None`, with a message, where PostgreSQL is not installed; with `CI` set that is a failure.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            assert!(std::env::var_os("CI").is_none(), "{MISSING}");
            eprintln!("left out: {MISSING}");
            return None;
        };
        let folder = std::env::temp_dir().join(format!("tegata-sqlx-pg-{}", std::process::id()));
        let account = account();
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("a folder for the server");
        if let Some(Account { user, group }) = account {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).expect("give it away");
        }
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(programs.join("pg_ctl")).arg(&folder);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        guard.current_dir(&folder).process_group(0);
        let guard = drop_to(&mut guard, account).spawn().expect("start the guard");
        let mut server = Self { guard, port: 0, databases: AtomicU32::new(0) };
        server.port = run(&programs, &folder, account);
        Some(server)
    }

    /// The address of a database of that name.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://tegata@127.0.0.1:{}/{database}", self.port)
    }

    /// A name that no database has yet.
    pub(crate) fn new_name(&self) -> String {
        format!("tegata_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn run(programs: &Path, folder: &Path, account: Option<Account>) -> u16 {
    let (data, log) = (folder.join("data"), folder.join("log"));
    let run = |program: &str, arguments: &[&str]| {
        // Not a pipe: the server would inherit it, and reading from it would never end.
        let output = OpenOptions::new().append(true).create(true).open(&log).expect("the log");
        let errors = output.try_clone().expect("the log");
        let mut command = Command::new(programs.join(program));
        command.args(arguments).current_dir(folder);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let status = drop_to(&mut command, account).status().expect("run the program");
        if status.success() { Ok(()) } else { Err(fs::read_to_string(&log).unwrap_or_default()) }
    };
    let data_text = data.to_str().expect("the folder has a plain name");
    let arguments = ["--pgdata", data_text, "--username", "tegata", "--auth", "trust"];
    let more = ["--encoding", "UTF8", "--no-locale", "--no-sync"];
    run("initdb", &[&arguments[..], &more[..]].concat()).expect("initdb");

    // Another program can take the port between the choice and the start, so it is chosen again.
    for _ in 0..5 {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
        let port = port.expect("a free port").port();
        configure(&data, folder, port);
        match run("pg_ctl", &["start", "--pgdata", data_text, "--wait", "--timeout", "60"]) {
            Ok(()) => return port,
            Err(said) if said.contains("Address already in use") => {}
            Err(said) => panic!("PostgreSQL did not start:\n{said}"),
        }
    }
    panic!("there is no free port");
}

// Durability is worth nothing for data that lives for one run, and costs most of its time.
fn configure(data: &Path, folder: &Path, port: u16) {
    let configuration = File::options().append(true).open(data.join("postgresql.conf"));
    write!(
        configuration.expect("the configuration"),
        "\nlisten_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\n\
         fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n",
        folder.display(),
    )
    .expect("configure the server");
}

fn drop_to(command: &mut Command, account: Option<Account>) -> &mut Command {
    match account {
        Some(Account { user, group }) => command.uid(user).gid(group),
        None => command,
    }
}

fn account() -> Option<Account> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let of = |name| Some(Account { user: id(&["-u", name])?, group: id(&["-g", name])? });
    Some(of("postgres").or_else(|| of("nobody")).expect("an account `postgres` or `nobody`"))
}

/// The folder of the newest `initdb` and `pg_ctl`, one on PATH first.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| parent != "/usr" || path.to_string_lossy().contains("pgsql-"))
            .collect();
        found.sort_by_key(|path| std::cmp::Reverse(version(path)));
        folders.extend(found.into_iter().map(|path| path.join(below)));
    }
    folders
        .into_iter()
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf))
        .find(|folder| folder.join("pg_ctl").is_file())
}

/// The number in a folder's name, so that version 15 comes before version 9.
fn version(folder: &Path) -> u32 {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
