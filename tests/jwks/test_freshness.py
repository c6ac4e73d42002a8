"""What `Cache-Control`, `Age` and `Expires` say about how long an answer is fresh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.jwks.freshness import stated_lifetime

DATE = "Tue, 15 Nov 1994 08:00:00 GMT"
IN_TEN_MINUTES = "Tue, 15 Nov 1994 08:10:00 GMT"


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=600", 600),
        ("public, max-age=19845, must-revalidate, no-transform", 19845),
        ("MAX-AGE=600", 600),
        ("max-age=0600", 600),
        ('max-age="600"', 600),
        ("max-age=0", 0),
        ("s-maxage=10, max-age=600", 600),
        ("max-age=600, max-age=60", 60),
        ("no-store", 0),
        ("no-cache, max-age=600", 0),
        ('no-cache="Set-Cookie", max-age=600', 600),
        ('private="max-age=5", max-age=600', 600),
        (r'private="a\", max-age=5", max-age=600', 600),
        ("max-age=-1", 0),
        ("max-age=1e3", 0),
        ("max-age=1_0", 0),
        ("max-age=٦٠", 0),
        ("max-age=", 0),
        ("max-age", 0),
        ("max-age=" + "9" * 5_000, 2**31),
        ("max-age=99999999999", 2**31),
        ("", None),
        (',,;="', None),
        ("s-maxage=10", None),
        ("private, must-revalidate", None),
        ("xmax-age=10", None),
    ],
)
def test_cache_control(cache_control: str, seconds: int | None) -> None:
    assert stated_lifetime({"cache-control": cache_control}) == seconds


@pytest.mark.parametrize(
    ("age", "seconds"), [("0", 600), ("100", 500), ("700", 0), ("-5", 600), ("soon", 600)]
)
def test_age_is_subtracted(age: str, seconds: int) -> None:
    assert stated_lifetime({"cache-control": "max-age=600", "age": age}) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"expires": IN_TEN_MINUTES, "date": DATE}, 600),
        ({"expires": IN_TEN_MINUTES, "date": DATE, "age": "60"}, 540),
        ({"expires": IN_TEN_MINUTES, "date": DATE, "cache-control": "max-age=5"}, 5),
        ({"expires": IN_TEN_MINUTES, "date": DATE, "cache-control": "public"}, 600),
        ({"expires": DATE, "date": IN_TEN_MINUTES}, 0),
        ({"expires": "0", "date": DATE}, 0),
        ({"expires": "-1", "date": DATE}, 0),
        ({"expires": IN_TEN_MINUTES}, 0),
        ({"expires": IN_TEN_MINUTES, "date": "yesterday"}, 0),
        # A time that names no timezone cannot be compared with one that does.
        ({"expires": "Tue, 15 Nov 1994 08:10:00", "date": DATE}, 0),
        ({"expires": "Tue, 15 Nov 1994 08:10:00 -0000", "date": DATE}, 0),
        ({}, None),
    ],
)
def test_expires_counts_where_there_is_no_max_age(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert stated_lifetime(headers) == seconds


TEXT = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ["max-age", "no-store", "no-cache", "=", '"', "\\", ",", " ", "9" * 30, "-1", "é", DATE]
        )
    ).map("".join),
)


@given(cache_control=TEXT, age=TEXT, expires=TEXT, date=TEXT)
def test_no_header_is_too_odd(cache_control: str, age: str, expires: str, date: str) -> None:
    headers = {"cache-control": cache_control, "age": age, "expires": expires, "date": date}
    said = stated_lifetime(headers)
    assert said is not None
    assert 0 <= said <= 2**31


@given(seconds=st.integers(0, 2**31), other=st.sampled_from(["public", "private", "x=1", 'y="z"']))
def test_max_age_is_found_among_others(seconds: int, other: str) -> None:
    for text in (f"{other}, max-age={seconds}", f"max-age={seconds},{other}"):
        assert stated_lifetime({"cache-control": text}) == seconds


def test_a_long_header_is_read_in_no_time() -> None:
    for piece in ('a="', "a=", '"\\', "a,", '="a'):
        stated_lifetime({"cache-control": piece * 100_000})
