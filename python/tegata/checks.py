"""System checks: what a site should set before it is open to the world.

Settings that cannot be at all stop start-up (see `tegata.conf`); these are about what can be and
should not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks, mail
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.views.debug import SafeExceptionReporterFilter

from tegata import conf
from tegata._tegata import Issuer, is_origin
from tegata.internal import claim_conflicts, transport
from tegata.internal.keys import DERIVED, named_keys
from tegata.internal.user_model import user_model
from tegata.payload import custom_fields

# RFC 7518 section 3.2 for HS256.
_LEAST_SECRET_BYTES = 32
_VARY = "tegata.middleware.vary_on_token_cookie"
# The permissions of those who are neither the owner of a file nor in its group.
_OTHERS = 0o007


def register() -> None:
    """Registers the checks with Django."""
    checks.register(check_installed_apps, checks.Tags.compatibility)
    checks.register(check_payload_class, checks.Tags.models)
    checks.register(check_claim_names, checks.Tags.models)
    checks.register(check_secret_key, checks.Tags.security)
    checks.register(check_cookies, checks.Tags.security)
    checks.register(check_deployment, checks.Tags.security, deploy=True)
    checks.register(check_cookies_in_production, checks.Tags.security, deploy=True)
    checks.register(check_published, checks.Tags.urls, deploy=True)


def check_installed_apps(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.E001: the user model's app is missing."""
    if apps.is_installed("django.contrib.auth"):
        return []
    return [
        checks.Error(
            "Tegata needs django.contrib.auth.",
            hint="Add 'django.contrib.auth' to INSTALLED_APPS.",
            id="tegata.E001",
        )
    ]


