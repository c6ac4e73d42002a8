"""Each refusal has a class of its own, and says nothing of the token or the key."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from tegata import jose
from tegata.jose import errors
from tests.jose.materials import (
    KEY,
    NOW,
    OBJECTS,
    SECRET,
    by_hand,
    of_parts,
    private_pem,
    public_pem,
    signing_key,
)

ES256 = signing_key("ES256")
# What no message may repeat.
OF_THE_TOKEN = "Fnord"


def _encrypted_pem() -> bytes:
    password = BestAvailableEncryption(b"password")
    pem: bytes = OBJECTS["ES256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password)
    return pem


def _decode(payload: object, /, **arguments: object) -> jose.Token:
    token = by_hand(payload, typ=OF_THE_TOKEN)
    return jose.decode(token, KEY, **{"now": NOW, **arguments})  # type: ignore[arg-type]


KEYS: dict[type[jose.JoseError], Callable[[], object]] = {
    jose.EmptyKeySetError: lambda: jose.KeySet([]),
    jose.EncryptedPemError: lambda: jose.Key.from_pem(_encrypted_pem(), "ES256"),
    jose.InvalidJwkError: lambda: jose.Key.from_jwk({"kty": "EC", "crv": "P-256"}),
    jose.InvalidJwksError: lambda: jose.KeySet.from_jwks({"keys": OF_THE_TOKEN}),
    jose.NoPublicPartError: KEY.public,
    jose.NotDerError: lambda: jose.Key.from_der(SECRET.encode(), "ES256"),
    jose.NotForSigningError: lambda: jose.encode({}, ES256.public()),
    jose.NotPemError: lambda: jose.Key.from_pem(SECRET, "ES256"),
    jose.NotSecretError: lambda: jose.Key.from_secret(public_pem(OBJECTS["RS256"]), "HS256"),
    jose.PrivateInPublicSetError: lambda: jose.KeySet.from_jwks({"keys": [ES256.to_jwk()]}),
    jose.SeveralKeysError: lambda: jose.Key.from_pem(2 * private_pem(OBJECTS["ES256"]), "ES256"),
    jose.ShortSecretError: lambda: jose.Key.from_secret(SECRET[:31], "HS256"),
    jose.UnknownAlgorithmError: lambda: jose.Key.generate("none"),
    jose.UnsupportedJwkError: lambda: jose.Key.from_jwk({"kty": "OKP", "crv": "X25519"}),
    jose.UnusableKeyError: lambda: jose.Key.from_pem(private_pem(OBJECTS["RS256"]), "ES256"),
}
TOKENS: dict[type[jose.JoseError], Callable[[], object]] = {
    jose.AlgorithmMismatchError: lambda: jose.decode(by_hand({}, kid=ES256.kid), ES256),
    jose.BadSignatureError: lambda: jose.decode(by_hand({})[:-4] + "AAAA", KEY),
    jose.CriticalHeaderError: lambda: jose.decode(by_hand({}, crit=[OF_THE_TOKEN]), KEY),
    jose.DuplicateMemberError: lambda: jose.decode(
        of_parts(b'{"alg":"HS256"}', b'{"Fnord":1,"Fnord":1}'), KEY
    ),
    jose.MalformedTokenError: lambda: jose.decode(OF_THE_TOKEN, KEY),
    jose.TokenTooLongError: lambda: jose.decode(by_hand({}), KEY, max_token_length=10),
    jose.TooDeepError: lambda: jose.decode(by_hand({OF_THE_TOKEN: [[]]}), KEY, max_depth=2),
    jose.UnknownKeyError: lambda: jose.decode(by_hand({}, kid=OF_THE_TOKEN), ES256),
    jose.UnsupportedAlgorithmError: lambda: jose.decode(by_hand({}, alg=OF_THE_TOKEN), KEY),
}
CLAIMS: dict[type[jose.InvalidClaimError], tuple[str, Callable[[], object]]] = {
    jose.ClaimTypeError: ("sub", lambda: _decode({"sub": 7})),
    jose.ExpiredTokenError: ("exp", lambda: _decode({"exp": NOW})),
    jose.ImmatureTokenError: ("nbf", lambda: _decode({"nbf": NOW + 1})),
    jose.IssuedInFutureError: ("iat", lambda: _decode({"iat": NOW + 1})),
    jose.MissingClaimError: ("jti", lambda: _decode({}, require=["jti"])),
    jose.TooOldError: ("iat", lambda: _decode({"iat": NOW - 11}, max_age=10)),
    jose.UnexpectedClaimError: (
        "scope",
        lambda: _decode({"scope": OF_THE_TOKEN}, claims={"scope": "read"}),
    ),
    jose.WrongAudienceError: ("aud", lambda: _decode({"aud": OF_THE_TOKEN}, audience="me")),
    jose.WrongIssuerError: ("iss", lambda: _decode({"iss": OF_THE_TOKEN}, issuer="you")),
    jose.WrongTypError: ("typ", lambda: _decode({}, typ="at+jwt")),
}
ARGUMENTS: dict[type[jose.JoseError], Callable[[], object]] = {
    jose.InvalidArgumentError: lambda: _decode({}, leeway=-1),
    jose.UnencodableClaimsError: lambda: jose.encode({"a": object()}, KEY),
}
CASES = KEYS | TOKENS | {kind: call for kind, (_, call) in CLAIMS.items()} | ARGUMENTS
# No input is known that makes the cryptography library fail, and it is not replaced here.
WITHOUT_A_CASE = {jose.SigningFailedError}


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.code)
def test_refusal(kind: type[jose.JoseError]) -> None:
    with pytest.raises(jose.JoseError) as caught:
        CASES[kind]()
    assert type(caught.value) is kind
    message = str(caught.value)
    assert message
    for hidden in (OF_THE_TOKEN, SECRET[:16], "password", "eyJ", *private_lines()):
        assert hidden not in message
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), vars(again)) == (kind, message, vars(caught.value))


def private_lines() -> list[str]:
    keys = {id(key): key for key in OBJECTS.values()}.values()
    return [line for key in keys for line in private_pem(key).splitlines()[1:-1]]


@pytest.mark.parametrize("kind", CLAIMS, ids=lambda kind: kind.code)
def test_refusal_names_the_claim(kind: type[jose.InvalidClaimError]) -> None:
    claim, call = CLAIMS[kind]
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.claim == claim
    assert str(caught.value).startswith(f"`{claim}`: ")


def test_there_is_a_case_for_each() -> None:
    kinds = set(errors.BY_CODE.values())
    leaves = kinds - {base for kind in kinds for base in kind.__bases__}
    assert CASES.keys() == leaves - WITHOUT_A_CASE
    assert all(issubclass(kind, jose.InvalidKeyError) for kind in KEYS)
    assert all(issubclass(kind, jose.InvalidTokenError) for kind in TOKENS)


def test_the_signature_comes_first() -> None:
    """Or a forger could ask which claims are looked for."""
    forged = by_hand({"exp": 1, "sub": 7})[:-4] + "AAAA"
    with pytest.raises(jose.BadSignatureError):
        jose.decode(forged, KEY, require=["jti"], typ="at+jwt")
