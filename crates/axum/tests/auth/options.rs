//! What cannot be is an error at the start, by the name of the option.

use std::time::Duration;

use tegata::{CookieOptions, Policy, SameSite, SessionCheck, Transport};
use tegata_axum::{Auth, AuthBuilder, MemoryUsers};

use crate::client::{builder, engine, insecure, users};
use crate::steps::Totp;

#[test]
fn wrong_options_are_named() {
    type Set = fn(AuthBuilder<MemoryUsers>) -> AuthBuilder<MemoryUsers>;
    let wrong: [(&str, Set); 11] = [
        ("auth_header_types", |it| it.auth_header_types([""; 0])),
        ("auth_header_types", |it| it.auth_header_types(["two words"])),
        ("cookies", |it| it.cookies(CookieOptions { same_site: SameSite::None, ..insecure() })),
        ("cookies", |it| it.cookies(CookieOptions { domain: Some("a b".into()), ..insecure() })),
        ("login_step", |it| it.login_step(Totp("")).login_step(Totp("b"))),
        ("login_step", |it| it.login_step(Totp("a")).login_step(Totp("a"))),
        ("refresh_cookie_path", |it| it.refresh_cookie_path("auth")),
        ("refresh_transport", |it| {
            it.transport(Transport::Both).refresh_transport(Transport::Cookie)
        }),
        ("scopes", |it| it.scopes([("two words", "")])),
        ("scopes_for", |it| it.scopes_for(async |_, _| Ok(tegata::Scopes::none()))),
        ("trusted_origins", |it| it.trusted_origins(["https://app.example.org/"])),
    ];
    for (option, set) in wrong {
        let error = set(builder()).build().unwrap_err();
        assert_eq!(error.option, option, "{error}");
        assert!(error.to_string().starts_with(&format!("`{option}` ")));
    }
}

#[test]
fn wrong_layers_are_named() {
    let auth = builder().scopes([("read", "Read")]).build().unwrap();
    let named = |result: Result<_, tegata_axum::OptionError>| result.map(drop).unwrap_err().option;
    assert_eq!(named(auth.layer().scopes(["write"])), "scopes");
    assert_eq!(named(auth.layer().scopes([])), "scopes");
    assert_eq!(named(auth.layer().fresh(Duration::from_millis(5))), "fresh");
    let policy = Policy { session_check: SessionCheck::Off, ..Policy::default() };
    let auth = Auth::new(engine(policy), users());
    assert_eq!(named(auth.layer().session_check(SessionCheck::Request)), "session_check");
    assert!(auth.layer().session_check(SessionCheck::User).is_ok());
}
