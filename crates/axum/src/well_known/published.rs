use std::fmt::Write as _;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A text for everybody, of which copies may be kept and are asked for by their tag (RFC 9110
/// section 13.1.2).
pub(super) fn published(
    asked: &HeaderMap,
    text: String,
    content_type: &'static str,
    max_age: Duration,
) -> Response {
    let tag = tag_of(&text);
    let mut response = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type)], text).into_response()
    };
    let headers = response.headers_mut();
    let cache = format!("public, max-age={}", max_age.as_secs());
    for (name, value) in [(CACHE_CONTROL, cache), (ETAG, tag)] {
        headers.insert(name, HeaderValue::try_from(value).expect("digits and names are legal"));
    }
    response
}

fn tag_of(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    let mut tag = String::from('"');
    for byte in &hash.as_ref()[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether a copy of this tag is there already. No comma stands in a tag of ours, so those of others
/// may be taken apart in any way.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|each| {
            each == "*" || each == tag || each.strip_prefix("W/").is_some_and(|each| each == tag)
        })
    })
}
