use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tegata::{
    Bounds, CustomClaims, Device, Engine, KeySet, Policy, SystemRandomness, Timestamp, Tokens, host,
};
use tegata_sqlx::SqlxStore;
use tempfile::TempDir;

pub(crate) const SECRET: &str = "correct horse";

/// A folder that commands run in, with nothing in it at first.
pub(crate) struct Folder(TempDir);

/// What a command has said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }

    /// One with a user `ada` and a file of keys.
    pub(crate) fn with_ada() -> Self {
        let folder = Self::new();
        folder.add("ada");
        folder.good(&["keys", "generate"]);
        folder
    }

    /// An account that logs in without a password being asked, since to hash one takes long.
    pub(crate) fn add(&self, username: &str) {
        self.good(&["user", "add", username, "--no-password"]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file can be read")
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.path(name), permissions).expect("a mode can be set");
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        let data = fs::metadata(self.path(name)).expect("the file is there");
        data.permissions().mode() & 0o777
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
        command.args(arguments).current_dir(self.0.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TEGATA_") {
                command.env_remove(name);
            }
        }
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Said {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with<A: AsRef<OsStr>>(&self, arguments: &[A], input: &str) -> Said {
        said(self.command(arguments), input)
    }

    /// What a command says that must succeed.
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
        said.out
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.good(arguments)).expect("it is JSON")
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite://{}", self.path("tegata.db").display())
    }

    /// Logs a user in as a server with the folder's database and keys would.
    pub(crate) fn log_in(&self, username: &str, at: Timestamp) -> Tokens {
        let keys = KeySet::from_private_jwks(&self.read("tegata-keys.json")).expect("it has keys");
        let engine = Engine::new(Policy::default(), keys).expect("an engine");
        block_on(async {
            let store = SqlxStore::connect(&self.url()).await.expect("it can be reached");
            let user =
                store.find_user(username).await.expect("it answers").expect("the user is there");
            let (device, bounds) = (Device::new(Some("192.0.2.1"), "Firefox"), Bounds::none());
            let custom = CustomClaims::none();
            let random = SystemRandomness;
            let tokens =
                host::log_in(&engine, &store, at, &random, &user.state, device, &bounds, &custom);
            let tokens = tokens.await.expect("the login is right");
            store.close().await;
            tokens
        })
    }

    /// Runs a statement on the database.
    pub(crate) fn sql(&self, sql: &'static str) {
        use sqlx::Connection as _;
        block_on(async {
            let connection = sqlx::SqliteConnection::connect(&self.url()).await;
            let mut connection = connection.expect("it can be reached");
            sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statement is right");
            connection.close().await.expect("it can be closed");
        });
    }
}

pub(crate) fn said(mut command: Command, input: &str) -> Said {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the binary runs");
    // Whoever needs no input may have ended.
    let _unread = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    Said { code: status.code(), out: text(stdout), err: text(stderr) }
}

pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    Timestamp::from_seconds(0).plus(since_1970)
}

pub(crate) fn exists(folder: &Folder, name: &str) -> bool {
    Path::new(&folder.path(name)).exists()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}
