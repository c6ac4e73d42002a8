"""The rules that a site has for the claims of its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tegata import jose
from tegata.async_jwt.errors import known_to_all
from tegata.internal import clock

JWT_MANDATORY_CLAIMS = [("iss", "JWT_ISSUER"), ("aud", "JWT_AUDIENCE")]
"""The claims that every token has, and the settings that say what is in them."""

_OPTIONS = {"essential", "allow_blank", "value", "values"}


class ClaimsRegistry:
    """What claims must say, besides being of the types of RFC 7519 and `exp`, `nbf`, `iat` holding.

    A claim with a rule must be there, unless the rule has `"essential": False`. `exp` must be there
    too, and for as long as no rule says otherwise.

    Args:
        options: For each claim a dict with any of `value`, what it must be, or hold if it is a
            list; `values`, several of those; `essential`; and `allow_blank`, for one that may be
            empty or null.
        leeway: How many seconds clocks may disagree.

    Raises:
        ValueError: There is no such option, or it says nothing.
    """

    def __init__(
        self, options: Mapping[str, Mapping[str, Any]] | None = None, *, leeway: float = 0
    ) -> None:
        self.options = dict(options or {})
        self.leeway = leeway
        self._rules = {name: _rule(name, option) for name, option in self.options.items()}
        self._optional = {
            name for name, option in self.options.items() if option.get("essential") is False
        }

    @property
    def required(self) -> tuple[str, ...]:
        """Of the claims about time, those that must be there."""
        return () if "exp" in self._optional else ("exp",)

    def validate(self, claims: Mapping[str, Any]) -> None:
        """Checks the claims of a token that was verified.

        Raises:
            JoseError: One is refused; it is joserfc's `JoseError` too, if that is installed.
        """
        rules = {
            name: rule
            for name, rule in self._rules.items()
            if name in claims or name not in self._optional
        }
        if "aud" in claims:
            # Nobody has said who we are.
            rules.setdefault("aud", _anything)
        with known_to_all():
            jose.check_claims(
                claims,
                rules=rules,
                require=self.required,
                leeway=self.leeway,
                now=clock.now(),
            )


def with_settings(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The rules of a class, and those of JWT_ISSUER and JWT_AUDIENCE for claims that it has none
    for."""
    ruled = dict(options)
    for claim, setting_name in JWT_MANDATORY_CLAIMS:
        value = getattr(settings, setting_name, None)
        if claim not in ruled and value is not None:
            ruled[claim] = {"value": value}
    return ruled


def _rule(name: str, option: Any) -> Any:
    if not isinstance(option, Mapping) or not option.keys() <= _OPTIONS:
        raise ValueError(
            f"claims: the rule for {name!r} is a dict with any of {', '.join(sorted(_OPTIONS))}"
        )
    value, values = option.get("value"), option.get("values")
    if values is not None:
        if value is not None or isinstance(values, str) or not list(values):
            raise ValueError(f"claims: `values` of {name!r} is a list, and stands without `value`")
        return jose.Holds(*values)
    if value is not None:
        return jose.Holds(value)
    return _anything if option.get("allow_blank") else _is_filled


def _anything(value: object) -> bool:
    return True


def _is_filled(value: object) -> bool:
    return value is not None and value not in ("", [], {})
