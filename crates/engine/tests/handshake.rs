//! Origins and offers as nobody would write them.

use proptest::prelude::*;

#[path = "../../../fuzz/checks/handshake.rs"]
mod handshake;

proptest! {
    #[test]
    fn whose_page_it_was_is_told_the_same_twice(
        scheme in prop_oneof!["", "https://", "http://", "wss://", "HTTPS://", "[a-z]{0,4}:?/{0,2}"],
        host in prop_oneof!["shop\\.example", "SHOP\\.example", "[\\[\\]:.a-zA-Z0-9@/?#*_-]{0,24}"],
        port in prop_oneof!["", ":443", ":0443", ":80", ":[+0-9]{0,6}"],
        rest in prop_oneof!["", "[/?#@ ,.*]{0,3}"],
    ) {
        handshake::check(format!("{scheme}{host}{port}{rest}").as_bytes());
    }

    #[test]
    fn no_token_is_ever_selected(
        offered in prop::collection::vec("(bearer\\.|Bearer\\.|bearer)?[a-z.=_ \u{e9}-]{0,6}", 0..5),
    ) {
        handshake::check(offered.join(",").as_bytes());
    }
}
