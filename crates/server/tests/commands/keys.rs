use std::collections::BTreeSet;

use crate::folder::{Folder, exists, now};

#[test]
fn a_key_is_made_beside_the_database_for_its_owner_alone() {
    let folder = Folder::new();
    let said = folder.run(&["keys", "generate"]);
    assert!(said.err.contains("wrote tegata-keys.json (EdDSA)"), "{}", said.err);
    assert_eq!(folder.mode("tegata-keys.json"), 0o600);
    let before = folder.read("tegata-keys.json");

    let said = folder.run(&["keys", "generate"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("is there already"), "{}", said.err);
    assert_eq!(folder.read("tegata-keys.json"), before);
}

#[test]
fn keys_of_every_form_are_made_and_read_again() {
    let folder = Folder::new();
    for (algorithm, format) in
        [("ES256", "pem"), ("EdDSA", "jwk"), ("HS256", "jwks"), ("RS256", "pem"), ("ES512", "jwks")]
    {
        let name = format!("{algorithm}.{format}");
        folder.good(&[
            "keys",
            "generate",
            "--algorithm",
            algorithm,
            "--format",
            format,
            "--out",
            &name,
        ]);
        let (keys, set) = (format!("keys={name}"), format!("algorithm={algorithm}"));
        let listed = folder.json(&["keys", "list", "--json", "--set", &keys, "--set", &set]);
        assert_eq!(listed[0]["algorithm"], algorithm);
        assert_eq!(listed[0]["signs"], true);
        assert!(listed[0]["kid"].is_string() || format == "pem");
    }
    let said =
        folder.run(&["keys", "generate", "--algorithm", "HS256", "--format", "pem", "--out", "x"]);
    assert_eq!(said.code, Some(2));
    assert!(folder.good(&["keys", "generate", "--out", "-"]).contains("\"keys\""));
    let said = folder.run(&["keys", "generate", "--algorithm", "none"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("known are HS256"), "{}", said.err);
}

#[test]
fn a_rotation_publishes_waits_and_changes_nothing_unless_it_is_due() {
    let folder = Folder::new();
    folder.good(&["keys", "generate"]);
    folder.set_mode("tegata-keys.json", 0o640);
    let before = folder.read("tegata-keys.json");
    let said = folder.run(&["keys", "rotate"]);
    assert!(said.err.contains("nothing is to be done; a new key is due"), "{}", said.err);
    let said = folder.run(&["keys", "rotate", "--force", "--dry-run"]);
    assert!(said.out.contains("published") && said.err.contains("--dry-run"), "{}", said.err);
    assert_eq!(folder.read("tegata-keys.json"), before);

    folder.good(&["keys", "rotate", "--force"]);
    let states = || {
        let listed = folder.json(&["keys", "list", "--json"]);
        let state = |key: &serde_json::Value| key["state"].as_str().expect("a state").to_owned();
        listed.as_array().expect("keys").iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(states(), ["published", "signing"]);
    assert_eq!(folder.mode("tegata-keys.json"), 0o640, "the mode stays");
    folder.good(&["keys", "rotate", "--now"]);
    assert_eq!(states(), ["signing", "retired"]);
    assert!(!exists(&folder, ".tegata-keys.json.new"));
}

#[test]
fn rotations_at_once_wait_for_each_other() {
    let folder = Folder::new();
    folder.good(&["keys", "generate"]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| folder.good(&["keys", "rotate", "--force"]));
        }
    });
    let listed = folder.json(&["keys", "list", "--json"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
}

#[test]
fn a_token_is_good_before_and_after_a_rotation() {
    let folder = Folder::with_ada();
    let token = folder.log_in("ada", now()).access_token;
    folder.good(&["keys", "rotate", "--now"]);
    let said = folder.run_with(&["token", "verify", "--session"], &token);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
}

#[test]
fn what_is_no_jwk_set_is_not_rotated() {
    let folder = Folder::new();
    folder.good(&["keys", "generate", "--format", "pem", "--out", "key.pem"]);
    let said = folder.run(&["keys", "rotate", "--set", "keys=key.pem"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("is no JWK Set"), "{}", said.err);
}

#[test]
fn an_export_is_a_policy_for_another_server() {
    let folder = Folder::with_ada();
    let public = folder.json(&["keys", "export"]);
    assert_eq!(public["jwks"]["keys"][0].get("d"), None);
    assert_eq!(folder.run(&["keys", "export", "--private"]).code, Some(2), "it is not printed");

    let said = folder.run(&[
        "keys",
        "export",
        "--private",
        "--out",
        "policy.json",
        "--set",
        "issuer=https://a.example",
        "--set",
        "login_throttle={ account_and_address = \"3/m\", address = \"none\" }",
    ]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(folder.mode("policy.json"), 0o600);
    let again = folder.json(&["keys", "export", "--policy", "policy.json"]);
    let first: serde_json::Value =
        serde_json::from_str(&folder.read("policy.json")).expect("it is JSON");
    for (name, value) in first.as_object().expect("an object") {
        assert!(name == "jwks" || again[name] == *value, "{name}");
    }
    let kids = |document: &serde_json::Value| {
        let keys = document["jwks"]["keys"].as_array().expect("keys");
        keys.iter().map(|key| key["kid"].to_string()).collect::<BTreeSet<_>>()
    };
    assert_eq!(kids(&first), kids(&again));
    let said = folder.run(&["keys", "rotate", "--policy", "policy.json"]);
    assert!(said.err.contains("belong to Django"), "{}", said.err);
}

#[test]
fn a_file_that_others_can_read_is_warned_of() {
    let folder = Folder::new();
    folder.good(&["keys", "generate"]);
    assert_eq!(folder.run(&["keys", "list"]).err, "");
    folder.set_mode("tegata-keys.json", 0o644);
    let said = folder.run(&["keys", "list"]);
    assert_eq!(said.code, Some(0));
    assert!(
        said.err.starts_with("warning: other accounts of this machine may read"),
        "{}",
        said.err
    );
    assert!(said.err.contains("chmod 600 tegata-keys.json"), "{}", said.err);
}
