"""What an issuer in trouble asks for, and what a caller is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tegata import jose
from tegata.jwks import JWKS, JWKSUnavailableError
from tegata.jwks.freshness import stated_pause
from tests.jwks.issuer import Clock, Issuer, answers, nobody_at

DATE = "Tue, 15 Nov 1994 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "9" * 5_000}, 2**31),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": ""}, 0),
        ({"retry-after": "Tue, 15 Nov 1994 08:02:00 GMT", "date": DATE}, 120),
        ({"retry-after": DATE, "date": "Tue, 15 Nov 1994 08:02:00 GMT"}, 0),
        ({"retry-after": DATE}, 0),
    ],
)
def test_the_pause_that_an_answer_asks_for(headers: dict[str, str], seconds: int | None) -> None:
    assert stated_pause(headers) == seconds


@pytest.mark.parametrize(
    ("asked_for", "pause"), [("60", 60), ("0", 1), ("nonsense", 1), ("86400", 120)]
)
def test_retry_after_lengthens_the_pause_within_bounds(
    issuer: Issuer, clock: Clock, asked_for: str, pause: int
) -> None:
    issuer.behaviour = answers(status=503, headers={"Retry-After": asked_for})
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    for left in (pause, 1):
        with pytest.raises(JWKSUnavailableError) as refused:
            keys.key_set()
        assert refused.value.retry_after == left
        clock.pass_by(pause - 1 if left == pause else 1)
        if pause == 1:
            break
    assert issuer.asked() == 1
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(1)
    keys.key_set()


def test_processes_that_fail_together_do_not_come_back_together(
    issuer: Issuer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.behaviour = answers(status=500)
    pauses = []
    for drawn in (0.0, 0.5, 1.0):
        monkeypatch.setattr("tegata.jwks.cache.random", lambda drawn=drawn: drawn)
        keys = JWKS(issuer.certs, allow_http=True, clock=clock)
        for _ in range(3):
            with pytest.raises(JWKSUnavailableError):
                keys.key_set()
            clock.pass_by(10)
        before, waited = issuer.asked(), 0.0
        clock.pass_by(-10)
        while issuer.asked() == before:
            clock.pass_by(0.25)
            waited += 0.25
            with pytest.raises(JWKSUnavailableError):
                keys.key_set()
        pauses.append(waited)
    assert pauses == [4.0, 4.5, 5.0]


def test_trouble_lasts_until_a_fetch_succeeds(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    told = [keys.trouble]
    keys.key_set()
    issuer.behaviour = answers(status=500)
    clock.pass_by(300)
    keys.key_set()
    told.append(keys.trouble)
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(1)
    keys.key_set()
    told.append(keys.trouble)
    before, trouble, after = told
    assert (before, after) == (None, None)
    assert trouble is not None
    assert (trouble.retry_after, "status 500" in str(trouble)) == (1, True)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_either_form_of_metadata(issuer: Issuer, status: int) -> None:
    keys = JWKS.for_issuer(issuer.name, discovery="either", allow_http=True)
    openid, oauth = (str(url).removeprefix(issuer.origin) for url in keys._source._urls)  # type: ignore[attr-defined]
    issuer.behaviours[openid] = answers(status=status)
    assert keys.decode(issuer.token()).claims["sub"] == "alice"
    assert [path for path, _ in issuer.requests][:2] == [openid, oauth]


@pytest.mark.parametrize(
    "failure",
    [
        answers(status=500),
        answers(status=429),
        answers(status=302, headers={"Location": "/"}),
        answers(b"<html>"),
        answers(b'{"issuer": "https://elsewhere.example"}'),
    ],
)
def test_the_other_form_is_no_way_around_the_first(issuer: Issuer, failure: object) -> None:
    keys = JWKS.for_issuer(issuer.name, discovery="either", allow_http=True)
    issuer.behaviours[str(keys._source.url).removeprefix(issuer.origin)] = failure  # type: ignore[assignment]
    with pytest.raises(JWKSUnavailableError):
        keys.key_set()
    assert len(issuer.requests) == 1


def test_metadata_that_is_somewhere_else(issuer: Issuer) -> None:
    name = "https://login.example/{tenantid}/v2.0"
    body = f'{{"issuer": "{name}", "jwks_uri": "{issuer.certs}"}}'.encode()
    issuer.behaviours["/metadata"] = answers(body)
    at = f"{issuer.origin}/metadata"
    assert len(JWKS.for_issuer(name, metadata=at, allow_http=True).key_set()) == 1
    # It is still that issuer's, or nobody's.
    other = JWKS.for_issuer("https://login.example/v2.0", metadata=at, allow_http=True)
    with pytest.raises(JWKSUnavailableError, match="another issuer"):
        other.key_set()
    with pytest.raises(jose.InvalidArgumentError, match="metadata: http is not trusted"):
        JWKS.for_issuer(name, metadata=at)


def test_nobody_there_is_told_when_to_come_again(clock: Clock) -> None:
    timeout = timedelta(seconds=10)
    with nobody_at() as origin:
        keys = JWKS(origin, allow_http=True, timeout=timeout, clock=clock)
        for _ in range(2):
            with pytest.raises(JWKSUnavailableError) as refused:
                keys.key_set()
            assert refused.value.retry_after == 1
