//! nginx with the configuration of the guide, for as long as it is held.

use std::env;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// It outlives the test, however that one ends: the pipe it reads from is then closed, and it ends
/// the server that it started.
const GUARD: &str = r#""$@" & server=$!; cat >/dev/null; kill -TERM "$server"; wait "$server""#;

pub(crate) struct Nginx {
    pub(crate) address: SocketAddr,
    guard: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it with the guide's server block in front of a service, asking an auth server; `None`
    /// if it is not installed, which is an error where no test may be left out.
    pub(crate) fn start(auth: SocketAddr, service: SocketAddr) -> Option<Self> {
        let Some(program) = program() else {
            let hint = "nginx is not installed; hint: install the package `nginx-light` (Debian, \
                        Ubuntu) or `nginx`, or put the folder of `nginx` on PATH";
            assert!(env::var_os("CI").is_none(), "{hint}");
            eprintln!("left out: {hint}");
            return None;
        };
        // Another program can take the port between the choice and the start.
        (0..5).find_map(|_| Self::try_start(&program, auth, service))
    }

    fn try_start(program: &Path, auth: SocketAddr, service: SocketAddr) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut site = block("nginx");
        for (of_guide, here) in [
            ("server 127.0.0.1:8000;", format!("server {auth};")),
            ("server 127.0.0.1:9000;", format!("server {service};")),
            ("listen 80;", format!("listen {address};")),
        ] {
            assert_eq!(site.matches(of_guide).count(), 1, "{of_guide}");
            site = site.replace(of_guide, &here);
        }
        fs::write(folder.path().join("nginx.conf"), main_configuration(folder.path(), &site))
            .unwrap();
        let log = folder.path().join("log");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(program)
            .arg("-e")
            .arg("stderr")
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(folder.path().join("nginx.conf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let nginx = Self { address, guard, _folder: folder };
        let begin = Instant::now();
        loop {
            if TcpStream::connect(address).is_ok() {
                return Some(nginx);
            }
            let said = fs::read_to_string(&log).unwrap();
            if said.contains("[emerg]") || begin.elapsed() > PATIENCE {
                assert!(said.contains("Address already in use"), "nginx did not start: {said}");
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Where Debian has it, and a user's PATH has not.
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nginx")).find(|program| program.is_file())
}

/// One process in the foreground, which writes nowhere but into its folder.
fn main_configuration(folder: &Path, site: &str) -> String {
    let folder = folder.display();
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
        .concat();
    format!(
        "daemon off; master_process off; pid {folder}/pid;\n\
         events {{ worker_connections 64; }}\n\
         http {{\naccess_log off;\n{places}{site}\n}}\n"
    )
}

/// The one block of the guide in that language.
pub(crate) fn block(language: &str) -> String {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    let page = fs::read_to_string(guides.join("reverse-proxies.md")).unwrap();
    let fence = format!("\n```{language}\n");
    let mut blocks = page.split(&fence).skip(1);
    let block = blocks.next().unwrap().split_once("\n```\n").unwrap().0.to_owned();
    assert!(blocks.next().is_none());
    block
}
