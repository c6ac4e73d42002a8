//! What sessions take in the cache.

use std::path::Path;

use crate::Outcome;
use crate::load::{Connection, Question};
use crate::process::Running;
use crate::sites::Site;

/// Sessions of a site, each of which was seen once.
const SESSIONS: usize = 100_000;

/// Bytes in use with and without the cached sessions.
pub(crate) struct Memory {
    pub(crate) sessions: usize,
    pub(crate) before: u64,
    pub(crate) after: u64,
}

/// Asks once by each of a hundred thousand sessions.
pub(crate) async fn measure(folder: &Path) -> Outcome<Memory> {
    let url = format!("sqlite://{}/memory.sqlite3", folder.display());
    let process = Running::start(Site::Cache, &url, SESSIONS).await?;
    let mut connection = Connection::open(process.ready.address).await?;
    let before = process.memory()?;
    for header in &process.ready.headers {
        let question = Question::get(process.ready.address, "/protected", header);
        let (status, _) = connection.ask(&question.request).await?;
        if status != 200 {
            return Err(format!("an answer with {status}").into());
        }
    }
    Ok(Memory { sessions: process.ready.headers.len(), before, after: process.memory()? })
}
