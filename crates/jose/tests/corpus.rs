//! What the fuzz targets were run with, and found: every file of `fuzz/corpus`, on stable Rust.

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/checks/claims.rs"]
mod claims;
#[path = "../../../fuzz/checks/exchange.rs"]
mod exchange;
#[path = "../../../fuzz/checks/header.rs"]
mod header;
#[path = "../../../fuzz/checks/json.rs"]
mod json;
#[path = "../../../fuzz/checks/jwk.rs"]
mod jwk;
#[path = "../../../fuzz/checks/jwks.rs"]
mod jwks;
#[path = "../../../fuzz/checks/keys.rs"]
mod keys;
#[path = "../../../fuzz/checks/pem.rs"]
mod pem;
#[path = "../../../fuzz/checks/token.rs"]
mod token;
#[path = "common/value.rs"]
mod value;

fn run(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{target} has hardly a corpus");
    for file in files {
        // A panic below is for this file.
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
}

#[test]
fn claims_of_the_corpus() {
    run("claims", claims::check);
}

#[test]
fn headers_of_the_corpus() {
    run("header", header::check);
}

#[test]
fn json_of_the_corpus() {
    run("json", json::check);
}

#[test]
fn jwk_of_the_corpus() {
    run("jwk", jwk::check);
}

#[test]
fn jwks_of_the_corpus() {
    run("jwks", jwks::check);
}

#[test]
fn pem_of_the_corpus() {
    run("pem", pem::check);
}

#[test]
fn tokens_of_the_corpus() {
    run("token", token::check);
}
