use pyo3::prelude::*;
use tegata_jose::Key;

/// Does what `keys` are needed for, letting the interpreter go on where it takes long: a hash takes
/// less time than letting go, a signature takes far more.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    keys: &[Key],
    work: impl FnOnce() -> T + Send,
) -> T {
    let all_symmetric = keys.iter().all(|key| key.algorithm().is_symmetric());
    if all_symmetric { work() } else { py.detach(work) }
}
