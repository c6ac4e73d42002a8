//! The page and its files, the very ones that the Django demo serves.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use super::totp;

const PAGE: &str = include_str!("../../demo-page/index.html");

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../demo-page/static/", $name)))),*]
    };
}

const FILES: [(&str, &str); 14] = files![
    "api.js",
    "app.js",
    "challenge.js",
    "countdown.js",
    "devices.js",
    "icon.svg",
    "json-view.js",
    "message.js",
    "moment.js",
    "style.css",
    "tabs.js",
    "view.js",
    "wait.js",
    "words.js",
];

/// `/` and `/static/demo/…`.
pub(super) fn routes() -> Router {
    let page = filled_in();
    let mut router = Router::new().route("/", get(move || async { Html(page) }));
    for (name, text) in FILES {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(kind(name))),
            // Another version of the program may bring other files.
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        let answer = move || async move { (headers, text).into_response() };
        router = router.route(&format!("/static/demo/{name}"), get(answer));
    }
    router
}

// Two places of the page differ between its hosts. Django fills them in by its templates.
fn filled_in() -> String {
    PAGE.replace("{{ demo_host }}", "axum").replace("{{ demo_totp_key }}", &totp::key_for_apps())
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, PAGE, filled_in, kind};

    #[test]
    fn the_page_is_filled_in_and_all_of_its_files_are_there() {
        let page = filled_in();
        assert!(!page.contains("{{") && !page.contains("{%"));
        let texts = FILES.iter().map(|(_, text)| *text).chain([PAGE]);
        for text in texts {
            for part in text.split("/static/demo/").skip(1) {
                let name = part.split(['"', '\'']).next().unwrap_or_default();
                assert!(FILES.iter().any(|(known, _)| *known == name), "{name}");
            }
            for part in text.split("from \"./").skip(1) {
                let name = part.split('"').next().unwrap_or_default();
                assert!(FILES.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
        assert!(FILES.iter().all(|(name, _)| kind(name) != "application/octet-stream"));
    }
}
