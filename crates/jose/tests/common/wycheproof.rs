//! Where Project Wycheproof's vectors are; the crate's own tests read some of them too.

use std::env;
use std::path::{Path, PathBuf};

/// The folder of this name, or `None`, said aloud, where the vectors are missing; in CI they must
/// be there.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let vectors = env::var_os("TEGATA_VECTORS")
        .map_or_else(|| root.join("../shared/vectors"), |named| root.join(named));
    let folder = vectors.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "{} is missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}
