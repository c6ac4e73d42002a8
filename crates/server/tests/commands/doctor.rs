use serde_json::Value;

use crate::folder::{Folder, exists, said};

fn findings(folder: &Folder, more: &[&str]) -> (Option<i32>, Vec<(String, String, String)>) {
    let arguments = [&["doctor", "--json"], more].concat();
    let told = folder.run(&arguments);
    let all: Value = serde_json::from_str(&told.out).expect("it is JSON");
    let text = |each: &Value, name: &str| each[name].as_str().unwrap_or_default().to_owned();
    let all = all.as_array().expect("a list").iter();
    let all = all.map(|each| (text(each, "what"), text(each, "state"), text(each, "text")));
    (told.code, all.collect())
}

fn state<'a>(all: &'a [(String, String, String)], what: &str) -> &'a str {
    all.iter().find(|each| each.0 == what).map_or("", |each| &each.1)
}

#[test]
fn a_good_place_is_said_to_be_good() {
    let folder = Folder::with_ada();
    let (code, all) = findings(
        &folder,
        &["--set", "issuer=https://auth.example", "--set", "trusted_proxies=127.0.0.1"],
    );
    assert_eq!(code, Some(0));
    for what in ["configuration", "database", "clock", "rows", "keys", "rotation", "proxies"] {
        assert_eq!(state(&all, what), "ok", "{what}: {all:?}");
    }
    assert!(all.iter().all(|each| each.1 == "ok"), "{all:?}");
    assert!(folder.good(&["doctor"]).contains("ok    database: "));
}

#[test]
fn what_is_not_there_yet_is_not_made_by_looking() {
    let folder = Folder::new();
    let (code, all) = findings(&folder, &[]);
    assert_eq!((code, state(&all, "database"), state(&all, "keys")), (Some(0), "warn", "warn"));
    assert!(!exists(&folder, "tegata.db") && !exists(&folder, "tegata-keys.json"));
}

#[test]
fn files_that_others_can_read_are_told_of() {
    let folder = Folder::with_ada();
    folder.set_mode("tegata-keys.json", 0o644);
    folder.set_mode("tegata.db", 0o644);
    let (code, all) = findings(&folder, &[]);
    assert_eq!(code, Some(0));
    assert_eq!((state(&all, "key file"), state(&all, "database file")), ("warn", "warn"));
    assert!(folder.good(&["doctor"]).contains("hint: chmod 600 tegata-keys.json"));
}

#[test]
fn what_keeps_a_server_from_starting_fails() {
    let folder = Folder::with_ada();
    folder.write("tegata.toml", "isuer = \"x\"");
    let (code, all) = findings(&folder, &[]);
    assert_eq!((code, state(&all, "configuration")), (Some(1), "fail"));
    folder.write("tegata.toml", "");

    folder.write("tegata-keys.json", "{}");
    let (code, all) = findings(&folder, &[]);
    assert_eq!((code, state(&all, "keys"), state(&all, "database")), (Some(1), "fail", "ok"));
    let (code, all) = findings(&folder, &["--database", "postgres://me:s3cret@127.0.0.1:1/site"]);
    assert_eq!((code, state(&all, "database")), (Some(1), "fail"));
    assert!(!format!("{all:?}").contains("s3cret"));
}

#[test]
fn odd_settings_are_warned_of() {
    let folder = Folder::with_ada();
    for (what, set) in [
        ("proxies", "listen=0.0.0.0:80"),
        ("proxies", "listen=unix:/run/tegata.sock"),
        ("throttle", "login_throttle=none"),
        ("demo", "demo=true"),
        ("rows", "session_retention=none"),
        ("hooks", "hooks={ sign_up = \"http://example.org/hook\" }"),
        ("policy", "only_in_django=TENANT"),
    ] {
        let (code, all) = findings(&folder, &["--set", set]);
        assert_eq!((code, state(&all, what)), (Some(0), "warn"), "{set}: {all:?}");
    }
    for set in ["cookie_secure=false", "cookie_samesite=None", "cookie_domain=example.org"] {
        let (_, all) = findings(&folder, &["--set", "transport=cookie", "--set", set]);
        assert_eq!(state(&all, "cookies"), "warn", "{set}: {all:?}");
    }
    let mut command = folder.command(&["doctor"]);
    command.env("TEGATA_ISUER", "x");
    assert!(said(command, "").out.contains("did you mean TEGATA_ISSUER?"));
}

#[test]
fn a_key_that_is_old_is_due() {
    let folder = Folder::with_ada();
    let mut keys: Value = serde_json::from_str(&folder.read("tegata-keys.json")).expect("JSON");
    keys["keys"][0]["nbf"] = 1_700_000_000.into();
    folder.write("tegata-keys.json", &keys.to_string());
    let (_, all) = findings(&folder, &[]);
    assert_eq!(state(&all, "rotation"), "warn", "{all:?}");
    folder.good(&["keys", "generate", "--format", "pem", "--out", "key.pem"]);
    let (_, all) = findings(&folder, &["--set", "keys=key.pem"]);
    assert_eq!(state(&all, "rotation"), "warn", "{all:?}");
}
