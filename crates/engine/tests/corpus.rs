//! The corpora of `fuzz/corpus` whose parsers are the engine's, on stable Rust.

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/checks/client_address.rs"]
mod client_address;
#[path = "../../../fuzz/checks/cookie.rs"]
mod cookie;
#[path = "../../../fuzz/checks/external.rs"]
mod external;
#[path = "../../../fuzz/checks/handshake.rs"]
mod handshake;
#[path = "../../../fuzz/checks/keys.rs"]
mod keys;
#[path = "../../../fuzz/checks/origin.rs"]
mod origin;
#[path = "../../../fuzz/checks/scope.rs"]
mod scope;

#[test]
fn client_addresses_of_the_corpus() {
    each_file("client_address", client_address::check);
}

#[test]
fn cookies_of_the_corpus() {
    each_file("cookie", cookie::check);
}

#[test]
fn tokens_of_other_issuers_of_the_corpus() {
    each_file("external", external::check);
}

#[test]
fn handshakes_of_the_corpus() {
    each_file("handshake", handshake::check);
}

#[test]
fn origins_of_the_corpus() {
    each_file("origin", origin::check);
}

#[test]
fn scopes_of_the_corpus() {
    each_file("scope", scope::check);
}

fn each_file(target: &str, check: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "there is hardly a corpus");
    for file in files {
        // A panic below is for this file.
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
}
