//! What a server cannot begin with, and what can go wrong while it runs.

use std::process::Command;

use serde_json::json;

use crate::server::{Server, Site};

#[test]
fn a_port_in_use_is_said_with_its_mend() {
    let server = Site::new().serve();
    let said = Site::new().with("listen", server.address()).refusal();
    let expected = format!("error: cannot listen at {}: ", server.address());
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("\nhint: another program has this port"), "{said}");
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let site = Site::new();
    drop(site.serve());
    site.run_sql("UPDATE tegata_schema SET version = 99");
    let said = site.refusal();
    assert!(said.contains("error: the tables were made by a newer version of Tegata"), "{said}");
    assert!(said.contains("\nhint: upgrade this program"), "{said}");
}

#[test]
fn a_database_that_is_not_there_is_said() {
    let said = Site::new().with("database", "sqlite:///nowhere/at/all.db").refusal();
    assert!(said.contains("error: the database does not answer"), "{said}");
    assert!(said.contains("\nhint: "), "{said}");
}

#[test]
fn the_demo_makes_no_account_beside_one_of_somebody_else() {
    let site = Site::demo();
    drop(site.serve());
    site.run_sql("UPDATE auth_user SET password = '!' WHERE username = 'admin'");
    let said = site.refusal();
    assert!(said.contains("the user `admin` has another password than the demo's"), "{said}");
}

#[test]
fn a_database_that_takes_no_writes_is_unavailable_and_the_log_says_so() {
    let mut site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    drop(site.serve());
    let database = site.path("auth.db");
    site.set("database", &format!("sqlite://{}?mode=ro", database.display()));
    let server = site.serve();
    let answer = server.post("/auth/signup/", &sign_up("ada"));
    assert_eq!((answer.status, answer.code().as_str()), (503, "service_unavailable"));
    assert_eq!(server.get("/healthz").status, 200, "what reads is served");
    let log = server.log();
    assert!(log.contains("ERROR") && log.contains("the database takes no writes"), "{log}");
}

#[test]
fn a_database_without_room_is_unavailable_and_the_log_says_so() {
    let site =
        Site::new().with("hooks", r#"{ sign_up = ["true"] }"#).with("login_throttle", "none");
    drop(site.serve());
    let bytes = std::fs::metadata(site.path("auth.db")).expect("it is there").len();
    // No file of the process grows beyond this, as on a disk that fills up.
    let blocks = (bytes + 64 * 1024) / 512;
    let mut shell = Command::new("sh");
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" serve");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_tegata")]);
    let server = Server::of(site.command_of(shell));
    let mut answers =
        (0..100).map(|number| server.post("/auth/signup/", &sign_up(&number.to_string())));
    let full = answers.find(|answer| answer.status != 201).expect("there is an end");
    assert_eq!((full.status, full.code().as_str()), (503, "service_unavailable"));
    assert_eq!(server.get("/healthz").status, 200, "what reads is served");
    let log = server.log();
    assert!(log.contains("ERROR") && log.contains("the session store failed"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

fn sign_up(username: &str) -> serde_json::Value {
    json!({"username": username, "password": "a long secret"})
}
