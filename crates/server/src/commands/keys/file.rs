//! Files with keys: made for their owner only, and replaced as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::commands::failure::{Done, Failure};
use crate::config::files;

/// Writes a new file that its owner alone can read; one that is there stays as it is.
pub(super) fn create(path: &Path, text: &str) -> Done {
    let file = new(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::no(format!(
            "`{}` is there already, and a key that is lost cannot be made again",
            path.display()
        ))
        .hint("name another file by `--out`; `tegata keys rotate` follows a key by the next one"),
        _ => unwritable(path, &error),
    })?;
    write(file, text)
        .inspect_err(|_| drop(fs::remove_file(path)))
        .and_then(|()| sync_folder(path))
        .map_err(|error| unwritable(path, &error))
}

/// Replaces the keys of a JWK Set file; its mode, its owner and a link to it stay. `None` leaves it
/// as it is.
///
/// The new text is written beside the file and then renamed, so that whoever reads it finds the one
/// or the other. Whoever changes the file holds a lock on it, as `manage.py tegata_keys` does;
/// others wait, and a lock goes with its process.
pub(super) fn change(
    path: &Path,
    change: impl FnOnce(&[Value]) -> Done<Option<Vec<Value>>>,
) -> Done {
    let failed = |error: &io::Error| unwritable(path, error);
    let path = &fs::canonicalize(path).map_err(|error| failed(&error))?;
    let locked = lock(path).map_err(|error| failed(&error))?;
    let mut document = read_set(path)?;
    let keys = document.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(keys) = change(&keys)? else { return Ok(()) };
    document.insert("keys".to_owned(), keys.into());
    let text = serde_json::to_string_pretty(&document).map_err(Failure::no)?;
    let text = Zeroizing::new(text + "\n");
    replace(path, &locked, &text).map_err(|error| failed(&error))
}

/// The members of a JWK Set file.
pub(super) fn read_set(path: &Path) -> Done<Map<String, Value>> {
    let text = files::read_secret(path)
        .map_err(|problem| Failure::config(format!("{}: {problem}", path.display())))?;
    let is_set = |document: &Map<String, Value>| {
        let keys = document.get("keys").and_then(Value::as_array);
        keys.is_some_and(|keys| keys.iter().all(Value::is_object))
    };
    let document = serde_json::from_str::<Map<String, Value>>(&text).ok();
    document.filter(is_set).ok_or_else(|| {
        Failure::no(format!("`{}` is no JWK Set, so there is no place for a second key", path.display()))
            .hint("`tegata keys generate --out FILE` makes a file that can be rotated; put it in front of the keys of now: `keys = [\"FILE\", …]`")
    })
}

fn lock(path: &Path) -> io::Result<File> {
    loop {
        let file = File::open(path)?;
        file.lock()?;
        // Somebody may have put another file in its place while this one waited.
        if is_same(&file, path)? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (held, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((held.dev(), held.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

fn replace(path: &Path, old: &File, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside: PathBuf = path.with_file_name(format!(".{name}.new"));
    // Of somebody who died over it, since nobody else is at it now.
    drop(fs::remove_file(&beside));
    let file = new(&beside)?;
    take_over(&file, old)
        .and_then(|()| write(file, text))
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))?;
    sync_folder(path)
}

#[cfg(unix)]
fn take_over(file: &File, old: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (given, wanted) = (file.metadata()?, old.metadata()?);
    if (given.uid(), given.gid()) != (wanted.uid(), wanted.gid()) {
        fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    file.set_permissions(wanted.permissions())
}

#[cfg(not(unix))]
fn take_over(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

fn new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The name of a file is an entry of its folder.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "this account may not write there".to_owned(),
        _ => error.to_string(),
    };
    Failure::no(format!("`{}` cannot be written: {problem}", path.display()))
}
