use std::time::Duration;

use crate::folder::{Folder, now};

const DAY: Duration = Duration::from_hours(24);

#[test]
fn sessions_are_listed_and_ended() {
    let folder = Folder::with_ada();
    folder.add("bob");
    assert_eq!(folder.run(&["session", "list"]).err, "no sessions\n");
    folder.log_in("ada", now());
    folder.log_in("bob", now().minus(DAY * 2));
    let list = |more: &[&str]| {
        let arguments = [&["session", "list", "--json"], more].concat();
        let listed = folder.json(&arguments);
        let names = listed.as_array().expect("a list").iter();
        names.map(|each| each["username"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["ada", "bob"], "the newest comes first");
    assert_eq!(list(&["--user", "bob"]), ["bob"]);
    assert_eq!(list(&["--since", "1d"]), ["ada"]);
    let said = folder.run(&["session", "list", "--limit", "1"]);
    assert!(said.out.contains("ada") && !said.out.contains("bob"), "{}", said.out);
    assert!(said.err.contains("there are more than 1"), "{}", said.err);

    let id = folder.json(&["session", "list", "--json"])[0]["id"].clone();
    let id = id.as_str().expect("an id");
    assert_eq!(folder.good(&["session", "end", id, "--dry-run"]), "1 session would be ended\n");
    assert_eq!(folder.good(&["session", "end", id]), "1 session ended\n");
    assert_eq!(folder.good(&["session", "end", id]), "0 sessions ended\n");
    assert_eq!(list(&["--ended"]), ["ada"]);
    assert_eq!(list(&["--active"]), ["bob"]);
    assert_eq!(
        folder.good(&["session", "end", "--user", "bob", "--dry-run"]),
        "1 session would be ended\n"
    );
    assert_eq!(
        folder.good(&["session", "end", "--all", "--dry-run"]),
        "1 session would be ended\n"
    );
    assert_eq!(folder.good(&["session", "end", "--all"]), "1 session ended\n");
}

#[test]
fn an_id_that_is_nobodys_ends_nothing() {
    let folder = Folder::with_ada();
    folder.log_in("ada", now());
    let known = folder.json(&["session", "list", "--json"])[0]["id"].clone();
    let nobodys = "A".repeat(43);
    let said = folder.run(&["session", "end", known.as_str().expect("an id"), &nobodys]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("hint: `tegata session list`"), "{}", said.err);
    assert_eq!(
        folder.json(&["session", "list", "--active", "--json"]).as_array().map(Vec::len),
        Some(1)
    );
    let like_an_option = "-".repeat(43);
    let said = folder.run(&["session", "end", &like_an_option]);
    assert!(said.err.contains(&like_an_option) && said.code == Some(1), "{}", said.err);
    assert_eq!(folder.run(&["session", "end", "42"]).code, Some(2));
    assert_eq!(folder.run(&["session", "end"]).code, Some(2));
    assert_eq!(folder.run(&["session", "end", "--all", "--user", "ada"]).code, Some(2));
}

#[test]
fn a_purge_removes_what_nothing_can_use() {
    let folder = Folder::with_ada();
    folder.log_in("ada", now());
    folder.log_in("ada", now().minus(DAY * 60));
    assert_eq!(folder.good(&["session", "purge", "--dry-run"]), "1 row would go\n");
    assert_eq!(folder.good(&["session", "purge", "--older-than", "90d"]), "0 rows removed\n");
    let said = folder.run(&["session", "purge", "--set", "session_retention=none"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("--older-than 30d"), "{}", said.err);
    assert_eq!(folder.good(&["session", "purge", "--at-once"]), "1 row removed\n");
    assert_eq!(folder.json(&["session", "list", "--json"]).as_array().map(Vec::len), Some(1));
}
