use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The SHA-256 of a label and parts, as 43 characters of base64url; lengths keep ("ab", "c") and
/// ("a", "bc") apart.
pub(crate) fn labelled(label: &str, parts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(label.as_bytes());
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}
