"""The engine: what must be right, in Rust, without I/O.

Times are timezone-aware datetimes, durations are timedeltas of zero or more, primary keys are an
`int` or anything whose `str()` names it. Decisions come back as values, never as exceptions.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, final

Place = Literal["gate", "endpoint", "resource"]

@final
class Key:
    """A key for one algorithm (`HS256`, `RS256`, `ES256`, `EdDSA`); it verifies nothing else.

    Every constructor raises `ValueError` saying what is wrong, never with key material.
    """

    @staticmethod
    def from_secret(raw: bytes, alg: str) -> Key:
        """An HMAC key of at least 32 bytes (RFC 7518 section 3.2). A PEM or JWK is refused."""

    @staticmethod
    def derive(secret: bytes, label: bytes, alg: str) -> Key:
        """An HMAC key drawn from `secret` by HKDF-SHA-256 (RFC 5869) under `label`."""

    @staticmethod
    def from_pem(text: str, alg: str) -> Key:
        """A private or public key in PKCS#8, PKCS#1, SEC 1 or SPKI; its `kid` is the thumbprint."""

    @staticmethod
    def from_jwk(json: str, alg: str) -> Key:
        """A JWK (RFC 7517) as JSON text; `use`, `key_ops` and `alg` are honoured."""

    @property
    def algorithm(self) -> str:
        """The `alg` of this key."""

    @property
    def kid(self) -> str | None:
        """The key's identifier; secrets have none unless a JWK names one."""

    @property
    def can_sign(self) -> bool:
        """Whether this is a secret or a private key."""

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
        first_used_at: datetime | None,
        security_stamp: str,
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
    def to_dict(self) -> dict[str, Any]:
        """The whole payload, straight from the verified bytes."""

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

@final
class Opened:
    """A login: the row to insert, then the tokens to hand out."""

    @property
    def session_id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def generation(self) -> int: ...
    @property
    def minted_at(self) -> datetime: ...
    @property
    def security_stamp(self) -> str: ...
    @property
    def ip_address(self) -> str | None: ...
    @property
    def user_agent(self) -> str: ...
    @property
    def tokens(self) -> Tokens: ...

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

    def carry_out(self, write: Callable[[str, str, datetime], object]) -> Refusal:
        """Calls `write(session_id, end_reason, at)` and gives the refusal once that returned.

        What `write` raises passes through, and then there is no refusal to answer with.
        """

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
    """Hand out fresh tokens of the live generation; write nothing."""

    @property
    def tokens(self) -> Tokens: ...

@final
class Renew:
    """Rotation is off: set `updated_at` where the session has not ended, then hand out."""

    @property
    def at(self) -> datetime: ...
    @property
    def tokens(self) -> Tokens: ...

@final
class LogOut:
    """The sessions that a logout ends, all of one user."""

    @property
    def user_id(self) -> int | str: ...
    @property
    def ends(self) -> list[tuple[str, str, datetime]]:
        """Session id, end reason and time of each."""

@final
class Engine:
    """Rules and keys. Immutable; one serves all threads.

    Raises `ValueError(setting, problem)` for a rule that cannot be.
    """

    def __new__(
        cls,
        keys: list[Key],
        *,
        issuer: str,
        audience: list[str],
        client_id: str,
        leeway: timedelta,
        access_token_lifetime: timedelta,
        refresh_token_lifetime: timedelta,
        session_lifetime: timedelta,
        rotate_refresh_tokens: bool,
        refresh_grace: timedelta,
        token_type_claim: str,
        user_id_claim: str,
        session_id_claim: str,
        generation_claim: str,
        max_token_length: int,
    ) -> Engine: ...
    @property
    def algorithm(self) -> str:
        """The algorithm that signs."""

    def open_session(
        self,
        now: datetime,
        user: UserRow,
        ip_address: str | None,
        user_agent: str,
        custom_claims: str | None,
    ) -> Opened:
        """Opens a session. `custom_claims` is the text of a JSON object.

        Raises:
            ValueError: A custom claim has a name that the engine writes itself.
            RuntimeError: The cryptography library failed.
        """

    def read_access(self, now: datetime, token: str) -> AccessClaims | Unread:
        """Reads an access token: signature first, then type, issuer, audience and times."""

    def read_refresh(self, now: datetime, token: str) -> RefreshClaims | Unread:
        """Reads a refresh token."""

    def read(self, now: datetime, token: str) -> AccessClaims | RefreshClaims | Unread:
        """Reads a token of either kind."""

    def admit(
        self,
        now: datetime,
        claims: AccessClaims,
        session: SessionRow | None,
        user: UserRow | None,
    ) -> Admit | FirstUse | Revoke | Refusal:
        """Decides about a request."""

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
        custom_claims: str | None,
    ) -> Advance | Repeat | Renew | Revoke | Refusal:
        """Decides about a refresh. Raises as `open_session` does."""

    def log_out(
        self, now: datetime, authorization: str | None, refresh_token: str | None
    ) -> LogOut | Refusal:
        """Decides about a logout by the `Authorization` header and the body's refresh token."""

def algorithms() -> list[str]:
    """The names of all algorithms, as the `alg` header has them."""

def bearer_token(header: str | None) -> str | Refusal:
    """The token of an `Authorization` header (RFC 6750 section 2.1)."""

def device(ip_address: str | None, user_agent: str) -> tuple[str | None, str]:
    """Address and user agent as they are stored: normal form, no control characters, bounded."""

def end_reasons() -> list[str]:
    """Every value of a session's `end_reason`."""

def is_session_id(text: str) -> bool:
    """Whether `text` could be the id of a session: 43 characters of base64url."""

def security_stamp(user: UserRow) -> str:
    """The fingerprint that ties a session to the user's password; 43 characters of base64url."""
