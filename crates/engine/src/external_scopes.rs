use serde_json::Value;

use crate::Scopes;

/// The scopes that claims of another issuer name.
///
/// Issuers write them as a text with spaces between (`scope`, RFC 8693 section 4.2), as a list of texts
/// (`scp`, `roles`), or somewhere inside of a claim. Whatever is neither, and every name that no
/// scope can have, opens nothing and is passed over.
pub(crate) fn scopes_of<'a>(claims: impl Iterator<Item = (&'a str, &'a [String])>) -> Scopes {
    let mut names: Vec<String> = Vec::new();
    for (json, path) in claims {
        let Ok(mut claim) = serde_json::from_str::<Value>(json) else { continue };
        let place = path.iter().try_fold(&mut claim, |value, member| value.get_mut(member));
        match place.map(Value::take) {
            Some(Value::String(text)) => names.extend(text.split(' ').map(str::to_owned)),
            Some(Value::Array(items)) => names.extend(items.into_iter().filter_map(text)),
            _ => {}
        }
    }
    let all = names.iter().map(String::as_str);
    let possible = all.filter(|name| Scopes::from_names([*name]).is_ok());
    Scopes::from_names(possible).unwrap_or_default()
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
