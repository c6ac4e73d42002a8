use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use crate::folder::Folder;

#[test]
fn nobody_who_reads_on_is_no_panic() {
    let folder = Folder::with_ada();
    for arguments in [
        &["user", "list"][..],
        &["keys", "list"],
        &["completions", "bash"],
        &["--help"],
        &["doctor"],
        &["keys", "export"],
    ] {
        let mut command = folder.command(arguments);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
    }
}

#[test]
fn arguments_and_variables_that_are_no_text_are_no_panic() {
    let folder = Folder::with_ada();
    let odd = OsStr::from_bytes(b"\xff\xfe");
    let said = folder.run(&[OsStr::new("user"), OsStr::new("deactivate"), odd]);
    assert_eq!(said.code, Some(2));
    assert!(!said.err.contains("panicked"), "{}", said.err);
    let said = folder.run(&[OsStr::new("token"), OsStr::new("inspect"), odd]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    let mut command = folder.command(&["user", "list"]);
    command.env("TEGATA_ISSUER", odd).env("OTHER", odd);
    let said = crate::folder::said(command, "");
    assert_eq!(said.code, Some(0));
    assert!(said.err.contains("TEGATA_ISSUER is no text in UTF-8"), "{}", said.err);
}

#[test]
fn every_command_teaches() {
    let folder = Folder::new();
    let help = folder.good(&["--help"]);
    assert!(help.contains("tegata user add ada") && help.contains("Exit codes:"), "{help}");
    for command in
        ["user add", "user passwd", "keys rotate", "token verify", "session purge", "doctor"]
    {
        let arguments: Vec<_> = ["help"].into_iter().chain(command.split(' ')).collect();
        assert!(folder.good(&arguments).contains("Usage: tegata"), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(folder.good(&["completions", shell]).contains("tegata"), "{shell}");
    }
    assert!(folder.good(&["config", "cookie"]).contains("cookie_secure = true"));
    assert_eq!(folder.json(&["config", "leeway", "--json"])[0]["key"], "leeway");
    assert_eq!(folder.run(&["frobnicate"]).code, Some(2));
}

#[test]
fn a_service_gets_a_secret_whose_hash_the_configuration_takes() {
    let folder = Folder::new();
    let said = folder.good(&["client", "new", "billing"]);
    let (secret, table) = said.split_once('\n').expect("two parts");
    assert!(secret.len() > 43);
    assert!(!table.contains(secret));
    folder.write("tegata.toml", table);
    folder.good(&["keys", "generate"]);
    folder.good(&["keys", "list"]);
    assert_eq!(folder.run(&["client", "new", "a:b"]).code, Some(2));
}
