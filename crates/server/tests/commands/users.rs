use crate::folder::{Folder, SECRET, exists, now};

#[test]
fn a_user_is_added_in_a_database_that_its_owner_alone_can_read() {
    let folder = Folder::new();
    let said = folder.run_with(&["user", "add", "ada", "--password-stdin"], "correct horse\n");
    assert_eq!((said.code, &*said.out), (Some(0), "added ada (id 1)\n"), "{}", said.err);
    assert_eq!(folder.mode("tegata.db"), 0o600);
    let users = folder.json(&["user", "list", "--json"]);
    assert_eq!(users[0]["username"], "ada");
    assert_eq!((&users[0]["id"], &users[0]["is_active"]), (&1.into(), &true.into()));
    assert!(folder.good(&["user", "list"]).contains("ada"));
    folder.good(&["keys", "generate"]);
    folder.log_in("ada", now());
}

#[test]
fn a_name_is_taken_before_a_password_is_asked_for() {
    let folder = Folder::with_ada();
    let said = folder.run(&["user", "add", "ada"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("error: there is a user of that name already"), "{}", said.err);
}

#[test]
fn unfit_passwords_are_refused_and_never_shown() {
    let folder = Folder::new();
    for (input, problem) in [
        ("short", "less than 8 characters"),
        ("", "less than 8 characters"),
        ("with a \0 inside", "no form can send"),
    ] {
        let said = folder.run_with(&["user", "add", "ada", "--password-stdin"], input);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(problem), "{}", said.err);
        assert!(input.is_empty() || !said.err.contains(input));
    }
    let long = "a".repeat(5000);
    let said = folder.run_with(&["user", "add", "ada", "--password-stdin"], &long);
    assert!(said.err.contains("longer than 4096 bytes"), "{}", said.err);
    let said = folder.run(&["user", "add", "ada", SECRET]);
    assert_eq!(said.code, Some(2), "a password is no argument");
}

#[test]
fn an_account_without_a_password_can_be_given_one() {
    let folder = Folder::new();
    folder.good(&["user", "add", "robot", "--no-password"]);
    assert_eq!(folder.json(&["user", "list", "--json"])[0]["has_usable_password"], false);
    let said = folder.run_with(&["user", "passwd", "robot", "--password-stdin"], SECRET);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(folder.json(&["user", "list", "--json"])[0]["has_usable_password"], true);
}

#[test]
fn another_password_and_a_deactivation_end_all_sessions() {
    let folder = Folder::with_ada();
    let active =
        || folder.json(&["session", "list", "--active", "--json"]).as_array().map(Vec::len);
    folder.log_in("ada", now());
    assert_eq!(active(), Some(1));
    folder.run_with(&["user", "passwd", "ada", "--password-stdin"], "another secret");
    assert_eq!(active(), Some(0));

    folder.log_in("ada", now());
    let said = folder.good(&["user", "deactivate", "ada"]);
    assert_eq!(said, "ada may not log in any more, and has no session\n");
    assert_eq!(active(), Some(0));
    assert_eq!(folder.json(&["user", "list", "--json"])[0]["is_active"], false);
    folder.good(&["user", "activate", "ada"]);
    assert_eq!(folder.json(&["user", "list", "--json"])[0]["is_active"], true);
}

#[test]
fn nobody_is_an_error_with_a_hint() {
    let folder = Folder::with_ada();
    for command in ["passwd", "deactivate", "activate"] {
        let said = folder.run(&["user", command, "b\u{1b}ob"]);
        assert_eq!(said.code, Some(1));
        assert!(
            said.err.starts_with("error: there is no user `b\u{fffd}ob`\nhint: "),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_database_that_is_not_there_is_only_made_for_a_user() {
    let folder = Folder::new();
    for arguments in [&["user", "list"][..], &["session", "list"], &["session", "purge"]] {
        let said = folder.run(arguments);
        assert_eq!(said.code, Some(4));
        assert!(said.err.contains("there is no database `tegata.db`"), "{}", said.err);
    }
    assert!(!exists(&folder, "tegata.db"));
}
