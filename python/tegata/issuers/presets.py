"""What the tokens of well-known identity providers look like.

Each preset gives an `Issuer`, and takes the arguments of `Issuer` besides, which win.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, Unpack, cast

from django.core.exceptions import ImproperlyConfigured

from tegata.issuers.issuer import Issuer, Rules, ScopeSource

ANY_TENANT: Final = "any tenant"
"""For `entra(tenants=ANY_TENANT)`: whoever has a work or school account, anywhere in the world."""

_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENTRA = "https://login.microsoftonline.com"


def keycloak(url: str, *, realm: str, **rules: Unpack[Rules]) -> Issuer:
    """A realm of Keycloak 17 or later.

    Scopes come from `scope`, `realm_access.roles` and, for each audience,
    `resource_access.<audience>.roles`. The claim `typ` must be `Bearer`, which ID and refresh
    tokens are not. Keycloak names your service in `aud` once an audience mapper says so; without
    one, give `clients`, and it is `azp` that counts.

    Args:
        url: Where Keycloak is: `https://login.example.com`, with `/auth` where it has that.
        realm: The realm.
        rules: `audience` or `clients`, and further arguments of `Issuer`.
    """
    services = _listed(rules.get("audience"))
    roles: list[ScopeSource] = [("resource_access", each, "roles") for each in services]
    return _issuer(
        f"{url.rstrip('/')}/realms/{realm}",
        {
            "token_type": ("typ", ["Bearer"]),
            "scopes_from": ["scope", ("realm_access", "roles"), *roles],
        },
        rules,
    )


def auth0(domain: str, **rules: Unpack[Rules]) -> Issuer:
    """A tenant of Auth0.

    The name of the issuer ends with a slash. Scopes come from `scope` and, where the API has RBAC
    with permissions in its tokens, from `permissions`. ID tokens are for the application and not
    for your API, so `audience` keeps them out.

    Args:
        domain: `example.eu.auth0.com`, or your own domain.
        rules: `audience`, the identifier of the API, and further arguments of `Issuer`.
    """
    return _issuer(
        f"https://{_host('auth0', domain)}/", {"scopes_from": ["scope", "permissions"]}, rules
    )


def cognito(*, region: str, user_pool: str, **rules: Unpack[Rules]) -> Issuer:
    """A user pool of Amazon Cognito.

    Its access tokens have no `aud`: the app clients are named instead, and checked by `client_id`.
    `token_use` must be `access`. Scopes come from `scope`; for groups too, give
    `scopes_from=["scope", "cognito:groups"]`.

    Args:
        region: Such as `eu-central-1`.
        user_pool: The id of the pool, such as `eu-central-1_AbCdEfGhI`.
        rules: `clients`, the ids of the app clients, and further arguments of `Issuer`.
    """
    return _issuer(
        f"https://cognito-idp.{region}.amazonaws.com/{user_pool}",
        {
            "client_claim": "client_id",
            "token_type": ("token_use", ["access"]),
            "scopes_from": ["scope"],
            "discovery": "openid",
        },
        rules,
    )


def entra(*, tenants: str | Collection[str], version: int = 2, **rules: Unpack[Rules]) -> Issuer:
    """Microsoft Entra ID: one tenant, several, or all.

    Scopes come from `scp` (a user's consent) and `roles` (of the app or the user); a token must
    have one of them, since any app of a tenant can have a token without. ID tokens have no `azp`,
    and are refused.

    Args:
        tenants: The id of the tenant, a GUID; or several; or `ANY_TENANT`, and then `user` or
            `claims` decide who is welcome. Personal accounts belong to the tenant
            `9188040d-6c67-4c5b-b112-36a304b66dad`, which only its own id names.
        version: 1 for tokens that `sts.windows.net` has issued, which is what an app registration
            gives until its manifest has `requestedAccessTokenVersion` 2; for one tenant only.
        rules: `audience`, for version 2 the client id of the API, for version 1 mostly
            `api://<client id>`, and further arguments of `Issuer`.
    """
    listed = () if tenants == ANY_TENANT else _listed(tenants)
    if not all(_GUID.fullmatch(each) for each in listed) or (not listed and tenants != ANY_TENANT):
        raise ImproperlyConfigured(
            "entra(tenants=…) takes ids of tenants, each a GUID in lower case as the portal shows "
            "it, or ANY_TENANT; a domain, 'common' and 'organizations' are in no token."
        )
    defaults: Rules = {"scopes_from": ["scp", "roles"], "require_any": ["scp", "roles"]}
    if version == 1:
        if len(listed) != 1:
            raise ImproperlyConfigured("entra(version=1) takes one tenant.")
        defaults |= {
            "require": ["appid"],
            "client_claim": "appid",
            "metadata": f"{_ENTRA}/{listed[0]}/.well-known/openid-configuration",
        }
        return _issuer(f"https://sts.windows.net/{listed[0]}/", defaults, rules)
    if version != 2:
        raise ImproperlyConfigured("entra(version=…) is 1 or 2.")
    defaults["require"] = ["azp"]
    if len(listed) == 1:
        return _issuer(f"{_ENTRA}/{listed[0]}/v2.0", defaults, rules)
    defaults["metadata"] = f"{_ENTRA}/organizations/v2.0/.well-known/openid-configuration"
    return _issuer(f"{_ENTRA}/{{tenantid}}/v2.0", defaults, rules, tenants=listed)


def google(**rules: Unpack[Rules]) -> Issuer:
    """Google, by ID tokens of Sign in with Google: its access tokens are no JWTs.

    An ID token says who somebody is and grants nothing: there are no scopes. For one Workspace
    domain, give `claims={"hd": "example.com"}`.

    Args:
        rules: `audience`, the client ids of your apps, and further arguments of `Issuer`.
    """
    return _issuer("https://accounts.google.com", {"discovery": "openid", "scopes_from": []}, rules)


def firebase(project: str, **rules: Unpack[Rules]) -> Issuer:
    """A project of Firebase Authentication, or of Identity Platform, by its ID tokens.

    Custom claims stand beside the others: `scopes_from=["roles"]` takes scopes from one of yours.
    Session cookies have another issuer and are refused.

    Args:
        project: The id of the project, which is the audience too.
        rules: Further arguments of `Issuer`.
    """
    return _issuer(
        f"https://securetoken.google.com/{project}",
        {
            "audience": project,
            "discovery": "openid",
            "algorithms": ["RS256"],
            "require": ["auth_time"],
            "scopes_from": [],
        },
        rules,
    )


def supabase(project: str, **rules: Unpack[Rules]) -> Issuer:
    """A project of Supabase, with asymmetric signing keys.

    Tokens that the legacy HS256 secret signs are refused: whoever can verify those can make them
    for the whole project. Have the project rotate to a signing key for ES256 or RS256. `anon` and
    `service_role` are keys of that kind and no users.

    The role stands in `role`, which is no scope of yours; users may write `user_metadata` as they
    like, so nothing that it says is checked here. For users who did not sign in anonymously only,
    give `claims={"is_anonymous": False}`.

    Args:
        project: The reference of the project, or the host of a domain of your own.
        rules: Further arguments of `Issuer`; `audience` is `authenticated` unless told otherwise.
    """
    host = project if "." in project else f"{project}.supabase.co"
    issuer = f"https://{_host('supabase', host)}/auth/v1"
    return _issuer(
        issuer,
        {
            "audience": "authenticated",
            "jwks": f"{issuer}/.well-known/jwks.json",
            "claims": {"role": "authenticated"},
            "scopes_from": ["scope"],
        },
        rules,
    )


def _issuer(name: str, defaults: Rules, rules: Rules, tenants: Collection[str] = ()) -> Issuer:
    merged: dict[str, Any] = {**defaults, **rules}
    # Both hold: what a provider's tokens must say, no claim of the site's own makes up for.
    for key in ("require", "absent"):
        if key in defaults and key in rules:
            merged[key] = [*_listed(defaults.get(key)), *_listed(rules.get(key))]
    if "claims" in defaults and "claims" in rules:
        merged["claims"] = {**defaults["claims"], **rules["claims"]}
    return Issuer(name, tenants=tenants, **cast("Rules", merged))


def _listed(given: Any) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)


def _host(preset: str, name: str) -> str:
    if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?", name):
        raise ImproperlyConfigured(
            f"{preset}: {name!r} is no host; leave out https://, paths and capital letters."
        )
    return name
