//! The program, run for one test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::http::{Answer, Request};

/// How long anything may take; it is reached by what is broken alone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a key, for one server or several after another.
pub(crate) struct Site {
    folder: Arc<TempDir>,
    settings: Vec<(String, String)>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        write_secret(&folder.path().join("key.txt"), &"k".repeat(64));
        let mut site = Self { folder, settings: Vec::new() };
        site.set("listen", "127.0.0.1:0");
        site.set("algorithm", "HS256");
        let key = site.path("key.txt");
        site.set("keys", &key.display().to_string());
        let database = site.path("auth.db");
        site.set("database", &format!("sqlite://{}", database.display()));
        site
    }

    pub(crate) fn demo() -> Self {
        Self::new().with("demo", "true")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.push((format!("TEGATA_{}", name.to_uppercase()), value.to_owned()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `tegata serve`, by way of `program` if that is another.
    pub(crate) fn command_of(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TEGATA_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
        command.arg("serve");
        self.command_of(command)
    }

    /// Another command with the same configuration.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
        command.args(arguments);
        let output = self.command_of(command).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    pub(crate) fn serve(&self) -> Server {
        let mut server = Server::of(self.command());
        // A site that nobody keeps must not take the database with it.
        server.folder = Some(Arc::clone(&self.folder));
        server
    }

    /// What the program says that does not start.
    pub(crate) fn refusal(&self) -> String {
        let output = self.command().output().expect("it runs");
        assert!(!output.status.success(), "it started");
        assert!(output.stdout.is_empty(), "it told that it listens");
        String::from_utf8(output.stderr).expect("text")
    }

    /// Carries out a statement in the database.
    pub(crate) fn run_sql(&self, sql: &'static str) {
        use sqlx::Executor as _;
        self.with_database(async |connection| {
            connection.execute(sql).await.expect("it is right");
        });
    }

    /// The one number that a query gives.
    pub(crate) fn number(&self, sql: &'static str) -> i64 {
        self.with_database(async |connection| {
            sqlx::query_scalar(sql).fetch_one(connection).await.expect("it is right")
        })
    }

    fn with_database<T>(&self, work: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> T) -> T {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", self.path("auth.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("one").block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a file");
            let given = work(&mut connection).await;
            connection.close().await.expect("it closes");
            given
        })
    }
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).mode(0o600).open(path).expect("a file");
    file.write_all(text.as_bytes()).expect("there is room");
}

/// A server that runs; it ends with this.
pub(crate) struct Server {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    log: std::thread::JoinHandle<String>,
    folder: Option<Arc<TempDir>>,
    /// Such as `http://127.0.0.1:4711`, or `unix:/…`.
    pub(crate) place: String,
}

impl Server {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("it runs");
        let mut stderr = child.stderr.take().expect("it is piped");
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _end = stderr.read_to_string(&mut text);
            text
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says something");
        let Some(place) = line.trim_end().strip_prefix("listening on ") else {
            let _ended = child.wait();
            panic!("it did not start: {}", log.join().unwrap_or_default());
        };
        Self { place: place.to_owned(), child, _stdout: stdout, log, folder: None }
    }

    /// Such as `127.0.0.1:4711`.
    pub(crate) fn address(&self) -> &str {
        self.place.strip_prefix("http://").expect("it listens on TCP")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        Request::new("GET", path).send(self.address())
    }

    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        Request::new("POST", path).json(body).send(self.address())
    }

    /// Sends SIGTERM.
    pub(crate) fn tell_to_end(&self) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &pid]).status().expect("there is kill");
        assert!(status.success());
    }

    /// Whether it has ended by itself, waiting for that.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it, and gives its log.
    pub(crate) fn log(mut self) -> String {
        self.tell_to_end();
        assert!(self.wait().success());
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new));
        log.join().expect("it was read")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
