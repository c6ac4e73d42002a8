//! Files that only their owner should read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

/// Far more than any file of keys.
const MOST_BYTES: u64 = 1024 * 1024;

/// The text of a file, or what is wrong with it.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    if !file.metadata().is_ok_and(|data| data.is_file() || !data.is_dir()) {
        return Err("it is a folder".to_owned());
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        _ => unreadable(&error),
    })?;
    if text.len() as u64 > MOST_BYTES {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(text)
}

/// What the system says, in its own words and without the number.
pub(crate) fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this account may not read it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// Whether others than its owner may read or write a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.mode() & 0o077 != 0)
}

/// Not told by a mode elsewhere.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_: &Path) -> bool {
    false
}
