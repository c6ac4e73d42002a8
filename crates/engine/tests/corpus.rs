//! The corpora of `fuzz/corpus` whose parsers are the engine's, on stable Rust.

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/checks/scope.rs"]
mod scope;

#[test]
fn scopes_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/scope");
    let mut files: Vec<_> =
        fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "hardly a corpus");
    for file in files {
        // A panic below is for this file.
        println!("{}", file.display());
        scope::check(&fs::read(file).unwrap());
    }
}
