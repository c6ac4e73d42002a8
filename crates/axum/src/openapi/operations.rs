//! The auth routes: what the document says of each.

use utoipa::PartialSchema as _;
use utoipa::openapi::Required;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};

use super::draft::{Draft, Route};
use super::{Components, bodies, refusals};
use crate::UserStore;
use crate::bodies::{
    CsrfTokenSchema, LogoutSchema, OAuth2TokenSchema, PasswordSchema, VerifiedSchema, VerifySchema,
};
use crate::options::{Options, Site};

/// All auth routes.
pub(super) fn all<S: UserStore>(options: &Options<S>, components: &mut Components) -> Vec<Route> {
    let mut routes = Vec::from(logins(options, components));
    routes.extend(sessions(&options.site, components));
    routes.extend(endings(&options.site, components));
    routes.extend(tokens(&options.site, components));
    routes
}

fn logins<S: UserStore>(options: &Options<S>, components: &mut Components) -> [Route; 3] {
    use refusals::{BAD_BODY, BAD_TYPE, CHALLENGE, LOGIN, NO_PROOF, NO_SERVICE, TOO_MANY};

    let tokens = bodies::tokens(&options.site, components);
    let challenge = bodies::challenge(options, components);
    let csrf = components.named::<CsrfTokenSchema>();
    [
        Draft::get("csrf/", "csrf_token", "Get a CSRF token")
            .saying(
                "Gives a page the token that it sends along with whatever it changes, in \
                 `X-CSRFToken`.\n\nThe cookie that belongs to it is set besides. The token stays \
                 good after a login.",
            )
            .giving(csrf)
            .route(components, &[]),
        Draft::post("login/", "log_in", "Log in")
            .saying(
                "Opens a session and gives its first pair of tokens, or the challenge of a login \
                 step.\n\nWith cookies the tokens are in those and not in the answer, and a page \
                 has to send the token of `csrf/` along.",
            )
            .taking(bodies::login(options, components))
            .giving(tokens.clone())
            .asking(challenge.clone())
            .route(components, &[LOGIN, NO_PROOF, TOO_MANY, BAD_TYPE, BAD_BODY, NO_SERVICE]),
        Draft::post("login/challenge/", "answer_challenge", "Answer the challenge of a login")
            .saying(
                "Takes the answer to a login's challenge: gives the tokens as `login/` does, or \
                 the next challenge.",
            )
            .taking(bodies::challenge_answer(options, components))
            .giving(tokens)
            .asking(challenge)
            .route(components, &[CHALLENGE, NO_PROOF, TOO_MANY, BAD_TYPE, BAD_BODY, NO_SERVICE]),
    ]
}

fn sessions(site: &Site, components: &mut Components) -> [Route; 2] {
    let id = ParameterBuilder::new()
        .name("session_id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(String::schema()));
    let listed = bodies::sessions(components);
    [
        Draft::get("sessions/", "list_sessions", "List the active sessions")
            .saying(
                "Lists the caller's active sessions, the newest first; the current one is marked.",
            )
            .giving(listed)
            .guarded(site)
            .route(components, &[refusals::GATE]),
        Draft::delete("sessions/{session_id}/", "end_session", "End a session")
            .saying("Ends one of the caller's sessions.")
            .of(id)
            .guarded(site)
            .route(components, &[refusals::GATE, refusals::NO_SESSION]),
    ]
}

fn endings(site: &Site, components: &mut Components) -> [Route; 4] {
    use refusals::{
        BAD_BODY, BAD_TYPE, GATE, LOGOUT, NO_PROOF, NO_SERVICE, NO_SESSION, PASSWORD, TOO_MANY,
        WRONG_TYPE,
    };

    let logout = bodies::optional(components.named::<LogoutSchema>());
    let password = bodies::json(components.named::<PasswordSchema>());
    [
        Draft::post("logout/", "log_out", "Log out")
            .saying(
                "Ends the session of the access token, of the refresh token in the body, or \
                 both.\n\nAn expired or replaced refresh token will do, and logging out twice is \
                 no mistake. Cookies are cleared, whatever they were worth.",
            )
            .taking(logout)
            // The header is not asked for: a refresh token in the body will do.
            .secured(site)
            .or_not()
            .route(
                components,
                &[WRONG_TYPE, LOGOUT, NO_PROOF, NO_SESSION, BAD_TYPE, BAD_BODY, NO_SERVICE],
            ),
        Draft::post("logout/all/", "log_out_all", "Log out everywhere")
            .saying("Ends all sessions of the caller.")
            .guarded(site)
            .route(components, &[GATE, NO_SESSION]),
        Draft::post("logout/others/", "log_out_others", "Log out everywhere else")
            .saying("Ends all sessions of the caller but the current one.")
            .guarded(site)
            .route(components, &[GATE, NO_SESSION]),
        Draft::post("password/", "change_password", "Change the password")
            .saying(
                "Changes the caller's password and ends every other session.\n\nThe new password \
                 is held against the site's own rules.",
            )
            .taking(password)
            .secured(site)
            .route(components, &[GATE, PASSWORD, TOO_MANY, BAD_TYPE, BAD_BODY, NO_SERVICE]),
    ]
}

fn tokens(site: &Site, components: &mut Components) -> [Route; 3] {
    use refusals::{
        BAD_BODY, BAD_TYPE, NO_PROOF, NO_SERVICE, REFRESH, TOO_MANY, VERIFY, WRONG_TYPE,
    };

    let refreshed = bodies::tokens(site, components);
    let verifying = bodies::json(components.named::<VerifySchema>());
    let verified = components.named::<VerifiedSchema>();
    let granted = components.named::<OAuth2TokenSchema>();
    let refused = refusals::of_form(components);
    [
        Draft::post("refresh/", "refresh", "Refresh the tokens")
            .saying(
                "Gives the next tokens. The answer may be asked for again if it was lost.\n\nBy a \
                 cookie, they go into cookies; if the session is over, those are cleared.",
            )
            .taking(bodies::refresh(site, components))
            .giving(refreshed)
            .route(
                components,
                &[WRONG_TYPE, REFRESH, NO_PROOF, TOO_MANY, BAD_TYPE, BAD_BODY, NO_SERVICE],
            ),
        Draft::post("verify/", "verify", "Verify a token")
            .saying(
                "Says what a token is and until when, or why it is not good. It is not consumed.",
            )
            .taking(verifying)
            .giving(verified)
            .route(components, &[VERIFY, BAD_TYPE, BAD_BODY, NO_SERVICE]),
        Draft::post("token/", "token", "Log in by form (OAuth 2.0)")
            .saying(
                "Logs in by the resource owner password form (RFC 6749 section 4.3).\n\nErrors \
                 are those of RFC 6749 section 5.2, and `rate_limited` with a status of its own. \
                 It sets no cookies, so a form on another site that posts here gains nothing. With \
                 a `scope`, the tokens of the session never cover more; the answer says what is \
                 granted.",
            )
            .taking(bodies::form())
            .giving(granted)
            .refusing(refused)
            .route(components, &[]),
    ]
}
