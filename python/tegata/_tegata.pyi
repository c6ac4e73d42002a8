"""JOSE and the engine: what must be right, in Rust, without I/O.

Times are timezone-aware datetimes, durations are timedeltas of zero or more, primary keys are an
`int` or anything whose `str()` names it. The engine's decisions come back as values, never as
exceptions.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, final

Place = Literal["gate", "endpoint", "resource"]

@final
class Key:
    """A key for one algorithm (`HS256`, `RS256`, `ES256`, `EdDSA`, …); it verifies nothing else.

    Every constructor raises an `InvalidKeyError` of `tegata.jose`, a `ValueError`, of a class that
    says what is wrong, never with key material. `legacy=True` accepts keys below the strength that
    RFC 7518 asks for (RSA from 1024 bits, secrets from one byte), for verifying only.
    """

    @staticmethod
    def from_secret(raw: bytes | str, alg: str, *, legacy: bool = False) -> Key:
        """An HMAC key of at least as many bytes as the hash has (RFC 7518 section 3.2).

        A PEM, JWK or DER is refused (RFC 8725 section 2.1). A `str` stands for its UTF-8.
        """

    @staticmethod
    def derive(secret: bytes, label: bytes, alg: str) -> Key:
        """An HMAC key drawn from `secret` by HKDF-SHA-256 (RFC 5869) under `label`."""

    @staticmethod
    def from_pem(text: str | bytes, alg: str, *, legacy: bool = False) -> Key:
        """A private or public key in PKCS#8, PKCS#1, SEC 1 or SPKI, or a certificate.

        Of a certificate nothing but its public key is looked at. The `kid` is the thumbprint of
        RFC 7638.
        """

    @staticmethod
    def from_der(raw: bytes, alg: str, *, legacy: bool = False) -> Key:
        """As `from_pem`, from the binary form."""

    @staticmethod
    def from_jwk(
        jwk: Mapping[str, object] | str | bytes, alg: str | None = None, *, legacy: bool = False
    ) -> Key:
        """A JWK (RFC 7517), as a mapping or as JSON; `use`, `key_ops` and `alg` are honoured.

        Without `alg` here and there, the curve says it, and RSA means RS256.
        """

    @staticmethod
    def generate(alg: str) -> Key:
        """A new key; RSA gets 2048 bits, a secret as many bytes as the hash has."""

    @property
    def algorithm(self) -> str:
        """The `alg` of this key."""

    @property
    def kid(self) -> str | None:
        """The key's identifier; secrets have none unless a JWK or `with_kid` names one."""

    @property
    def can_sign(self) -> bool:
        """Whether this key may sign.

        Not if it is public, was read with `legacy`, or if the `key_ops` of its JWK have no `sign`.
        """

    def with_kid(self, kid: str | None) -> Key:
        """The same key under another identifier, or under none.

        A key without one is tried on tokens whose `kid` is nobody's.
        """

    def public(self) -> Key:
        """The public half. A secret has none: `NoPublicPartError`."""

    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of the public half in base64url (RFC 7638)."""

    def to_jwk(self) -> dict[str, Any]:
        """The key as a JWK, with its private part if it has one; to publish, take `public()`."""

    def to_pem(self) -> str:
        """The key as PEM: PKCS#8 if it is private, else SPKI."""

    def to_der(self) -> bytes:
        """As `to_pem`, in the binary form."""

