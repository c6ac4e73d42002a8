//! Which pages may act with a cookie, and which token of a request counts.

use proptest::prelude::*;
use tegata::{
    BrowserGuard, Carrier, CookieError, CookieOptions, Cookies, NameProblem, Origin, OriginError,
    Refusal, SameSite, Transport, bearer_token, cookie_token,
};

const OWN: &str = "https://example.org";
const APP: &str = "https://app.example.net:8443";

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

fn check(method: &str, from: Option<&str>, site: Option<&str>) -> bool {
    BrowserGuard::new([origin(APP)]).check(method, from, site, Some(&origin(OWN))).is_ok()
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    for (text, spelt) in [
        ("https://example.org", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:443", "http://example.org:443"),
        ("HTTPS://EXAMPLE.org", "https://example.org"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://example.org.", "https://example.org."),
        ("capacitor://localhost", "capacitor://localhost"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ] {
        let read = origin(text);
        assert_eq!(read.to_string(), spelt);
        assert_eq!(origin(spelt), read);
    }
    for (one, other) in [
        ("https://example.org", "http://example.org"),
        ("https://example.org", "https://example.org:444"),
        ("https://example.org", "https://example.org."),
        ("https://example.org", "https://www.example.org"),
        ("capacitor://localhost", "ionic://localhost"),
    ] {
        assert_ne!(origin(one), origin(other));
    }
}

#[test]
fn what_is_no_origin_cannot_be_read() {
    for text in [
        "",
        "null",
        "NULL",
        "*",
        "https",
        "https:",
        "https://",
        "//example.org",
        "example.org",
        "https:example.org",
        "https:/example.org",
        "https://example.org/",
        "https://example.org?",
        "https://example.org#",
        "https://example.org\\",
        "https://example.org:",
        "https://example.org:0",
        "https://example.org:0443",
        "https://example.org:+443",
        "https://example.org:65536",
        "https://example.org:443:443",
        "https://user@example.org",
        "https://example.org@evil.test",
        "https://example.org, https://evil.test",
        "https://example.org https://evil.test",
        " https://example.org",
        "https://example.org ",
        "https://example.org\t",
        "https://example.org\0",
        "https://*.example.org",
        "https://b\u{fc}cher.example",
        "https://ex\u{430}mple.org",
        "https://example%2eorg",
        "https://[::1",
        "https://[::1]x",
        "https://::1",
        "https://[example.org]",
        "https://[]",
        "1https://example.org",
        "ht tps://example.org",
        "://example.org",
    ] {
        assert_eq!(text.parse::<Origin>(), Err(OriginError), "{text:?}");
    }
}

#[test]
fn the_table_of_the_guard() {
    let pass = [
        (Some(OWN), None),
        (Some(OWN), Some("same-origin")),
        (Some(OWN), Some("none")),
        // What browsers may say one day says nothing yet.
        (Some(OWN), Some("something-new")),
        (Some("https://example.org:443"), None),
        (Some(APP), None),
        (Some(APP), Some("cross-site")),
        (Some(APP), Some("same-site")),
        (None, Some("same-origin")),
        (None, Some("none")),
        (None, None),
    ];
    let refuse = [
        (Some(OWN), Some("cross-site")),
        (Some(OWN), Some("same-site")),
        (Some("null"), None),
        (Some("null"), Some("same-origin")),
        (Some(""), None),
        (Some(""), Some("same-origin")),
        (Some("https://evil.test"), None),
        (Some("https://evil.test"), Some("same-origin")),
        (Some("http://example.org"), Some("same-site")),
        (Some("https://app.example.net"), Some("cross-site")),
        (None, Some("same-site")),
        (None, Some("cross-site")),
        (None, Some("something-new")),
        (None, Some("")),
        (None, Some("Same-Origin")),
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY", "get", "", "GET POST"] {
        for (from, site) in pass {
            assert!(check(method, from, site), "{method} {from:?} {site:?}");
        }
        for (from, site) in refuse {
            assert!(!check(method, from, site), "{method} {from:?} {site:?}");
        }
    }
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        for (from, site) in pass.into_iter().chain(refuse) {
            assert!(check(method, from, site), "{method} {from:?} {site:?}");
        }
    }
}

// Each passes a check that compares a part of the origin only.
#[test]
fn an_origin_that_begins_or_ends_like_ours_is_not_ours() {
    for from in [
        "https://example.org.evil.test",
        "https://example.orgevil.test",
        "https://example.org:8443",
        "https://evil-example.org",
        "https://evil.example.org",
        "https://xexample.org",
        "https://example.or",
        "https://app.example.net:84430",
        "https://app.example.net:844",
        "https://x.app.example.net:8443",
        "https://example.org\u{2024}evil.test",
        "https://\u{435}xample.org",
    ] {
        assert!(!check("POST", Some(from), None), "{from}");
    }
}

#[test]
fn without_an_origin_of_its_own_a_site_trusts_its_list_only() {
    let guard = BrowserGuard::new([origin(APP)]);
    assert_eq!(guard.check("POST", Some(APP), None, None), Ok(()));
    assert_eq!(guard.check("POST", Some(OWN), None, None), Err(Refusal::CsrfFailed));
}

#[test]
fn which_token_counts() {
    use Carrier::{Cookie, Header};
    let headers = [
        None,
        Some("Basic YTpi"),
        Some("Bearer of.the.header"),
        Some("Bearer "),
        Some("Bearer a, Bearer b"),
    ];
    let expected = [
        (Transport::Header, [None, None, Some(Ok(Header)), Some(Err(())), Some(Err(()))]),
        (Transport::Cookie, [Some(Ok(Cookie)); 5]),
        (
            Transport::Both,
            [Some(Ok(Cookie)), Some(Ok(Cookie)), Some(Ok(Header)), Some(Err(())), Some(Err(()))],
        ),
    ];
    for (transport, answers) in expected {
        for (header, answer) in headers.into_iter().zip(answers) {
            let told = transport.credential(bearer_token(header), Some("of.the.cookie"));
            match (told, answer) {
                (Err(refusal), None) => assert_eq!(refusal, Refusal::MissingToken),
                (Err(refusal), Some(Err(()))) => assert_eq!(refusal, Refusal::InvalidToken),
                (Ok(told), Some(Ok(carrier))) => {
                    let at = if carrier == Cookie { "cookie" } else { "header" };
                    assert_eq!((told.token, told.carrier), (&*format!("of.the.{at}"), carrier));
                }
                (told, answer) => panic!("{transport:?} {header:?}: {told:?}, not {answer:?}"),
            }
        }
        for nothing in [None, Some("")] {
            let told = transport.credential(bearer_token(None), nothing);
            assert_eq!(told, Err(Refusal::MissingToken));
        }
    }
}

#[test]
fn a_credential_does_not_show_its_token() {
    let told = Transport::Cookie.credential(Err(Refusal::MissingToken), Some("sec.re.t"));
    assert!(!format!("{told:?}").contains("sec"));
}

#[test]
fn a_login_plants_cookies_only_where_a_page_of_the_site_asked() {
    use Carrier::{Cookie, Header};
    let told =
        Transport::ALL.map(|each| (each.carrier_of_login(false), each.carrier_of_login(true)));
    assert_eq!(told, [(Header, Header), (Cookie, Cookie), (Header, Cookie)]);
    for transport in Transport::ALL {
        assert_eq!(Transport::from_name(transport.name()), Some(transport));
        let may_be_given = transport.carrier_of_login(true) == Cookie;
        assert_eq!(transport.takes_cookies(), may_be_given);
    }
    assert_eq!(Transport::from_name("Cookie"), None);
}

#[test]
fn cookies_are_named_by_what_browsers_may_insist_on() {
    let names = |secure, domain: Option<&str>| {
        let domain = domain.map(str::to_owned);
        let cookies =
            Cookies::new(CookieOptions { secure, domain, ..CookieOptions::default() }).unwrap();
        (cookies.access().name, cookies.refresh("/auth/").name)
    };
    let told = |access: &str, refresh: &str| (access.to_owned(), refresh.to_owned());
    assert_eq!(names(true, None), told("__Host-access_token", "__Secure-refresh_token"));
    let shared = names(true, Some("example.org"));
    assert_eq!(shared, told("__Secure-access_token", "__Secure-refresh_token"));
    assert_eq!(names(false, None), told("access_token", "refresh_token"));
    assert_eq!(names(false, Some(".example.org")), told("access_token", "refresh_token"));
}

#[test]
fn a_cookie_has_the_attributes_of_the_site_and_is_http_only() {
    let options = CookieOptions {
        same_site: SameSite::Strict,
        domain: Some("example.org".to_owned()),
        ..CookieOptions::default()
    };
    let cookies = Cookies::new(options).unwrap();
    for (cookie, path) in [(cookies.access(), "/"), (cookies.refresh("/api/auth/"), "/api/auth/")] {
        assert_eq!(cookie.path, path);
        assert_eq!(cookie.domain.as_deref(), Some("example.org"));
        assert_eq!(cookie.same_site, SameSite::Strict);
        assert!(cookie.secure && cookie.http_only);
    }
    for odd in ["", "auth/", "/auth;Domain=evil.test", "/\u{e9}/", "/a\r\nb/"] {
        assert_eq!(cookies.refresh(odd).path, "/", "{odd:?}");
    }
}

#[test]
fn a_value_that_browsers_would_drop_does_not_fit() {
    let cookie = Cookies::new(CookieOptions::default()).unwrap().access();
    let room = 4096 - cookie.name.len();
    assert!(cookie.fits(&"x".repeat(room)));
    assert!(!cookie.fits(&"x".repeat(room + 1)));
}

#[test]
fn what_browsers_would_not_keep_is_refused_at_once() {
    use CookieError::{AccessName, RefreshName, SameName};
    let with = |change: &dyn Fn(&mut CookieOptions)| {
        let mut options = CookieOptions::default();
        change(&mut options);
        Cookies::new(options).err()
    };
    let named = |name: &str| Some(name.to_owned());

    for (name, problem) in [
        ("", Some(NameProblem::Malformed)),
        ("a b", Some(NameProblem::Malformed)),
        ("a=b", Some(NameProblem::Malformed)),
        ("a;b", Some(NameProblem::Malformed)),
        ("caf\u{e9}", Some(NameProblem::Malformed)),
        ("__Host-a", None),
        ("__Secure-a", None),
        ("a", None),
    ] {
        let told = with(&|options| options.access_name = named(name));
        assert_eq!(told, problem.map(AccessName), "{name}");
    }
    for name in ["__Host-a", "__host-a", "__HOST-Http-a"] {
        let told = with(&|options| {
            options.access_name = named(name);
            options.domain = named("example.org");
        });
        assert_eq!(told, Some(AccessName(NameProblem::Host)), "{name}");
        let told = with(&|options| options.refresh_name = named(name));
        assert_eq!(told, Some(RefreshName(NameProblem::Host)), "{name}");
    }
    for name in ["__Secure-a", "__secure-a", "__Http-a"] {
        let told = with(&|options| {
            options.refresh_name = named(name);
            options.secure = false;
        });
        assert_eq!(told, Some(RefreshName(NameProblem::Secure)), "{name}");
    }
    let told = with(&|options| {
        options.access_name = named("a");
        options.refresh_name = named("a");
    });
    assert_eq!(told, Some(SameName));
    let told = with(&|options| {
        options.same_site = SameSite::None;
        options.secure = false;
    });
    assert_eq!(told, Some(CookieError::SameSite));
    for domain in ["", ".", "a b", "example.org;", "example..org", "https://example.org"] {
        let told = with(&|options| options.domain = named(domain));
        assert_eq!(told, Some(CookieError::Domain), "{domain:?}");
    }
}

proptest! {
    #[test]
    fn an_origin_has_one_spelling(text in "\\PC{0,40}") {
        if let Ok(read) = text.parse::<Origin>() {
            prop_assert_eq!(read.to_string().parse::<Origin>(), Ok(read));
        }
    }

    #[test]
    fn whatever_is_added_to_our_origin_is_not_ours(before in "\\PC{0,8}", after in "\\PC{0,8}") {
        let text = format!("{before}{OWN}{after}");
        let is_ours = text.parse::<Origin>().is_ok_and(|read| read == origin(OWN));
        prop_assert_eq!(check("POST", Some(&text), None), is_ours);
        prop_assert_eq!(is_ours, before.is_empty() && (after.is_empty() || after == ":443"));
    }

    #[test]
    fn no_page_passes_that_is_not_named(host in "[a-z0-9.-]{1,24}", port in 1u16.., tls: bool) {
        let scheme = if tls { "https" } else { "http" };
        let from = format!("{scheme}://{host}:{port}");
        let named = from.parse::<Origin>().is_ok_and(|from| [OWN, APP].map(origin).contains(&from));
        prop_assert_eq!(check("POST", Some(&from), None), named);
    }

    #[test]
    fn only_one_token_of_a_request_counts(which in 0usize..3, header: bool, cookie: bool) {
        let said = header.then_some("Bearer h");
        let told = Transport::ALL[which].credential(bearer_token(said), cookie.then_some("c"));
        let counts = match Transport::ALL[which] {
            Transport::Header => header.then_some("h"),
            Transport::Both if header => Some("h"),
            Transport::Cookie | Transport::Both => cookie.then_some("c"),
        };
        prop_assert_eq!(told.ok().map(|told| told.token), counts);
    }
}

#[test]
fn a_cookie_counts_by_its_very_name() {
    for (header, token) in [
        ("t=abc", "abc"),
        ("a=1; t=abc; b=2", "abc"),
        ("a=1;t=abc", "abc"),
        ("\t t =\tabc ", "abc"),
        ("t=\"abc\"", "abc"),
        ("t=a=b", "a=b"),
        ("t=abc; t=abc", "abc"),
        // What a subdomain can plant beside a cookie of a prefix, because a browser sees no prefix.
        ("\u{a0}t=evil; t=abc", "abc"),
        ("\u{85}t=evil; t=abc", "abc"),
        ("\u{2000}t=evil; t=abc", "abc"),
        ("T=evil; t=abc", "abc"),
        ("t\0=evil; t=abc", "abc"),
        ("$t=evil; t=abc; xt=evil", "abc"),
    ] {
        assert_eq!(cookie_token(header, "t"), Ok(token), "{header:?}");
    }
    for missing in ["", ";", "t", "t=", "t=\"\"", "=abc", "\u{a0}t=evil", "x=t=abc", "t;=abc"] {
        assert_eq!(cookie_token(missing, "t"), Err(Refusal::MissingToken), "{missing:?}");
    }
    for tossed in ["t=a; t=b", "t=; t=b", "t=a; x=1; t=a; t=b", "t=a; t="] {
        assert_eq!(cookie_token(tossed, "t"), Err(Refusal::InvalidToken), "{tossed:?}");
    }
}

proptest! {
    #[test]
    fn no_cookie_header_is_too_much(header in any::<String>(), value in "[a-z.]{1,8}") {
        let _ = cookie_token(&header, "t");
        let own = format!("t={value}");
        prop_assert_eq!(cookie_token(&own, "t"), Ok(&*value));
        let planted = format!("{}; {own}", header.replace('t', "x"));
        prop_assert_eq!(cookie_token(&planted, "t"), Ok(&*value));
    }
}
