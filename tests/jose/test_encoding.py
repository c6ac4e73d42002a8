"""Python's values on their way into a token."""

from __future__ import annotations

import json
import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata import jose
from tests.jose.materials import KEY, base64url, by_hand, signing_key


class Colour(StrEnum):
    RED = "red"


class Shape(Enum):
    ROUND = "round"


class Level(IntEnum):
    HIGH = 3


class Flag(IntFlag):
    A = 1
    B = 2


class Text(str):
    def __str__(self) -> str:
        return "something else"


class Number(int):
    def __repr__(self) -> str:
        return "something else"

    __str__ = __repr__


class Point(NamedTuple):
    x: int
    y: int


class Zone(tzinfo):
    """A timezone in which nothing but its distance from UTC matters."""

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Half a surrogate pair has no form in UTF-8.
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=12,
)
REGISTERED = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}


def read(claims: Mapping[str, Any], **headers: Any) -> dict[str, Any]:
    """The claims that a token says after it was signed for these."""
    return jose.decode_unverified(jose.encode(claims, KEY, headers=headers)).claims


def header(key: jose.Key, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return jose.decode_unverified(jose.encode({}, key, headers=headers)).header


@given(st.dictionaries(st.text().filter(lambda name: name not in REGISTERED), JSON_VALUES))
@settings(deadline=None)
def test_json_comes_back_as_it_was(claims: dict[str, Any]) -> None:
    token = jose.encode(claims, KEY)
    # Equal numbers of two types, and -0.0, are told apart by their text.
    for read in (jose.decode, lambda token, _: jose.decode_unverified(token)):
        assert repr(read(token, KEY).claims) == repr(claims)


def test_every_kind_of_json() -> None:
    claims: dict[str, Any] = {
        "null": None,
        "truth": [True, False],
        "numbers": [0, -1, 2**63 - 1, -(2**63), 2**63, 2**64, -(10**80), 0.1, -0.0, 1e300, 5e-324],
        "text": 'ü 🎟 \u0000 \u2028 \\ " / \x7f',
        "object": {"": {"a": []}},
    }
    assert repr(read(claims)) == repr(claims)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, "red"),
        (Text("text"), "text"),
        (Level.HIGH, 3),
        (Flag.A | Flag.B, 3),
        (Number(7), 7),
        (Number(2**70), 2**70),
        (type("Real", (float,), {})(1.5), 1.5),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        ({Colour.RED: 1}, {"red": 1}),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+30"), "1E+30"),
    ],
    ids=repr,
)
def test_kinds_of_them_and_more(value: object, expected: object) -> None:
    assert repr(read({"value": value})) == repr({"value": expected})


def test_claims_may_be_any_mapping() -> None:
    class Claims(Mapping[str, int]):
        def __getitem__(self, name: str) -> int:
            return {"a": 1}[name]

        def __iter__(self) -> Iterator[str]:
            return iter("a")

        def __len__(self) -> int:
            return 1

    for claims in (MappingProxyType({"a": 1}), OrderedDict(a=1), Claims()):
        assert read(claims) == {"a": 1}


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HALF_PAST_TWO = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2027, 1, 15, 8, tzinfo=UTC), 1_800_000_000),
        (datetime(2027, 1, 15, 8, 0, 0, 999_999, tzinfo=UTC), 1_800_000_000),
        (datetime(2027, 1, 15, 13, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))), None),
        (datetime(2027, 1, 14, 20, tzinfo=timezone(timedelta(hours=-12))), None),
        # The hour that comes twice when summer time ends.
        (HALF_PAST_TWO, 1_792_888_200),
        (HALF_PAST_TWO.replace(fold=1), 1_792_891_800),
        (datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), -1),
        (datetime.max.replace(tzinfo=UTC), 253_402_300_799),
    ],
)
def test_datetimes_become_whole_seconds(moment: datetime, seconds: int | None) -> None:
    expected = 1_800_000_000 if seconds is None else seconds
    assert read({"at": moment, "list": [moment]}) == {"at": expected, "list": [expected]}


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001
        timezones=st.timezones() | st.just(UTC),
    )
)
@settings(deadline=None)
def test_datetimes_of_every_zone(moment: datetime) -> None:
    # A float would lose the last microseconds of a far year.
    assert read({"exp": moment})["exp"] == (moment - EPOCH) // timedelta(seconds=1)


