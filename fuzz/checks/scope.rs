//! Scopes: what is read is what RFC 6749 section 3.3 says, told a second time.

use tegata::Scopes;

/// `data` is the text of what may be a scope.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|one| one.is_ascii_graphic() && !"\"\\".contains(one))
    };
    let read = text.parse::<Scopes>();
    assert_eq!(read.is_ok(), text.split(' ').all(is_name));
    let Ok(scopes) = read else { return };

    let names: Vec<&str> = scopes.iter().collect();
    assert!(text.split(' ').all(|name| scopes.contains(name)));
    assert!(names.iter().all(|name| text.split(' ').any(|each| each == *name)));
    let distinct: std::collections::HashSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert_eq!(Scopes::from_names(names).unwrap(), scopes);
    assert_eq!(scopes.as_str().parse(), Ok(scopes.clone()));
    assert_eq!(scopes.within(&scopes), scopes);
    // Whatever stands in it, the challenge needs no quoting.
    assert!(!scopes.as_str().contains(['"', '\\', '\r', '\n']));
}