def check_payload_class(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.E002: a required claim that nothing fills."""
    payload_class = conf.current().PAYLOAD_CLASS
    if not claim_conflicts.takes_from_user(payload_class):
        return []
    user_class = user_model()
    filled = claim_conflicts.filled_by_engine(conf.current())
    return [
        checks.Error(
            f"TEGATA['PAYLOAD_CLASS'] requires the claim '{name}', which nothing fills.",
            hint=(
                f"Override {payload_class.__name__}.claims_for, or give the field a default; "
                f"{user_class.__name__} has no attribute of that name."
            ),
            id="tegata.E002",
        )
        for name in custom_fields(payload_class)
        if payload_class.model_fields[name].is_required()
        and name not in filled
        and not claim_conflicts.has_attribute(user_class, name)
    ]


def check_claim_names(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.E003: a claim of the site's own under a name of the engine's."""
    return [
        checks.Error(f"TEGATA['PAYLOAD_CLASS'] {problem}.", hint=hint, id="tegata.E003")
        for problem, hint in claim_conflicts.conflicts(conf.current(), user_model())
    ]


def check_secret_key(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.W001: tokens hang on a secret that is shorter than the hash."""
    if not _serves(conf.current()):
        return []
    secrets: list[tuple[str, str | bytes]] = [("SECRET_KEY", settings.SECRET_KEY)]
    secrets += [("SECRET_KEY_FALLBACKS", secret) for secret in settings.SECRET_KEY_FALLBACKS]
    return [
        checks.Warning(
            f"{name} has fewer than {_LEAST_SECRET_BYTES} bytes, and tokens are signed with a key "
            "derived from it.",
            hint="Use django.core.management.utils.get_random_secret_key(), or set TEGATA['KEYS'].",
            id="tegata.W001",
        )
        for name, secret in secrets
        if len(secret.encode() if isinstance(secret, str) else secret) < _LEAST_SECRET_BYTES
    ]


def check_cookies(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.W030 and W031: pages that could not act although the site means them to."""
    if not transport.uses_cookies():
        return []
    findings: list[checks.CheckMessage] = [
        checks.Warning(
            f"CSRF_TRUSTED_ORIGINS has {origin!r}, which is no whole origin, so Tegata's cookies "
            "trust no page by it.",
            hint="Name each origin: scheme, host and, if it is not the usual one, port.",
            id="tegata.W030",
        )
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if not is_origin(origin)
    ]
    if conf.current().COOKIE_SAMESITE == "None" and settings.CSRF_COOKIE_SAMESITE != "None":
        findings.append(
            checks.Warning(
                "TEGATA['COOKIE_SAMESITE'] is 'None', for pages of other sites, but those cannot "
                f"send the CSRF cookie: CSRF_COOKIE_SAMESITE is {settings.CSRF_COOKIE_SAMESITE!r}.",
                hint="Set CSRF_COOKIE_SAMESITE = 'None', and CSRF_COOKIE_SECURE = True with it.",
                id="tegata.W031",
            )
        )
    return findings


def check_cookies_in_production(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.W032 to W034, with `--deploy` only."""
    if not transport.uses_cookies():
        return []
    findings: list[checks.CheckMessage] = []
    if not conf.cookies().access().secure:
        findings.append(
            checks.Warning(
                "Tegata's cookies are not Secure, so a browser sends tokens over plain HTTP too.",
                hint="Leave out TEGATA['COOKIE_SECURE'], and turn DEBUG off.",
                id="tegata.W032",
            )
        )
    if conf.current().TRANSPORT != "header" and _VARY not in settings.MIDDLEWARE:
        findings.append(
            checks.Warning(
                f"{_VARY!r} is not in MIDDLEWARE, so a cache between this site and its users may "
                "give one user's answer to another.",
                hint="Put it in front of the others.",
                id="tegata.W033",
            )
        )
    findings += [
        checks.Warning(
            f"Django's error reports show the cookie {name!r}, and with it a token that is good.",
            hint="Give it a name with TOKEN in it, by which Django knows to hide it.",
            id="tegata.W034",
        )
        for name in (conf.cookies().access().name, conf.cookies().refresh("/").name)
        if not SafeExceptionReporterFilter.hidden_settings.search(name)
    ]
    return findings


def check_deployment(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.W002 to W008, W011 and W020, with `--deploy` only."""
    rules = conf.current()
    given = conf.given()
    findings = (
        (
            "ISSUER" not in given,
            "TEGATA['ISSUER'] is not set, so tokens of other sites with the default name differ "
            "from yours by their key alone.",
            "Set it to the URL of this site.",
            "tegata.W002",
        ),
        (
            "AUDIENCE" not in given,
            "TEGATA['AUDIENCE'] is not set, so every service that trusts your key takes your "
            "tokens for its own.",
            "Set it to the name or URL of the API that the tokens are for.",
            "tegata.W003",
        ),
        (
            timedelta(hours=1) < rules.ACCESS_TOKEN_LIFETIME,
            "TEGATA['ACCESS_TOKEN_LIFETIME'] is longer than an hour.",
            "Keep it at some minutes and let clients refresh.",
            "tegata.W004",
        ),
        (
            not rules.ROTATE_REFRESH_TOKENS,
            "TEGATA['ROTATE_REFRESH_TOKENS'] is off, so a stolen refresh token is never noticed.",
            "Turn it on (RFC 9700 section 4.14.2).",
            "tegata.W005",
        ),
        (
            _serves(rules) and str(settings.SECRET_KEY).startswith("django-insecure-"),
            "Tokens are signed with a key derived from a SECRET_KEY that `startproject` made.",
            "Set a SECRET_KEY of your own, or TEGATA['KEYS'].",
            "tegata.W006",
        ),
        (
            _keeps_sessions_in(LocMemCache, rules),
            f"TEGATA['SESSION_CACHE'] is {rules.SESSION_CACHE!r}, of which every process has its "
            "own, so a logout acts at once in one process only.",
            "Name a cache that all processes share, such as Django's RedisCache.",
            "tegata.W007",
        ),
        (
            _keeps_sessions_in(DummyCache, rules),
            f"TEGATA['SESSION_CACHE'] is {rules.SESSION_CACHE!r}, which keeps nothing, so every "
            "request reads the rows.",
            "Name a cache that all processes share, such as Django's RedisCache.",
            "tegata.W007",
        ),
        (
            # Where a test runs the checks, it has every right to be.
            "tegata.testing" in sys.modules and not hasattr(mail, "outbox"),
            "This site imports tegata.testing, which can stop the clock and open sessions for "
            "anybody without a password.",
            "Import it in tests only.",
            "tegata.W020",
        ),
        (
            _counts_in((LocMemCache, DummyCache), rules),
            f"TEGATA['THROTTLE_CACHE'] is {rules.THROTTLE_CACHE!r}, in which every process counts "
            "for itself, if at all, so more guesses are let pass than the throttles say.",
            "Name a cache that all processes share, such as Django's RedisCache.",
            "tegata.W008",
        ),
        (
            _counts_in((FileBasedCache, DatabaseCache), rules),
            f"TEGATA['THROTTLE_CACHE'] is {rules.THROTTLE_CACHE!r}, which cannot count in one "
            "step, so guesses at the same time can slip past the throttles.",
            "Name a cache that counts by itself, such as Django's RedisCache.",
            "tegata.W008",
        ),
    )
    return [
        *(
            checks.Warning(message, hint=hint, id=check_id)
            for applies, message, hint, check_id in findings
            if applies
        ),
        *(
            checks.Warning(
                f"TEGATA['KEYS']: every user of this machine can read or write {path}.",
                hint=f"chmod o= {path}; if somebody may have read it, make a new key.",
                id="tegata.W011",
            )
            for path in _key_files(rules)
            if path.stat().st_mode & _OTHERS
        ),
    ]


def check_published(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """tegata.W040 and W041, with `--deploy` only: what `tegata.urls` cannot publish."""
    try:
        path = reverse("tegata:jwks")
    except NoReverseMatch:
        # It is not among the URLs.
        return []
    findings: list[checks.CheckMessage] = []
    try:
        Issuer(conf.current().ISSUER)
    except ValueError as error:
        findings.append(
            checks.Warning(
                f"TEGATA['ISSUER'] is published by nothing: {error}.",
                hint="Set it to the https URL of this site, so that others find its metadata.",
                id="tegata.W040",
            )
        )
    if path != f"{get_script_prefix()}.well-known/jwks.json":
        findings.append(
            checks.Warning(
                f"tegata.urls stands at {path}, where nobody looks for an issuer's metadata.",
                hint="Include it at the root: path('', include('tegata.urls')).",
                id="tegata.W041",
            )
        )
    return findings


def _serves(rules: conf.Settings) -> bool:
    """Whether tokens are signed or verified with keys derived from `SECRET_KEY`."""
    return rules.KEYS is None or (not isinstance(rules.KEYS, Path) and DERIVED in rules.KEYS)


def _key_files(rules: conf.Settings) -> list[Path]:
    """The files with keys that may sign."""
    keys = named_keys(rules.KEYS, rules.ALGORITHM)
    return sorted({each.path for each in keys if each.path is not None and each.key.can_sign})


def _keeps_sessions_in(backend: type[BaseCache], rules: conf.Settings) -> bool:
    """Whether the session cache, if there is one, is of that kind."""
    return rules.SESSION_CACHE is not None and isinstance(caches[rules.SESSION_CACHE], backend)


def _counts_in(backends: tuple[type[BaseCache], ...], rules: conf.Settings) -> bool:
    """Whether attempts are counted, and in a cache of these kinds."""
    is_used = bool(rules.LOGIN_THROTTLE or rules.REFRESH_THROTTLE)
    return is_used and isinstance(caches[rules.THROTTLE_CACHE], backends)
