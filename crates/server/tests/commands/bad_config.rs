use crate::folder::{Folder, said};

#[test]
fn each_mistake_is_named_with_its_mend_and_a_code_of_its_own() {
    let folder = Folder::new();
    for (toml, message) in [
        (
            "isuer = \"x\"",
            "error: tegata.toml:1: there is no key `isuer`\nhint: did you mean `issuer`?\n",
        ),
        (
            "\nissuer = 5",
            "error: tegata.toml:2: `issuer` must be a string\nhint: the default is `issuer = \"tegata\"`\n",
        ),
        ("issuer =", "error: tegata.toml:1: no TOML"),
        ("keys = \"keys.json\"", "error: keys.json: there is no such file\nhint: "),
        ("policy = \"policy.json\"", "error: policy.json: there is no such file\nhint: "),
        ("leeway = \"3m\"", "error: tegata.toml:1: `leeway` must be from 0 to 120 seconds\n"),
    ] {
        folder.write("tegata.toml", toml);
        let said = folder.run(&["keys", "list"]);
        assert_eq!((said.code, &*said.out), (Some(3), ""), "{toml}");
        assert!(said.err.starts_with(message), "{toml}: {}", said.err);
    }
}

#[test]
fn the_environment_and_flags_are_named_too() {
    let folder = Folder::new();
    folder.good(&["keys", "generate"]);
    let mut command = folder.command(&["keys", "list"]);
    command.env("TEGATA_LEEWAY", "soon");
    let told = said(command, "");
    assert_eq!(told.code, Some(3));
    assert!(
        told.err.starts_with("error: TEGATA_LEEWAY: `leeway` must be a duration"),
        "{}",
        told.err
    );
    let mut command = folder.command(&["keys", "list"]);
    command.env("TEGATA_ISUER", "x");
    let told = said(command, "");
    assert_eq!(told.code, Some(0));
    assert!(told.err.contains("did you mean TEGATA_ISSUER?"), "{}", told.err);
    let told = folder.run(&["keys", "list", "--set", "isuer=x"]);
    assert_eq!(
        (told.code, &*told.err),
        (Some(3), "error: --set isuer: there is no key `isuer`\nhint: did you mean `issuer`?\n")
    );
    let told = folder.run(&["keys", "list", "--config", "other.toml"]);
    assert!(told.err.starts_with("error: other.toml: there is no such file"), "{}", told.err);
}

#[test]
fn a_file_of_keys_that_cannot_be_is_named_and_not_shown() {
    let folder = Folder::new();
    for (text, problem) in [
        ("", ""),
        ("hunter2", "though its name says so"),
        ("{\"keys\": []}", "a JWK Set without keys"),
        (
            "{\"keys\": [{\"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"aHVudGVyMg\"}]}",
            "keys[0]: ",
        ),
        ("{\"kty\": \"OKP\"", "is no JSON object"),
    ] {
        folder.write("keys.json", text);
        folder.set_mode("keys.json", 0o600);
        let told = folder.run(&["keys", "list", "--set", "keys=keys.json"]);
        assert_eq!(told.code, Some(3), "{text}");
        assert!(
            told.err.starts_with("error: keys.json: ") && told.err.contains(problem),
            "{}",
            told.err
        );
        assert!(!told.err.contains("hunter2") && !told.err.contains("aHVudGVyMg"), "{}", told.err);
    }
    std::fs::create_dir(folder.path("folder")).expect("a folder can be made");
    let told = folder.run(&["keys", "list", "--set", "keys=folder"]);
    assert!(told.err.contains("folder: "), "{}", told.err);
}

#[test]
fn a_database_of_a_newer_version_or_of_none_is_refused() {
    let folder = Folder::with_ada();
    folder.sql("UPDATE tegata_schema SET version = 99");
    let told = folder.run(&["user", "list"]);
    assert_eq!(told.code, Some(4));
    assert!(told.err.contains("a newer version of Tegata"), "{}", told.err);
    assert!(told.err.contains("\nhint: upgrade this program"), "{}", told.err);
    folder
        .write("noise.db", "this is no database, whatever its name says, and long enough to tell");
    let told = folder.run(&["user", "list", "--database", "sqlite://noise.db"]);
    assert_eq!(told.code, Some(4), "{}", told.err);
    let told = folder.run(&["user", "list", "--database", "mysql://me:s3cret@db/site"]);
    assert_eq!(told.code, Some(4));
    assert!(!told.err.contains("s3cret"), "{}", told.err);
    let told = folder.run(&["user", "list", "--database", "postgres://me:s3cret@127.0.0.1:1/site"]);
    assert_eq!(told.code, Some(4));
    assert!(told.err.contains("does not answer") && !told.err.contains("s3cret"), "{}", told.err);
}