class NoZone(Zone):
    """A timezone that does not say how far it is from UTC, which leaves a datetime naive."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    "moment",
    [datetime(2027, 1, 15), datetime(2027, 1, 15, tzinfo=NoZone())],  # noqa: DTZ001
    ids=["no zone", "a zone without an offset"],
)
def test_naive_datetimes_are_refused(moment: datetime) -> None:
    with pytest.raises(jose.UnencodableClaimsError, match=r"no timezone; hint: datetime\.now"):
        jose.encode({"exp": moment}, KEY)


def cycles() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    knot: dict[str, Any] = {}
    knot["knot"] = {"knot": (knot,)}
    return [ring, knot]


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        b"bytes",
        bytearray(b"bytes"),
        {1, 2},
        frozenset(),
        date(2027, 1, 15),
        timedelta(1),
        1j,
        Fraction(1, 3),
        object(),
        int,
        len,
        iter([]),
        range(3),
        MappingProxyType({}),
        Shape.ROUND,
        {1: "a"},
        {None: "a"},
        {("a",): "a"},
        "\ud800",
        {"\udfff": 1},
        10**5_000,
        *cycles(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_form_in_json(value: object) -> None:
    with pytest.raises(jose.UnencodableClaimsError):
        jose.encode({"a": value}, KEY)
    with pytest.raises(jose.UnencodableClaimsError):
        jose.encode({"a": [{"b": (value,)}]}, KEY)


def nested(levels: int) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    for _ in range(levels - 1):
        claims = {"a": claims}
    return claims


def test_depth_is_that_of_a_reader() -> None:
    assert jose.decode(jose.encode(nested(16), KEY), KEY).claims == nested(16)
    with pytest.raises(jose.UnencodableClaimsError, match="deeper than 16"):
        jose.encode(nested(17), KEY)
    with pytest.raises(jose.TooDeepError):
        jose.decode(by_hand(nested(17)), KEY)
    assert jose.decode(by_hand(nested(17)), KEY, max_depth=17).claims == nested(17)
    assert jose.decode(by_hand(nested(128)), KEY, max_depth=10**9).claims == nested(128)
    with pytest.raises(jose.TooDeepError):
        jose.decode(by_hand(nested(129)), KEY, max_depth=10**9)


@pytest.mark.parametrize(
    "claims",
    [
        *({name: 7} for name in ("iss", "sub", "jti", "aud")),
        *({name: None} for name in sorted(REGISTERED)),
        *({name: value} for name in ("exp", "nbf", "iat") for value in ("1", True, [0], -1)),
        {"aud": ["a", 7]},
        {"exp": 253_402_300_800},
        {"exp": datetime(1969, 1, 1, tzinfo=UTC)},
    ],
    ids=repr,
)
def test_registered_claims_are_of_their_types(claims: dict[str, Any]) -> None:
    """Or every reader would refuse the token, this one among them."""
    (name,) = claims
    with pytest.raises(jose.UnencodableClaimsError, match=rf"^`{name}`: "):
        jose.encode(claims, KEY)
    if not isinstance(claims[name], datetime):
        with pytest.raises(jose.ClaimTypeError):
            jose.decode(by_hand(claims), KEY)


def test_skip_is_for_readers_that_want_it_otherwise() -> None:
    claims = {"sub": 7, "exp": "never", "x": 1}
    token = jose.encode(claims, KEY, skip=["sub", "exp"])
    assert jose.decode(token, KEY, skip=["sub", "exp"]).claims == claims
    with pytest.raises(jose.UnencodableClaimsError):
        jose.encode(claims, KEY, skip="sub")
    with pytest.raises(jose.InvalidArgumentError, match=r"^skip: "):
        jose.encode(claims, KEY, skip=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("claims", [None, 7, "{}", b"{}", [], [("a", 1)], object()], ids=repr)
def test_what_are_no_claims(claims: Any) -> None:
    with pytest.raises(jose.InvalidArgumentError, match=r"^claims: give a mapping"):
        jose.encode(claims, KEY)
    if claims is not None:
        with pytest.raises(jose.InvalidArgumentError, match=r"^headers: give a mapping"):
            jose.encode({}, KEY, headers=claims)


class Meddler(Zone):
    """Changes the claims while they are written."""

    def __init__(self, claims: dict[str, Any], **more: Any) -> None:
        self.claims, self.more = claims, more

    def utcoffset(self, _: datetime | None) -> timedelta:
        self.claims.pop("last", None)
        self.claims.update(self.more)
        return timedelta(0)


def test_claims_that_change_meanwhile() -> None:
    claims: dict[str, Any] = {"at": None, "last": 1}
    for more in ({f"{number}": 1 for number in range(100)}, {"another": 1}, {}):
        claims = {"at": None, "last": 1}
        claims["at"] = datetime(2027, 1, 15, tzinfo=Meddler(claims, **more))
        try:
            assert "at" in read(claims)
        except jose.UnencodableClaimsError as error:
            assert "changed" in str(error)  # noqa: PT017


def test_what_a_callers_own_object_raises_is_the_callers() -> None:
    class Broken(Zone):
        def utcoffset(self, _: datetime | None) -> timedelta:
            raise LookupError("no such zone")

    with pytest.raises(LookupError, match="no such zone"):
        jose.encode({"at": datetime(2027, 1, 15, tzinfo=Broken())}, KEY)


def test_header() -> None:
    key = signing_key("ES256")
    assert header(KEY) == {"alg": "HS256", "typ": "JWT"}
    assert header(key) == {"alg": "ES256", "typ": "JWT", "kid": key.kid}
    assert header(key, {}) == header(key)
    assert header(key, {"typ": "at+jwt", "cty": "a", "kid": "b", "x": [1, {"y": None}]}) == {
        **{"alg": "ES256", "typ": "at+jwt", "cty": "a", "kid": "b", "x": [1, {"y": None}]}
    }
    assert header(key, {"typ": None, "kid": None, "alg": "ES256"}) == {"alg": "ES256"}
    assert header(KEY, MappingProxyType({"id": UUID(int=7)})) == {
        **{"alg": "HS256", "typ": "JWT", "id": f"{UUID(int=7)}"}
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"alg": "ES256"},
        {"alg": "none"},
        {"alg": None},
        {"crit": ["exp"]},
        {"crit": None},
        {"b64": False},
        {"kid": 7},
        {"typ": ["JWT"]},
        {"x": object()},
        {1: 2},
        {"x": 2**64},
        {"x": math.nan},
        {"x": "\ud800"},
    ],
    ids=repr,
)
def test_headers_that_cannot_be(headers: dict[Any, Any]) -> None:
    with pytest.raises(jose.UnencodableClaimsError):
        jose.encode({}, KEY, headers=headers)


def test_numbers_of_a_header_keep_their_digits() -> None:
    headers = {"most": 2**64 - 1, "least": -(2**63), "real": 0.1}
    assert repr(header(KEY, headers)["most"]) == repr(2**64 - 1)
    assert header(KEY, headers) == {"alg": "HS256", "typ": "JWT", **headers}


def test_no_more_is_written_than_need_be() -> None:
    token = jose.encode({"a": [1, "b"], "ü": None}, KEY, headers={"typ": None})
    parts = ['{"alg":"HS256"}', '{"a":[1,"b"],"ü":null}']
    assert token.split(".")[:2] == [base64url(part.encode()) for part in parts]
    assert json.loads(parts[1]) == jose.decode_unverified(token).claims


def test_a_set_signs_by_its_first_key() -> None:
    first, second = signing_key("EdDSA"), KEY
    token = jose.encode({}, jose.KeySet([first, second]))
    assert jose.decode_unverified(token).header["alg"] == "EdDSA"
    with pytest.raises(jose.NotForSigningError):
        jose.encode({}, jose.KeySet([first.public(), second]))


@pytest.mark.parametrize("key", [None, 7, "secret", b"secret", {}, [KEY], object()], ids=repr)
def test_what_is_no_key(key: Any) -> None:
    for call in (lambda: jose.encode({}, key), lambda: jose.decode(by_hand({}), key)):
        with pytest.raises(jose.InvalidArgumentError, match="give a Key or a KeySet"):
            call()
