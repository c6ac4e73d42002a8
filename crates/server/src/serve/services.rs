//! What services of another make ask: keys, metadata, whether a token is good, and its end.

use axum::Router;
use tegata::{BrowserGuard, Scopes};
use tegata_axum::{Clients, ForwardAuth, IntrospectionRoute, RevocationRoute, WellKnown};

use super::App;
use crate::config::ConfigError;

/// The routes `/.well-known/…` and `/verify`, and for registered clients `introspect` and `revoke`
/// beside the auth routes.
///
/// # Errors
/// [`ConfigError`]: a client cannot be.
pub(crate) fn routes(app: &App) -> Result<Router, ConfigError> {
    let (auth, config, prefix) = (&app.auth, &app.config, app.prefix());
    let names = config.scopes.keys().map(String::as_str);
    let scopes =
        Scopes::from_names(names).map_err(|error| ConfigError::new("scopes", error.to_string()))?;
    let mut known = WellKnown::new(auth.clone())
        .with_max_age(config.rotation().jwks_max_age)
        .with_token(format!("{prefix}token/"))
        .with_scopes(scopes);
    let origins = BrowserGuard::new(config.csrf_trusted_origins.clone());
    let verify =
        ForwardAuth::new(auth.clone()).with_cookies(app.transport(), &app.cookies()?, origins);
    let mut router = verify.router();
    if !config.clients.is_empty() {
        // Nobody guesses 32 random bytes, and there is nothing slow that a guess would cost.
        let clients = Clients::new(config.clients.iter().cloned())
            .map_err(|error| ConfigError::new("clients", error.to_string()))?;
        let store = app.rows().clone();
        let introspection =
            IntrospectionRoute::new(auth.clone(), clients.clone()).with_usernames(move |id| {
                let store = store.clone();
                async move { store.user(&id).await.ok().flatten().map(|user| user.username) }
            });
        let both =
            introspection.router().merge(RevocationRoute::new(auth.clone(), clients).router());
        router = router.merge(super::app::below(prefix, both));
        known = known
            .with_introspection(format!("{prefix}introspect"))
            .with_revocation(format!("{prefix}revoke"));
    }
    Ok(router.merge(known.router()))
}