@final
class KeySet:
    """Keys in order: the first signs, all verify (RFC 7517 section 5).

    Only keys of a token's `alg` are ever tried. Its `kid` picks the key of that name or, if it is
    nobody's, those without a name; a token without `kid` tries them all.
    """

    def __new__(cls, keys: Iterable[Key]) -> KeySet: ...
    @staticmethod
    def from_jwks(
        jwks: Mapping[str, object] | str | bytes,
        *,
        private: bool = False,
        issuer: str | None = None,
    ) -> KeySet:
        """A JWK Set, as a mapping or as JSON.

        Of a public set, keys that cannot be used here are left out, whether they are of another
        type, for encryption, malformed or too weak; a private part is refused. Of a `private` one,
        which is one's own, a malformed or weak key is an error. With `issuer`, keys whose own
        member `issuer` names another are left out of a public set.
        """

    def to_jwks(self, *, private: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The public halves, to publish; secrets stay out. With `private`, everything."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys, the signing key first."""

    def __iter__(self) -> Iterator[Key]: ...
    def __len__(self) -> int: ...

@final
class Holds:
    """A rule for a claim that may name several: one of these values, or a list with one of them.

    Values are compared as JSON, so `1` is neither `1.0` nor `True`.
    """

    def __new__(cls, *values: object) -> Holds: ...

@final
class Token:
    """A token that was read."""

    @property
    def header(self) -> dict[str, Any]:
        """The JOSE header (RFC 7515 section 4)."""

    @property
    def claims(self) -> dict[str, Any]:
        """The claims (RFC 7519 section 4)."""

def encode(
    claims: Mapping[str, Any],
    key: Key | KeySet,
    *,
    headers: Mapping[str, Any] | None = None,
    skip: str | Collection[str] | None = None,
) -> str:
    """Sign `claims` as a JWT (RFC 7519 section 7.1).

    The header says `alg`, `typ: JWT` and, if the key has one, `kid`; `headers` adds to it or
    replaces `typ` and `kid`, and `None` leaves one out. A timezone-aware `datetime` becomes a
    NumericDate in whole seconds, `UUID` and `Decimal` their text. `skip` names registered claims
    that may be of any type; readers will refuse them unless they skip them too.

    Raises `UnencodableClaimsError` for what has no form in JSON or would be refused by every
    reader, `NotForSigningError` for a public key.
    """

def decode(
    token: str | bytes | memoryview,
    keys: Key | KeySet,
    *,
    issuer: str | Collection[str] | None = None,
    audience: str | Collection[str] | None = None,
    leeway: float | timedelta | None = None,
    require: str | Collection[str] | None = None,
    claims: Mapping[str, object | Callable[[Any], bool]] | None = None,
    typ: str | None = None,
    max_age: float | timedelta | None = None,
    now: datetime | float | None = None,
    skip: str | Collection[str] | None = None,
    max_token_length: int | None = None,
    max_depth: int | None = None,
) -> Token:
    """Verify a JWT, its signature first and then what it claims (RFC 7519 section 7.2, RFC 8725).

    Registered claims of a wrong type are refused wherever they stand, and `exp`, `nbf` and `iat`
    are checked where they stand; `require` names claims that must be there. `issuer` and
    `audience` accept one or any of several, compared exactly, and make `iss` and `aud` mandatory;
    a token for an audience is refused where none is given (RFC 7519 section 4.1.3).

    `claims` maps a claim to the value, the set of values, the `Holds` or the predicate that it must
    meet; a claim named here must be there. A predicate says `True` or `False`; what it raises is
    the cause of the refusal and may show the claim. With a rule for `aud` the audience is the
    caller's own affair.
    `typ` is the media type that the header must name, without `application/`. `max_age` bounds the
    time since `iat`. `leeway` is how far clocks may disagree. Spans are seconds or a `timedelta`,
    `now` is an aware `datetime` or seconds since 1970, and the present moment by default.

    `skip` names registered claims that are left unchecked, their types included; a token whose
    `exp` is skipped is good for ever. A token may have 8192 bytes and 16 levels of nesting unless
    `max_token_length` and `max_depth` say otherwise.

    Raises an `InvalidTokenError`, or `InvalidArgumentError` for an argument that cannot be.
    """

def check_claims(
    claims: Mapping[str, Any] | str | bytes,
    *,
    issuer: str | Collection[str] | None = None,
    audience: str | Collection[str] | None = None,
    leeway: float | timedelta | None = None,
    require: str | Collection[str] | None = None,
    rules: Mapping[str, object | Callable[[Any], bool]] | None = None,
    max_age: float | timedelta | None = None,
    now: datetime | float | None = None,
    skip: str | Collection[str] | None = None,
) -> None:
    """Check claims as `decode` does, for a token that was verified by other means.

    `rules` is what `decode` calls `claims`. Raises as `decode` does.
    """

def decode_unverified(
    token: str | bytes | memoryview,
    *,
    max_token_length: int | None = None,
    max_depth: int | None = None,
) -> Token:
    """Read a token without checking its signature or anything that it claims.

    For looking into it only: anybody can have written what it says.
    """

def unverified_header(
    token: str | bytes | memoryview,
    *,
    max_token_length: int | None = None,
    max_depth: int | None = None,
) -> dict[str, Any]:
    """The JOSE header of a token (RFC 7515 section 4), without a look at the rest.

    For choosing a key by it only: anybody can have written what it says.
    """

@final
class Refusal:
    """One entry of the closed list of error codes."""

    def __new__(cls, code: str) -> Refusal: ...
    @staticmethod
    def all() -> list[Refusal]:
        """Every refusal, sorted by code."""

    @property
    def code(self) -> str:
        """The `error_code`."""

    @property
    def detail(self) -> str:
        """One sentence for a developer, the same for every token and user."""

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate` for a 401 (RFC 6750 section 3)."""

    def status(self, place: Place) -> int:
        """The HTTP status at `place`."""

@final
class Requirement:
    """What a route asks of an access token: scopes, and a login no longer ago than `max_age`.

    Raises `ValueError` for what is no scope (RFC 6749 section 3.3) or less than a second.
    """

    def __new__(cls, names: list[str], max_age: timedelta | None) -> Requirement: ...
    def challenge(self, refusal: Refusal) -> str:
        """The value of `WWW-Authenticate`, with what it takes to be let in."""

@final
class ExternalIssuer:
    """Another issuer whose tokens are taken, and what these must say.

    Raises `ValueError` for rules that cannot be, and `InvalidArgumentError` for an algorithm that
    there is not.
    """

    def __new__(
        cls,
        issuer: str,
        *,
        tenants: list[str],
        audience: list[str],
        client_claim: str,
        clients: list[str],
        algorithms: list[str],
        types: list[str],
        untyped: bool,
        token_type: tuple[str, list[str]] | None,
        absent: list[str],
        require: list[str],
        require_any: list[str],
        claims: list[tuple[str, str]],
        scopes: list[list[str]],
    ) -> ExternalIssuer:
        """From the rules; each of `claims` is a name, and a JSON array of what it may be."""

    def is_named(self, iss: str) -> bool:
        """Whether a token with this `iss` would be of this issuer, byte for byte."""

    def read(
        self, now: datetime, leeway: timedelta, token: str, keys: KeySet, max_token_length: int
    ) -> ExternalClaims | ExternalUnread:
        """Reads a token of this issuer by its keys alone."""

@final
class ExternalClaims:
    """The claims of a token of another issuer that was read."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def scopes(self) -> list[str]: ...
    @property
    def expires_at(self) -> datetime: ...
    def require(self, now: datetime, requirement: Requirement) -> Refusal | None:
        """Why the token is not enough for a route, or `None` if it is."""

    def to_dict(self) -> dict[str, Any]:
        """All claims."""

@final
class ExternalUnread:
    """Why a token of another issuer was not read."""

    @property
    def refusal(self) -> Refusal: ...
    @property
    def theirs(self) -> bool:
        """Whether that issuer signed it; if not, another authenticator may know it."""

    @property
    def misses_key(self) -> bool:
        """Whether it names a key that the set does not have."""

    @property
    def reason(self) -> str:
        """For a log; never a part of the token."""

def unverified_issuer(token: str, max_token_length: int) -> str | None:
    """What a token says for `iss` before anybody verified it: good for picking keys only."""

def external_username(issuer: str, subject: str) -> str:
    """A user name for somebody whom another issuer knows, of both names and nothing else."""

@final
class SessionRow:
    """The columns of a session that decide. Raises `ValueError` for a malformed id."""

    def __new__(
        cls,
        id: str,
        user_id: object,
        created_at: datetime,
        expired_at: datetime | None,
        generation: int,
        minted_at: datetime,
        refreshed_at: datetime,
        repeats: int,
        first_used_at: datetime | None,
        security_stamp: str,
        legacy_jti: str | None,
    ) -> SessionRow: ...

@final
class UserRow:
    """The columns of a user that decide; `security_columns` begin with the stored password."""

    def __new__(cls, id: object, is_active: bool, security_columns: list[str]) -> UserRow: ...

class _Claims:
    @property
    def session_id(self) -> str: ...
    @property
    def user_id(self) -> int | str: ...
    @property
    def generation(self) -> int: ...
    @property
    def issued_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def auth_time(self) -> datetime | None: ...
    @property
    def scopes(self) -> list[str]:
        """What an access token covers, or the most that those may that a refresh token gives."""

    @property
    def tenant(self) -> str | None:
        """The tenant that the token is bound to."""

    @property
    def is_legacy(self) -> bool:
        """Whether it is a token of another library; its generation is 0 until the row is known."""

    @property
    def opens_session(self) -> bool:
        """Whether the row of its session has yet to be made if there is none; see `take_over`."""

    def to_dict(self) -> dict[str, Any]:
        """The whole payload, straight from the verified bytes.

        Of a token of another library, the claims that ours has stand in it under our names.
        """

@final
class AccessClaims(_Claims):
    """The claims of an access token that was read."""

    kind: ClassVar[Literal["access"]]

@final
class RefreshClaims(_Claims):
    """The claims of a refresh token that was read."""

    kind: ClassVar[Literal["refresh"]]

@final
class Unread:
    """Why a token was not read."""

    @property
    def refusal(self) -> Refusal: ...
    @property
    def ours(self) -> bool:
        """Whether a key of ours signed it for us; if not, another authenticator may know it."""

    @property
    def reason(self) -> str:
        """For a log; never a part of the token."""

@final
class Tokens:
    """What is handed out. Its `repr` shows no token."""

    @property
    def access_token(self) -> str: ...
    @property
    def refresh_token(self) -> str | None:
        """`None` where rotation is off and the old one stays."""

    @property
    def expires_in(self) -> int:
        """Seconds that the access token lives from now."""

    @property
    def refresh_expires_in(self) -> int | None:
        """Seconds that the refresh token can be used from now, or a sliding one refreshed; `None`
        without one."""

    @property
    def scope(self) -> str | None:
        """What the access token covers, one space between two names; `None` for nothing."""

@final
class Opened:
    """A login: the row to insert, then the tokens to hand out."""

    @property
    def row(self) -> NewSession | None:
        """`None` where no rows of sessions are kept."""

    @property
    def tokens(self) -> Tokens: ...

@final
class NewSession:
    """The row of a login."""

    @property
    def session_id(self) -> str: ...
    @property
    def created_at(self) -> datetime:
        """Also `updated_at`, `minted_at` and `refreshed_at`."""

    @property
    def expired_at(self) -> datetime | None:
        """When it was ended, for a row that only says so."""

    @property
    def end_reason(self) -> str | None: ...
    @property
    def generation(self) -> int: ...
    @property
    def legacy_jti(self) -> str | None:
        """Its own id, if it stands for a token of another library."""

    def as_inserted(self) -> SessionRow:
        """The columns that decide, as if it were there."""

    @property
    def security_stamp(self) -> str: ...
    @property
    def ip_address(self) -> str | None: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def at_most(self) -> int | None:
        """How many live sessions the user may have with it; the oldest go in one transaction."""

@final
class Admit:
    """Let the request in."""

@final
class FirstUse:
    """Let the request in, and set `first_used_at` where this generation is live and has none."""

    @property
    def generation(self) -> int: ...
    @property
    def at(self) -> datetime: ...

@final
class Revoke:
    """End the session, then refuse."""

    def carry_out(self, write: Callable[[EndSessions], int]) -> Refusal:
        """Calls `write`, which says how many sessions it ended, and gives the refusal after that.

        What `write` raises passes through, and then there is no refusal to answer with.
        """

@final
class EndSessions:
    """Set the end of sessions where it is not set, in one UPDATE.

    They are those for which everything holds that is not `None`.
    """

    @property
    def session_id(self) -> str | None: ...
    @property
    def user_id(self) -> int | str | None: ...
    @property
    def except_session_id(self) -> str | None: ...
    @property
    def security_stamp(self) -> str | None: ...
    @property
    def reason(self) -> str:
        """`end_reason`."""

    @property
    def at(self) -> datetime:
        """`expired_at`."""

@final
class Advance:
    """Swap `expected_generation` for `next_generation`, then hand out the tokens.

    The swap is one conditional UPDATE. If it hits no row, load the rows and ask again.
    """

    @property
    def expected_generation(self) -> int: ...
    @property
    def next_generation(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def tokens(self) -> Tokens: ...

@final
class Repeat:
    """Count, then hand out fresh tokens of the live generation.

    The count is one UPDATE that adds 1 to `repeats`, where the generation is `generation`,
    `repeats` is below `limit` and, if `unused`, `first_used_at` is not set. If it hits no row, load
    the rows and ask again.
    """

    @property
    def generation(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def unused(self) -> bool: ...
    @property
    def at(self) -> datetime: ...
    @property
    def tokens(self) -> Tokens: ...

@final
class Reissue:
    """No rows of sessions are kept: hand out the tokens."""

    @property
    def tokens(self) -> Tokens: ...

@final
class Renew:
    """Rotation is off: set `refreshed_at` where the session has not ended, then hand out."""

    @property
    def at(self) -> datetime: ...
    @property
    def tokens(self) -> Tokens: ...

@final
class LogOut:
    """The sessions that a logout ends, all of one user."""

    @property
    def ends(self) -> list[EndSessions]:
        """One or two."""

    @property
    def opening(self) -> RefreshClaims | None:
        """A token whose row is made first if it has none."""

@final
class ChallengeRow:
    """The columns of a login challenge that decide."""

    def __new__(
        cls,
        id: str,
        user_id: object,
        step: str,
        security_stamp: str,
        client: str,
        created_at: datetime,
        attempts: int,
    ) -> ChallengeRow: ...

@final
class OpenedChallenge:
    """A challenge: the row to insert, then the token to hand out. Its `repr` shows no token."""

    @property
    def id(self) -> str: ...
    @property
    def security_stamp(self) -> str: ...
    @property
    def client(self) -> str:
        """By what the client is known again."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def token(self) -> str:
        """For the client, and for nobody else."""

    @property
    def expires_in(self) -> timedelta: ...
    @property
    def at_most(self) -> int:
        """How many challenges the user may have with it; the oldest go."""

@final
class ChallengeAttempt:
    """An answer that may be looked at, once it is counted."""

    @property
    def id(self) -> str:
        """The row."""

    @property
    def limit(self) -> int:
        """What `attempts` must be below to be counted up."""

    def carry_out(
        self, count: Callable[[], int], ask: Callable[[], bool], consume: Callable[[], int]
    ) -> Refusal | None:
        """Counts the attempt, asks the step, consumes the challenge: each if the last one let it.

        What they raise passes through.

        Args:
            count: One UPDATE that adds 1 to `attempts` where they are below `limit`; says how many
                rows it hit.
            ask: Says whether the answer is right.
            consume: One DELETE of the row; says how many rows it hit.

        Returns:
            `None` if the step is passed.
        """

@final
class LegacyTokens:
    """The tokens of a library that the site used before: good for rows taken over from it.

    Without a claim for the session's id it kept no sessions, and rows are made one by one.

    Raises `ValueError(setting, problem)` without a key.
    """

    def __new__(
        cls,
        keys: list[Key],
        *,
        access_typ: str | None,
        refresh_typ: str | None,
        issuer: str | None,
        audience: str | None,
        token_type_claim: str,
        user_id_claim: str,
        session_id_claim: str | None,
        jti_claim: str | None,
        password_claim: str | None,
        until: datetime,
    ) -> LegacyTokens: ...

@final
class KeyTimes:
    """When a key comes and goes: `iat`, `nbf` and `exp` of its JWK, in seconds since the epoch."""

    def __new__(cls, jwk: str = "{}") -> KeyTimes:
        """Those of a JWK's text. Raises `ValueError` for one that is no number of seconds."""

    def members(self) -> list[tuple[str, int]]:
        """As members of a JWK; what is not known is left out."""

@final
class KeySchedule:
    """Keys in their order, and which of them signs and verifies at what moment.

    The first whose `nbf` has come signs. Raises `ValueError` without keys.
    """

    def __new__(cls, keys: list[tuple[Key, KeyTimes]], retention: timedelta) -> KeySchedule: ...
    def lives_at(self, now: datetime) -> list[tuple[str, datetime | None, datetime | None]]:
        """What each key is doing, since when and until when, as far as that is known.

        It is `published`, `signing`, `retired`, `verifying` or `over`.
        """

@final
class KeyRotation:
    """The rules by which keys follow each other, so that no token is refused on the way.

    Raises `ValueError(setting, problem)` for a rule by which one could be.
    """

    def __new__(
        cls,
        *,
        period: timedelta,
        lead: timedelta,
        retention: timedelta,
        longest_lifetime: timedelta,
        jwks_max_age: timedelta,
        reload_interval: timedelta,
        leeway: timedelta,
    ) -> KeyRotation: ...
    def plan(self, keys: list[KeyTimes], now: datetime, begin: str) -> RotationPlan:
        """What a rotation makes of a set of keys.

        Args:
            keys: The times of its keys, in their order.
            now: The time.
            begin: `when_due`, `anyway`, or `at_once`, which some will not keep up with.
        """

@final
class RotationPlan:
    """What is to become of a set of keys."""

    @property
    def has_changes(self) -> bool:
        """Whether the set is to be changed at all."""

    @property
    def added(self) -> KeyTimes | None:
        """The times of a new key, which goes in front; `None` if there is to be none."""

    @property
    def kept(self) -> list[tuple[int, KeyTimes]]:
        """The keys that stay, by their place in the set, each with its times from now on."""

    @property
    def dropped(self) -> list[int]:
        """The keys that go: nobody holds a token of them."""

    @property
    def due_at(self) -> datetime:
        """When a new key will be due, if nothing else happens."""

@final
class Issuer:
    """An issuer that others can look up: an https URL without a query (RFC 8414 section 2).

    Raises `ValueError` that says why it is none.
    """

    def __new__(cls, text: str) -> Issuer: ...
    @property
    def metadata_path(self) -> str:
        """Where its metadata stands on its host (RFC 8414 section 3.1)."""

    def metadata(self, *, jwks_path: str, token_path: str | None, scope_names: list[str]) -> str:
        """Its metadata as JSON (RFC 8414 section 2); the paths are on its host."""

@final
class PeerTokens:
    """The tokens of a library that signs for this site beside us, with the same settings.

    Without an issuer, theirs is not looked at; without an audience they must name none. Raises
    `ValueError` without a key.
    """

    def __new__(
        cls, keys: list[Key], *, typ: str, issuer: str | None, audience: list[str]
    ) -> PeerTokens: ...

@final
class Engine:
    """Rules and keys. Immutable; one serves all threads.

    Raises `ValueError(setting, problem)` for a rule that cannot be.
    """

    def __new__(
        cls,
        keys: KeySchedule,
        *,
        issuer: str,
        audience: list[str],
        client_id: str,
        leeway: timedelta,
        access_token_lifetime: timedelta,
        refresh_token_lifetime: timedelta,
        session_lifetime: timedelta,
        session_idle_timeout: timedelta | None,
        max_sessions_per_user: int | None,
        rotate_refresh_tokens: bool,
        refresh_grace: timedelta,
        max_refresh_repeats: int,
        session_check: str,
        session_cache_lifetime: timedelta,
        challenge_lifetime: timedelta,
        token_type_claim: str,
        user_id_claim: str,
        session_id_claim: str,
        generation_claim: str,
        tenant_claim: str,
        max_token_length: int,
        legacy: list[LegacyTokens],
    ) -> Engine: ...
    def signing_key(self, now: datetime) -> Key:
        """The key that signs at a moment."""

    def jwks(self, now: datetime) -> str:
        """The keys that verify at a moment as a JWK Set for everybody to read (RFC 7517 section 5).

        Only public halves are in it, so with secrets alone it has no keys.
        """

    @property
    def tombstone_lifetime(self) -> timedelta:
        """How long a cache must remember that a session has ended."""

    def open_session(
        self,
        now: datetime,
        user: UserRow,
        ip_address: str | None,
        user_agent: str,
        tenant: str | None,
        asked_scopes: list[str] | None,
        granted_scopes: list[str] | None,
        custom_claims: str | None,
    ) -> Opened | Refusal:
        """Opens a session.

        Args:
            now: The time of the login.
            user: Who has logged in.
            ip_address: Where from.
            user_agent: With what.
            tenant: What both tokens are bound to, at every refresh too.
            asked_scopes: The most that the session is for; refused if none of them is granted.
            granted_scopes: What the site grants now; `None` if it knows no scopes.
            custom_claims: The text of a JSON object.

        Raises:
            ValueError: A custom claim has a name that the engine writes itself; or a name is no
                scope, or no tenant.
            RuntimeError: The cryptography library failed.
        """

    def read_access(self, now: datetime, token: str, tenant: str | None) -> AccessClaims | Unread:
        """Reads an access token: signature first, then type, issuer, audience, tenant and times.

        `tenant` is that of the request; with `None` the token must have none. Raises `ValueError`
        for what is no tenant: 1 to 255 bytes.
        """

    def read_refresh(self, now: datetime, token: str, tenant: str | None) -> RefreshClaims | Unread:
        """Reads a refresh token, as `read_access`."""

    def read(
        self, now: datetime, token: str, tenant: str | None
    ) -> AccessClaims | RefreshClaims | Unread:
        """Reads a token of either kind, as `read_access`."""

    def admit(
        self,
        now: datetime,
        claims: AccessClaims,
        session: SessionRow | None,
        user: UserRow | None,
    ) -> Admit | FirstUse | Revoke | Refusal:
        """Decides about a request by the rows of its session and user."""

    def admit_user(
        self, now: datetime, claims: AccessClaims, user: UserRow | None
    ) -> Admit | Revoke | Refusal:
        """Decides about a request by the row of its user."""

    def require(
        self, now: datetime, claims: AccessClaims, requirement: Requirement
    ) -> Refusal | None:
        """Why a token that was admitted is not enough for a route, or `None` if it is."""

    def snapshot(self, before: datetime, session: SessionRow, epoch: str) -> str:
        """What a cache may keep of a session that was admitted and whose first use is noted.

        Args:
            before: A time before the rows were read.
            session: Its row.
            epoch: The user's epoch at that time.
        """

    def admit_by_snapshot(
        self, now: datetime, claims: AccessClaims, snapshot: str, epoch: str
    ) -> bool:
        """Whether the snapshot lets a request in; if not, the rows decide."""

    def check_refresh(
        self,
        now: datetime,
        claims: RefreshClaims,
        session: SessionRow | None,
        user: UserRow | None,
    ) -> Admit | FirstUse | Revoke | Refusal:
        """What `rotate` would say, without consuming the token."""

    def rotate(
        self,
        now: datetime,
        claims: RefreshClaims,
        session: SessionRow | None,
        user: UserRow | None,
        granted_scopes: list[str] | None,
        custom_claims: str | None,
    ) -> Advance | Repeat | Renew | Reissue | Revoke | Refusal:
        """Decides about a refresh. Raises as `open_session` does."""

    def log_out(
        self,
        now: datetime,
        authorization: str | None,
        refresh_token: str | None,
        tenant: str | None,
    ) -> LogOut | Refusal:
        """Decides about a logout by the `Authorization` header and the body's refresh token.

        `tenant` as `read_access` has it: a token of another one ends nothing.
        """

    def open_challenge(
        self, now: datetime, user: UserRow, step: str, user_agent: str, tenant: str | None
    ) -> OpenedChallenge:
        """Opens the challenge of a login step, for a user whose password was accepted.

        Only a request with this user agent and of this tenant may answer it.

        Raises:
            RuntimeError: The cryptography library failed.
        """

    def try_challenge(
        self,
        now: datetime,
        token: str,
        challenge: ChallengeRow | None,
        user: UserRow | None,
        user_agent: str,
        tenant: str | None,
        steps: list[str],
    ) -> ChallengeAttempt | Refusal:
        """Whether an answer may be looked at; the one refusal is `invalid_challenge`.

        Args:
            now: The time.
            token: What the client sent.
            challenge: The row of its `challenge_id`.
            user: That row's user, as it is now.
            user_agent: The header of the request.
            tenant: That of the request.
            steps: The names of the steps that there are.
        """

@final
class BrowserGuard:
    """Which pages may act with a cookie."""

    def __new__(cls, trusted: list[str]) -> BrowserGuard:
        """For a site whose pages are of its own origin and of these.

        Raises:
            ValueError: One of them is no origin.
        """

    def check(
        self, method: str, origin: str | None, fetch_site: str | None, own: str
    ) -> Refusal | None:
        """Why a request may not act; `None` if it may.

        Args:
            method: Its method.
            origin: Its `Origin` header.
            fetch_site: Its `Sec-Fetch-Site` header.
            own: The origin that it was sent to; what is none is nobody's.
        """

    @staticmethod
    def is_safe(method: str) -> bool:
        """Whether a request of this method changes nothing (RFC 9110 section 9.2.1)."""

@final
class Cookies:
    """The two cookies of a site."""

    def __new__(
        cls,
        *,
        secure: bool,
        same_site: str,
        domain: str | None,
        access_name: str | None,
        refresh_name: str | None,
    ) -> Cookies:
        """By what a site says about them; a name that is `None` is ours, with its prefix.

        Raises:
            ValueError: The name of a setting and what is wrong with it.
        """

    def access(self) -> TokenCookie:
        """That of the access token, for the whole site."""

    def refresh(self, path: str) -> TokenCookie:
        """That of the refresh token, for the auth routes at `path`."""

    @staticmethod
    def is_path(path: str) -> bool:
        """Whether a cookie can have this path."""

@final
class TokenCookie:
    """A cookie without its value, to set it and to clear it by the same attributes."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def path(self) -> str:
        """`Path`."""

    @property
    def domain(self) -> str | None:
        """`Domain`, if it has one."""

    @property
    def secure(self) -> bool:
        """`Secure`."""

    @property
    def same_site(self) -> str:
        """`SameSite`: `Lax`, `None` or `Strict`."""

    @property
    def http_only(self) -> bool:
        """`HttpOnly`, always true."""

    def fits(self, value: str) -> bool:
        """Whether browsers keep a value of this length (RFC 6265bis section 5.6)."""

@final
class TrustedProxies:
    """The proxies of a site, and the header in which they say for whom they speak."""

    def __new__(cls, proxies: list[str], header: str) -> TrustedProxies:
        """From networks in CIDR notation, single addresses, and `"unix"` for a Unix socket.

        Raises:
            ValueError: One of them is no network or holds every address, or `header` is none of
                `forwarded_headers()`.
        """

    def client_address(self, peer: str | None, lines: list[str]) -> str | None:
        """Who speaks: the peer, or whom trusted proxies name, read from the right.

        Args:
            peer: The other end of the connection; `None` or empty if it has no address.
            lines: The values of the header, in the order of the request.
        """

@final
class Rate:
    """So many attempts in so long: `5/m`, `100/h`, `5/15m`."""

    def __new__(cls, text: str) -> Rate:
        """Raises ValueError for what is no rate, or one of more than a day."""

    @property
    def limit(self) -> int:
        """How many attempts."""

    @property
    def seconds(self) -> int:
        """How long a window is."""

    def window_at(self, now: datetime, phase: int) -> tuple[int, int]:
        """The number of the window that `now` is in, and the whole seconds until it is over.

        Args:
            now: The time.
            phase: Shifts the windows; a number that an attacker does not know.
        """

@final
class Draft:
    """What a token that is made by hand begins with."""

    @property
    def row(self) -> NewSession | None:
        """The row of its session; `None` for nobody's token, and where no rows are kept."""

    def to_dict(self) -> dict[str, Any]:
        """The claims, for their maker to change."""

@final
class TypedClaims:
    """The claims of a token of any type that was read."""

    @property
    def token_type(self) -> str:
        """What the type claim says."""

    @property
    def issued_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def refresh_expires_at(self) -> datetime | None:
        """Until when a sliding token can be refreshed."""

    @property
    def user_id(self) -> int | str | None:
        """`None` for a token without a session."""

    @property
    def session_id(self) -> str | None:
        """`None` for a token without a session."""

    @property
    def is_legacy(self) -> bool:
        """Whether it is a token of another library."""

    @property
    def opens_session(self) -> bool:
        """As `AccessClaims` has it."""

    def access(self) -> AccessClaims | None:
        """The claims as those of an access token.

        `None` for a refresh token, and for one without a session.
        """

    def refresh(self) -> RefreshClaims | None:
        """The claims of a refresh token; `None` for any other."""

    def to_dict(self) -> dict[str, Any]:
        """The whole payload, straight from the verified bytes."""

@final
class SlidingClaims:
    """The claims of a sliding token that can still be refreshed."""

    @property
    def session_id(self) -> str: ...
    @property
    def user_id(self) -> int | str: ...
    @property
    def generation(self) -> int: ...
    @property
    def opens_session(self) -> bool:
        """As `AccessClaims` has it."""

    @property
    def scopes(self) -> list[str]:
        """What it covers, and the most that the next one will; empty if it does not say."""

    @property
    def tenant(self) -> str | None:
        """What it is bound to, and the next one will be."""

def draft_token(
    engine: Engine,
    now: datetime,
    token_type: str,
    lifetime: timedelta,
    refresh_lifetime: timedelta,
    user: UserRow | None,
    ip_address: str | None,
    user_agent: str,
    tenant: str | None,
) -> Draft:
    """The claims of a new token for a user, or for nobody yet, and the row of its session.

    `refresh_lifetime` is looked at for a sliding token only. Raises `ValueError` for a name that
    is no token type, or no tenant's.
    """

def draft_token_from(
    engine: Engine,
    now: datetime,
    token_type: str,
    lifetime: timedelta,
    claims: str,
    leave_out: list[str],
) -> dict[str, Any]:
    """The claims of another token of the same login, which expires no later than the first.

    Raises `ValueError` for `claims` that are no JSON object.
    """

def sign_token(engine: Engine, now: datetime, token_type: str, claims: str) -> str:
    """Signs claims, the text of a JSON object, with the key of `now`, if a token of them would be
    read again.

    Raises `ValueError` that says why it would not be.
    """

def read_token(
    engine: Engine,
    now: datetime,
    token: str,
    token_types: list[str] | None,
    allow_expired: bool,
    tenant: str | None,
) -> TypedClaims | Unread:
    """Reads a token of one of these types, or of any type, that is bound to this tenant."""

def read_opening_token(
    engine: Engine, now: datetime, token: str, token_types: list[str], tenant: str | None
) -> AccessClaims | Unread:
    """Reads the token of a request to a gate that takes these types.

    Where access tokens are among them, so are those of a library that the site used before.
    """

def end_of_token(engine: Engine, now: datetime, claims: TypedClaims) -> EndSessions | Refusal:
    """The end of the session that a token hangs on."""

def give_up_legacy(
    engine: Engine, now: datetime, user_id: object, reason: str
) -> NewSession | None:
    """The row to insert, unless it is there, before all sessions of a user end; if there is any.

    From then on none of the user's legacy tokens opens a session.
    """

def given_up_legacy_id(user_id: object) -> str:
    """The id of the row of `give_up_legacy`."""

def is_of_a_password(
    claims: AccessClaims | RefreshClaims | SlidingClaims | TypedClaims,
) -> bool:
    """Whether `take_over` has to be told the digest of the user's password."""

def is_token_type(name: str) -> bool:
    """Whether `name` can be the type of a token: 1 to 64 letters, digits, `-`, `_` or `.`."""

def keeps_legacy_rows(engine: Engine, now: datetime) -> bool:
    """Whether a purge must leave every row with a `legacy_jti`."""

def open_sliding(
    engine: Engine,
    lifetimes: tuple[timedelta, timedelta],
    now: datetime,
    user: UserRow,
    ip_address: str | None,
    user_agent: str,
    tenant: str | None,
    asked_scopes: list[str] | None,
    granted_scopes: list[str] | None,
    custom_claims: str | None,
) -> Opened | Refusal:
    """As `Engine.open_session`; the sliding token is the `access_token`.

    `lifetimes` is how long it opens views, and how long after the login it can be refreshed.
    """

def read_peer_token(
    engine: Engine,
    now: datetime,
    peer: PeerTokens,
    token: str,
    token_types: list[str] | None,
    tenant: str | None,
    allow_expired: bool,
) -> dict[str, Any] | None:
    """The claims of a peer's token of one of these types, or of any; `None` for everything else."""

def read_sliding(
    engine: Engine, now: datetime, token: str, tenant: str | None
) -> SlidingClaims | Unread:
    """Reads a sliding token to be refreshed, be it past its `exp`."""

def check_sliding(
    engine: Engine,
    now: datetime,
    claims: SlidingClaims,
    session: SessionRow | None,
    user: UserRow | None,
) -> Admit | FirstUse | Revoke | Refusal:
    """What `rotate_sliding` would say, without consuming the token."""

def rotate_sliding(
    engine: Engine,
    lifetimes: tuple[timedelta, timedelta],
    now: datetime,
    claims: SlidingClaims,
    session: SessionRow | None,
    user: UserRow | None,
    granted_scopes: list[str] | None,
    custom_claims: str | None,
) -> Advance | Repeat | Renew | Reissue | Revoke | Refusal:
    """Decides about the refresh of a sliding token."""

def scheme_token(header: str | None, schemes: list[str]) -> str | Refusal:
    """As `bearer_token`, by any of these schemes."""

def algorithms() -> list[str]:
    """The names of all algorithms, as the `alg` header has them."""

def handshake_token(offered: list[str]) -> str | Refusal:
    """The token among the subprotocols that a WebSocket client offers, as `bearer.` and the token.

    The server must not select that one.
    """

def handshake_protocol(offered: list[str]) -> str | None:
    """The subprotocol to select: the first that carries no token."""

def is_allowed_origin(origin: str | None, own: str, allowed: list[str]) -> bool:
    """Whether a page of the origin `own`, or of one of `allowed`, sent a request."""

def bearer_token(header: str | None) -> str | Refusal:
    """The token of an `Authorization` header (RFC 6750 section 2.1)."""

def cookie_token(header: str, name: str) -> str | Refusal:
    """The token that a `Cookie` header carries under a name, which counts byte for byte.

    Several of different values are `invalid_token`: nobody can tell which one the site has set.
    """

def credential(
    transport: str, header: str | Refusal | None, cookie: str | None
) -> tuple[str, bool] | Refusal:
    """The one token of a request that counts, and whether it was in a cookie.

    Args:
        transport: Of `transports()`. With `both`, whatever stands in the header wins.
        header: The token of the header or the body, why there is no good one, or `None`.
        cookie: The value of the cookie.
    """

def is_origin(text: str) -> bool:
    """Whether a text is an origin: a scheme, a host and at most a port (RFC 6454)."""

def login_sets_cookies(transport: str, has_csrf_token: bool) -> bool:
    """Whether the tokens of a login go into cookies."""

def same_sites() -> list[str]:
    """Every value of `COOKIE_SAMESITE`."""

def transports() -> list[str]:
    """Every value of `TRANSPORT`."""

def challenge_id(token: str) -> str | None:
    """The primary key of a challenge by its token; `None` for what cannot be one."""

def device(ip_address: str | None, user_agent: str) -> tuple[str | None, str]:
    """Address and user agent as they are stored: normal form, no control characters, bounded."""

def client_network(address: str) -> str | None:
    """The part of an address that one client can be expected to have.

    An IPv4 address as it is, the first 64 bits of an IPv6 address; `None` for what is no address.
    """

def end_reasons() -> list[str]:
    """Every value of a session's `end_reason`."""

def forwarded_headers() -> list[str]:
    """Every value of `FORWARDED_HEADER`."""

def is_session_id(text: str) -> bool:
    """Whether `text` could be the id of a session: 43 characters of base64url."""

def scope_names(text: str) -> list[str]:
    """The names of a scope, each once. Raises `ValueError` for any other text than RFC 6749's."""

def security_stamp(user: UserRow) -> str:
    """The fingerprint that ties a session to the user's password; 43 characters of base64url."""

def session_check(claims: AccessClaims, check: str) -> str:
    """What a token is checked against where `check` is asked for.

    That of another library is checked against the rows wherever it hangs on one. Raises
    `ValueError` for a check that there is none of.
    """

def session_checks() -> list[str]:
    """Every value of `SESSION_CHECK`, the strictest first."""

def take_over(
    engine: Engine,
    now: datetime,
    claims: AccessClaims | RefreshClaims | SlidingClaims | TypedClaims,
    user: UserRow | None,
    given_up: bool,
    password_digest: str | None,
    ip_address: str | None,
    user_agent: str,
    refresh_lifetime: timedelta | None,
) -> NewSession | Refusal:
    """The row for a token that `opens_session`, to be inserted unless it is there.

    `given_up` says whether the user has the row of `given_up_legacy_id`; `refresh_lifetime` is that
    of the site's sliding tokens, for one of those.
    """

def take_over_ended(user_id: object, token_id: str, begun: datetime, ended: datetime) -> NewSession:
    """The row for a legacy token that its own library had ended."""

def taken_over_generation() -> int:
    """The generation that a row taken over from another library begins with."""
