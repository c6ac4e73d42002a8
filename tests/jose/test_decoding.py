"""What `decode` accepts as a token, and what it can be asked to check."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tegata import jose
from tests.jose.materials import ALGORITHMS, KEY, NOW, by_hand, of_parts, signing_key

TOKEN = by_hand({"sub": "alice"}, typ="JWT", x="y")
HOUR = timedelta(hours=1)


def decode(claims: dict[str, Any], /, **arguments: Any) -> dict[str, Any]:
    return jose.decode(by_hand(claims), KEY, **{"now": NOW, **arguments}).claims


def every_other(token: str) -> memoryview:
    spread = bytearray(2 * len(token))
    spread[::2] = token.encode()
    return memoryview(spread)[::2]


class Text(str):
    pass


class Bytes(bytes):
    pass


FORMS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "bytes": str.encode,
    "bytearray": lambda token: bytearray(token.encode()),
    "memoryview": lambda token: memoryview(token.encode()),
    "memoryview of letters": lambda token: memoryview(token.encode()).cast("c"),
    "memoryview with gaps": every_other,
    "memoryview backwards": lambda token: memoryview(token.encode()[::-1])[::-1],
    "kind of str": Text,
    "kind of bytes": lambda token: Bytes(token.encode()),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_token_may_be(form: Callable[[str], Any]) -> None:
    for read in (jose.decode(form(TOKEN), KEY), jose.decode_unverified(form(TOKEN))):
        assert read.claims == {"sub": "alice"}
        assert read.header == {"alg": "HS256", "typ": "JWT", "x": "y"}
        assert read.header is read.header
        assert read.claims is read.claims
        assert repr(read) == "<Token>"


@pytest.mark.parametrize(
    "token",
    [
        *(None, 7, 1.5, [], {}, object(), [TOKEN], (TOKEN,), memoryview(TOKEN.encode()).cast("b")),
        *("", b"", ".", "..", "...", "a", f"{TOKEN}.", f".{TOKEN}", f"{TOKEN}.a.b", f"{TOKEN}="),
        *(f" {TOKEN}", f"{TOKEN}\n", f"{TOKEN}\0", f"Bearer {TOKEN}", f"{TOKEN}\ud800", b"\xff"),
        *(TOKEN.replace(".", "‧"), TOKEN.replace("e", "é"), '{"payload": "e30"}'),
    ],
    ids=repr,
)
def test_what_is_no_token(token: Any) -> None:
    with pytest.raises(jose.MalformedTokenError):
        jose.decode(token, KEY)
    with pytest.raises(jose.MalformedTokenError):
        jose.decode_unverified(token)


@pytest.mark.parametrize(
    ("header", "payload", "refusal"),
    [
        (b"{}", b"{}", jose.MalformedTokenError),
        (b"[]", b"{}", jose.MalformedTokenError),
        (b'{"alg":["HS256"]}', b"{}", jose.MalformedTokenError),
        (b'{"alg":"HS256","kid":1}', b"{}", jose.MalformedTokenError),
        (b'{"alg":"HS256","typ":null}', b"{}", jose.MalformedTokenError),
        (b'{"alg":"HS256","alg":"HS256"}', b"{}", jose.DuplicateMemberError),
        (b'{"alg":"HS256","b64":false}', b"{}", jose.CriticalHeaderError),
        (b'{"alg":"HS256"}', b"[]", jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'"alice"', jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'{"a":NaN}', jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'{"a":1e999}', jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'{"a":"\xff"}', jose.MalformedTokenError),
        (b'{"alg":"HS256"}', rb'{"a":"\ud800"}', jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'{"a":' + b"1" * 5_000 + b"}", jose.MalformedTokenError),
        (b'{"alg":"HS256"}', b'{"a":{"b":1,"b":2}}', jose.DuplicateMemberError),
    ],
)
def test_a_signature_does_not_make_it_a_token(
    header: bytes, payload: bytes, refusal: type[jose.JoseError]
) -> None:
    with pytest.raises(refusal):
        jose.decode(of_parts(header, payload), KEY)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_algorithms(alg: str) -> None:
    key = signing_key(alg)
    token = jose.encode({"sub": "alice"}, key)
    public = key if alg.startswith("HS") else key.public()
    for keys in (key, public, jose.KeySet([KEY, public])):
        assert jose.decode(token, keys).claims == {"sub": "alice"}
    assert jose.decode(token, key).header["alg"] == alg
    changed = jose.encode({"sub": "mallory"}, key)
    swapped = ".".join([*changed.split(".")[:2], token.split(".")[2]])
    with pytest.raises(jose.BadSignatureError):
        jose.decode(swapped, public)


def test_limits() -> None:
    assert jose.decode(TOKEN, KEY, max_token_length=len(TOKEN)).claims
    too_long: list[Callable[[], object]] = [
        lambda: jose.decode(TOKEN, KEY, max_token_length=len(TOKEN) - 1),
        lambda: jose.decode_unverified(TOKEN, max_token_length=len(TOKEN) - 1),
        lambda: jose.decode("a" * 8_193, KEY),
        lambda: jose.decode(b"." * 100_000_000, KEY),
    ]
    for read in too_long:
        with pytest.raises(jose.TokenTooLongError):
            read()
    long = by_hand({"a": "b" * 10_000})
    assert jose.decode(long, KEY, max_token_length=20_000).claims == {"a": "b" * 10_000}
    too_deep: list[Callable[[], object]] = [
        lambda: jose.decode(TOKEN, KEY, max_depth=0),
        lambda: jose.decode(by_hand({}, x=[1]), KEY, max_depth=1),
        lambda: jose.decode_unverified(by_hand({"x": [1]}), max_depth=1),
    ]
    for read in too_deep:
        with pytest.raises(jose.TooDeepError):
            read()
    assert jose.decode(by_hand({"x": [1]}), KEY, max_depth=2).claims
    for limit in ("max_token_length", "max_depth"):
        with pytest.raises(jose.InvalidArgumentError, match="not negative"):
            jose.decode(TOKEN, KEY, **{limit: -1})  # type: ignore[arg-type]


def test_nothing_is_checked_unless_it_is_there() -> None:
    assert decode({}) == {}
    times = {"exp": NOW + 1, "nbf": NOW, "iat": NOW}
    assert decode(times) == times
    assert decode({"exp": NOW + 0.5}) == {"exp": NOW + 0.5}


@pytest.mark.parametrize("leeway", [10, 10.0, timedelta(seconds=10)])
def test_leeway(leeway: float | timedelta) -> None:
    for claims in ({"exp": NOW - 9}, {"nbf": NOW + 10}, {"iat": NOW + 10}):
        assert decode(claims, leeway=leeway) == claims
    for claims in ({"exp": NOW - 10}, {"nbf": NOW + 11}, {"iat": NOW + 11}):
        with pytest.raises(jose.InvalidClaimError):
            decode(claims, leeway=leeway)
    with pytest.raises(jose.ExpiredTokenError):
        decode({"exp": NOW})


NO_SPANS = [-1, -0.001, timedelta(seconds=-1), math.nan, math.inf, "10", b"1", [], 1j, 10**400]


@pytest.mark.parametrize("span", NO_SPANS, ids=repr)
@pytest.mark.parametrize("argument", ["leeway", "max_age"])
def test_spans_that_cannot_be(argument: str, span: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError, match=rf"^{argument}: give seconds"):
        decode({"iat": NOW}, **{argument: span})


def test_long_spans() -> None:
    assert decode({"exp": 1}, leeway=timedelta.max)
    assert decode({"iat": 0}, max_age=1e18)


@pytest.mark.parametrize("max_age", [60, 60.0, timedelta(minutes=1)])
def test_max_age(max_age: float | timedelta) -> None:
    assert decode({"iat": NOW - 60}, max_age=max_age)
    assert decode({"iat": NOW - 65}, max_age=max_age, leeway=5)
    with pytest.raises(jose.TooOldError):
        decode({"iat": NOW - 61}, max_age=max_age)
    with pytest.raises(jose.MissingClaimError) as caught:
        decode({}, max_age=max_age)
    assert caught.value.claim == "iat"


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        float(NOW),
        datetime.fromtimestamp(NOW, UTC),
        datetime.fromtimestamp(NOW, timezone(-HOUR)),
        datetime.fromtimestamp(NOW, ZoneInfo("Asia/Kathmandu")),
    ],
)
def test_now(now: datetime | float) -> None:
    assert decode({"exp": NOW + 1, "nbf": NOW}, now=now)
    with pytest.raises(jose.ExpiredTokenError):
        decode({"exp": NOW}, now=now)


def test_now_in_the_hour_that_comes_twice() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    claims = {"exp": int(first.timestamp()) + 60}
    assert decode(claims, now=first)
    with pytest.raises(jose.ExpiredTokenError):
        decode(claims, now=first.replace(fold=1))


@pytest.mark.parametrize(
    "now",
    [datetime(2027, 1, 15), math.nan, math.inf, -1, "now", [], 10**400],  # noqa: DTZ001
    ids=repr,
)
def test_now_that_cannot_be(now: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError, match=r"^now: "):
        decode({}, now=now)


def test_the_clock_of_the_machine() -> None:
    now = time.time()
    assert jose.decode(by_hand({"exp": now + 60, "iat": now - 1}), KEY).claims
    with pytest.raises(jose.ExpiredTokenError):
        jose.decode(by_hand({"exp": now - 1}), KEY)


def names() -> Iterator[str]:
    yield from ("me", "you")


@pytest.mark.parametrize(
    "accepted",
    ["me", ["me"], ("you", "me"), {"me", "you"}, frozenset({"me"}), {"me": 1}, names()],
    ids=lambda accepted: type(accepted).__name__,
)
def test_one_or_several(accepted: Any) -> None:
    accepted = list(accepted) if isinstance(accepted, Iterator) else accepted
    assert decode({"iss": "me"}, issuer=accepted)
    for audience in ("me", ["me"], ["else", "me"]):
        assert decode({"aud": audience}, audience=accepted)
    for claims in ({"iss": "ME"}, {"iss": "me "}, {"iss": ""}):
        with pytest.raises(jose.WrongIssuerError):
            decode(claims, issuer=accepted)
    for audience in ("m", "mee", [], ["m", "e"], ""):
        with pytest.raises(jose.WrongAudienceError):
            decode({"aud": audience}, audience=accepted)
    for argument, claim in (("issuer", "iss"), ("audience", "aud")):
        with pytest.raises(jose.MissingClaimError) as caught:
            decode({}, **{argument: accepted})
        assert caught.value.claim == claim


@pytest.mark.parametrize("argument", ["issuer", "audience"])
@pytest.mark.parametrize(
    "names",
    [[], (), set(), {}, iter(()), 7, b"me", [b"me"], [None], [["me"]], "\ud800"],
    ids=repr,
)
def test_what_names_nobody(argument: str, names: Any) -> None:
    """An empty list of those accepted must not come to mean that all are."""
    with pytest.raises(jose.InvalidArgumentError, match=rf"^{argument}: give a str"):
        decode({"iss": "me", "aud": "me"}, **{argument: names})


def test_an_audience_that_nobody_named() -> None:
    for audience in ("me", ["me"], []):
        with pytest.raises(jose.WrongAudienceError, match="say which audience you are"):
            decode({"aud": audience})
    assert decode({"aud": "me"}, claims={"aud": lambda audience: audience == "me"})
    assert decode({"aud": "me"}, skip="aud")


def test_require() -> None:
    claims = {"exp": NOW + 1, "scope": None, "": 0}
    for met in ("exp", ["exp", "scope"], {"scope"}, "", []):
        assert decode(claims, require=met) == claims
    for wanted in ("jti", ["exp", "jti"], ("Exp",)):
        with pytest.raises(jose.MissingClaimError) as caught:
            decode(claims, require=wanted)
        assert caught.value.claim in wanted
    for wrong in (7, [7], b"exp"):
        with pytest.raises(jose.InvalidArgumentError, match=r"^require: "):
            decode(claims, require=wrong)


def test_skip() -> None:
    assert decode({"exp": 1, "sub": 7}, skip=["exp", "sub"]) == {"exp": 1, "sub": 7}
    assert decode({"iss": ["a", "list"]}, skip="iss")
    with pytest.raises(jose.ExpiredTokenError):
        decode({"exp": 1}, skip=["nbf", "iat"])
    with pytest.raises(jose.MissingClaimError):
        decode({}, skip="exp", require="exp")
    with pytest.raises(jose.InvalidArgumentError, match=r"^skip: "):
        decode({}, skip=7)


@pytest.mark.parametrize(
    ("skipped", "asked"),
    [("iss", {"issuer": "me"}), ("aud", {"audience": "me"}), ("iat", {"max_age": 5})],
)
def test_what_is_skipped_is_not_asked_for_as_well(skipped: str, asked: dict[str, Any]) -> None:
    with pytest.raises(
        jose.InvalidArgumentError, match=rf"^skip: .*{skipped}.*{next(iter(asked))}"
    ):
        decode({"iss": "me", "aud": "me", "iat": NOW}, skip=skipped, **asked)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_typ(typ: str) -> None:
    assert jose.decode(by_hand({}, typ=typ), KEY, typ="at+jwt").claims == {}
    for wrong in ("jwt", "at+jwt ", "rt+jwt"):
        with pytest.raises(jose.WrongTypError):
            jose.decode(by_hand({}, typ=typ), KEY, typ=wrong)
    with pytest.raises(jose.WrongTypError):
        jose.decode(by_hand({}), KEY, typ="at+jwt")


@pytest.mark.parametrize(
    ("rule", "claim"),
    [
        ("a", "a"),
        (7, 7),
        (True, True),
        (None, None),
        (1.5, 1.5),
        (["a", 1], ["a", 1]),
        ({"b": 1, "a": [2]}, {"a": [2], "b": 1}),
        ({"a", "b"}, "b"),
        (frozenset({1, "a"}), 1),
        ({("a", "b"), "c"}, ["a", "b"]),
        (UUID(int=7), f"{UUID(int=7)}"),
        (datetime.fromtimestamp(NOW, UTC), NOW),
        (jose.Holds("admin"), "admin"),
        (jose.Holds("admin", 7), ["staff", 7]),
        (str.isalpha, "abc"),
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
    ],
    ids=repr,
)
def test_a_rule_that_holds(rule: Any, claim: Any) -> None:
    assert decode({"c": claim}, claims={"c": rule}) == {"c": claim}


@pytest.mark.parametrize(
    ("rule", "claim"),
    [
        ("a", "A"),
        ("a", ["a"]),
        (1, True),
        (1, 1.0),
        (jose.Holds("admin", 1), ["administrator", True, 1.0, ["admin"]]),
        (1, "1"),
        (0, False),
        (None, 0),
        (["a", "b"], ["b", "a"]),
        (["a"], "a"),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a", "b"}, "c"),
        (set(), None),
        (2**64 - 1, 2**64),
        (str.isalpha, "7"),
    ],
    ids=repr,
)
def test_a_rule_that_does_not(rule: Any, claim: Any) -> None:
    with pytest.raises(jose.UnexpectedClaimError) as caught:
        decode({"c": claim}, claims={"c": rule})
    assert caught.value.claim == "c"
    assert caught.value.__cause__ is None


def test_a_claim_with_a_rule_must_be_there() -> None:
    for rule in ("a", None, {"a"}, lambda value: True):
        with pytest.raises(jose.MissingClaimError) as caught:
            decode({}, claims={"c": rule})
        assert caught.value.claim == "c"


def test_a_predicate_that_fails_says_no() -> None:
    with pytest.raises(jose.UnexpectedClaimError) as caught:
        decode({"c": "text"}, claims={"c": lambda value: 1 / 0})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert (caught.value.claim, caught.value.code) == ("c", "unexpected_claim")


def test_a_predicate_sees_what_the_caller_gets() -> None:
    seen: list[Any] = []

    def look(value: object) -> bool:
        seen.append(value)
        return True

    claims = decode({"c": {"d": [1]}}, claims={"c": look})
    assert seen[0] is claims["c"]


def test_a_predicate_is_not_asked_about_a_forgery() -> None:
    asked: list[Any] = []
    for token in (by_hand({"c": 1})[:-4] + "AAAA", by_hand({"c": 1, "exp": 1})):
        with pytest.raises(jose.InvalidTokenError):
            jose.decode(token, KEY, claims={"c": asked.append})
    assert asked == []


@pytest.mark.parametrize(
    "rules",
    [7, "c", [("c",)], {7: "a"}, {"\ud800": 1}, *({"c": rule} for rule in (b"", 2**64, math.nan))],
    ids=repr,
)
def test_rules_that_cannot_be(rules: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError):
        decode({"c": 1}, claims=rules)


def test_a_rule_beyond_64_bits_is_left_to_a_predicate() -> None:
    """It would be compared as a float, and then its neighbours are equal."""
    claims = {"c": 2**64 + 1}
    with pytest.raises(jose.InvalidArgumentError, match="64 bits"):
        decode(claims, claims={"c": 2**64 + 2})
    assert decode(claims, claims={"c": lambda value: value == 2**64 + 1}) == claims
    with pytest.raises(jose.InvalidArgumentError, match="float"):
        decode(claims, claims={"c": float(2**64)})


def test_neighbouring_floats_are_not_the_same() -> None:
    claim, neighbour = 4.2760416209076095e-11, 4.27604162090761e-11
    assert decode({"c": claim}, claims={"c": claim}) == {"c": claim}
    with pytest.raises(jose.UnexpectedClaimError):
        decode({"c": claim}, claims={"c": neighbour})
    token = jose.encode({}, KEY, headers={"x": 954.9331199676101})
    assert jose.decode(token, KEY).header["x"] == 954.9331199676101


async def _coroutine(_value: object) -> bool:
    return False


def _generator(_value: object) -> Iterator[bool]:
    yield False


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
@pytest.mark.parametrize(
    "rule", [_coroutine, _generator, "a".__eq__, lambda _: 7, lambda _: None, str, bool]
)
def test_an_answer_that_is_neither_yes_nor_no_is_no_answer(rule: object) -> None:
    """Each of these would count as true, or might."""
    with pytest.raises(jose.InvalidArgumentError, match=r"^claims: the rule for \"c\" "):
        decode({"c": 5}, claims={"c": rule})


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_interrupt_within_a_rule_is_no_refusal(interrupt: type[BaseException]) -> None:
    def rule(_value: object) -> bool:
        raise interrupt

    with pytest.raises(interrupt):
        decode({"c": 5}, claims={"c": rule})


def test_truth_is_no_number_of_seconds() -> None:
    """`now=True` would be 1970, in which nothing has expired."""
    arguments: list[dict[str, Any]] = [{"now": True}, {"leeway": True}, {"max_age": False}]
    for argument in arguments:
        with pytest.raises(jose.InvalidArgumentError, match=f"^{next(iter(argument))}: "):
            decode({"exp": 1000, "iat": 1}, **argument)


@pytest.mark.parametrize("typ", ["", "application/at+jwt", "\ud800", 7])
def test_a_typ_that_none_can_have(typ: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError, match=r"^typ: "):
        decode({}, typ=typ)


@pytest.mark.parametrize("size", [-1, 2**64, True, 1.5, "8192"])
def test_a_size_that_is_none(size: Any) -> None:
    for name in ("max_token_length", "max_depth"):
        with pytest.raises(jose.InvalidArgumentError, match=f"^{name}: "):
            decode({}, **{name: size})


@pytest.mark.parametrize("rules", [["ab"], [], "ab", 7])
def test_rules_that_are_no_mapping(rules: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError, match=r"^claims: "):
        decode({"a": "b"}, claims=rules)


def test_a_token_that_holds_itself_is_collected() -> None:
    token = jose.decode(by_hand({}), KEY)
    token.claims["token"] = token
    token.claims["witness"] = witness = _Witness()
    gone = weakref.ref(witness)
    del token, witness
    gc.collect()
    assert gone() is None


class _Witness:
    pass


def test_the_header_alone() -> None:
    forged = by_hand({}, kid="a").rpartition(".")[0] + ".AAAA"
    assert jose.unverified_header(forged)["kid"] == "a"
    # Of the rest no more is read than that it is there.
    assert jose.unverified_header(forged.partition(".")[0] + ".%%.%%")["kid"] == "a"
    for bad in ("", "e30", "e30.e30", "W10.e30.AAAA", "e30.e30.AAAA.AAAA"):
        with pytest.raises(jose.MalformedTokenError):
            jose.unverified_header(bad)


def test_claims_alone() -> None:
    """What `decode` would say of them, for a token that something else has verified."""
    claims = {"iss": "me", "aud": ["a"], "exp": NOW + 1, "n": 2**70}
    for given in (
        claims,
        json.dumps(claims),
        json.dumps(claims).encode(),
        MappingProxyType(claims),
    ):
        jose.check_claims(
            given, issuer="me", audience="a", require="exp", rules={"iss": "me"}, now=NOW
        )
        with pytest.raises(jose.ExpiredTokenError):
            jose.check_claims(given, audience="a", now=NOW + 1)
        with pytest.raises(jose.WrongAudienceError):
            jose.check_claims(given, now=NOW)
        jose.check_claims(given, skip=["aud", "exp"], now=NOW + 1)
        with pytest.raises(jose.UnexpectedClaimError):
            jose.check_claims(given, audience="a", rules={"n": lambda n: n == 7}, now=NOW)
    for wrong in (None, 7, b"\xff"):
        with pytest.raises(jose.InvalidArgumentError):
            jose.check_claims(wrong)  # type: ignore[arg-type]
    with pytest.raises(jose.DuplicateMemberError):
        jose.check_claims('{"a":1,"a":2}')


def test_a_token_without_checks() -> None:
    token = by_hand({"exp": 1, "sub": 7, "aud": []}, alg="none", crit=["exp"])
    read = jose.decode_unverified(token.rpartition(".")[0] + ".")
    assert read.claims == {"exp": 1, "sub": 7, "aud": []}
    assert read.header == {"alg": "none", "crit": ["exp"]}


def test_what_was_read_belongs_to_the_caller() -> None:
    """Headers are remembered between tokens; nobody may change that memory."""
    for _ in range(3):
        read = jose.decode(TOKEN, KEY)
        assert read.header == {"alg": "HS256", "typ": "JWT", "x": "y"}
        read.header.clear()
        read.claims.clear()
    with pytest.raises(AttributeError):
        read.claims = {}  # type: ignore[misc]
