"""Writes the parts of docs/reference/ that the code knows better than a writer.

Settings from `tegata.conf.Settings`, errors from the engine's closed list, endpoints from the
OpenAPI document, the Python API from its docstrings, which for the extension module stand in its
stub. A page keeps its own words around two markers, `<!-- generated: NAME -->` and
`<!-- end: NAME -->`; what stands between them is replaced. With `--check` nothing is written, and a
stale page is an error.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
STUB = ROOT / "python" / "tegata" / "_tegata.pyi"
# This module is its own URLconf: the OpenAPI document is written without serving the routes.
urlpatterns: list[Any] = []
# What Django Ninja asks for, and no caller does.
_INTERNAL = {"openapi_security_schema"}
_SECTIONS = ("Args", "Attributes", "Raises", "Returns")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say which pages are stale")
    parser.add_argument("--pages", type=Path, default=PAGES, help="the folder of the pages")
    arguments = parser.parse_args()

    configure()
    stale = []
    for name, generate in GENERATED.items():
        page = arguments.pages / f"{name}.md"
        before = page.read_text()
        after = replace(before, name, generate())
        if after == before:
            continue
        stale.append(page.name)
        if not arguments.check:
            page.write_text(after)
            print(f"wrote {page.name}")
    if stale and arguments.check:
        sys.exit(
            f"error: out of date in {arguments.pages}: {', '.join(stale)}\n"
            "hint: run `python tools/reference.py`"
        )


def configure() -> None:
    """Sets Django up with nothing but the apps, unless a caller has done so."""
    if settings.configured:
        return
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "tegata"]
    secret = "for the reference only, nothing is signed"  # noqa: S105 (a placeholder)
    settings.configure(INSTALLED_APPS=apps, ROOT_URLCONF=__name__, SECRET_KEY=secret, USE_TZ=True)
    django.setup()


def replace(page: str, name: str, text: str) -> str:
    """The page with new text between its markers."""
    begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit(f"error: {name}.md must have one `{begin}` and one `{end}`")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{with_links(text.strip())}\n\n{end}{after}"


def with_links(text: str) -> str:
    """Links to the RFCs that docstrings name."""

    def link(found: re.Match[str]) -> str:
        anchor = f"#section-{found['section']}" if found["section"] else ""
        return f"[{found[0]}](https://www.rfc-editor.org/rfc/rfc{found['number']}{anchor})"

    return re.sub(r"RFC (?P<number>\d+)(?: section (?P<section>\d+(?:\.\d+)*))?", link, text)


def settings_table() -> str:
    """Each setting with its default and what its attribute's docstring says."""
    from tegata.conf import Settings

    about = sections(Settings)["Attributes"]
    rows = [
        (f"`{each.name}`", shown(each.default), about.pop(each.name)) for each in fields(Settings)
    ]
    if about:
        sys.exit(f"error: Settings has no attribute {', '.join(about)}, but its docstring has")
    return table(("Setting", "Default", "Meaning and range"), rows)


def shown(default: object) -> str:
    """A default as a person would write it."""
    if isinstance(default, timedelta):
        for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
            count, rest = divmod(int(default.total_seconds()), seconds)
            if count and not rest:
                return f"`timedelta({unit}={count})`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default!r}`"


def errors_table() -> str:
    """Each refusal with its status by place."""
    from tegata._tegata import Refusal

    rows = [
        (
            f"`{refusal.code}`",
            *(str(refusal.status(place)) for place in ("gate", "endpoint", "resource")),
            refusal.detail,
            f"`{refusal.challenge}`" if 401 in statuses(refusal) else "",
        )
        for refusal in Refusal.all()
    ]
    head = ("`error_code`", "Gate", "Endpoint", "Resource", "`detail`", "`WWW-Authenticate`")
    return table(head, rows)


def statuses(refusal: Any) -> set[int]:
    return {refusal.status(place) for place in ("gate", "endpoint", "resource")}


def endpoints_table() -> str:
    """Each operation of the auth routes, as the OpenAPI document has it."""
    from ninja import NinjaAPI

    from tegata import mount

    api = NinjaAPI(urls_namespace="reference")
    mount(api)
    document = api.get_openapi_schema(path_prefix="/")
    rows = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = sorted(operation["responses"].items(), key=lambda answer: int(answer[0]))
            refusals = [
                f"{status}: {', '.join(f'`{code}`' for code in codes(document, answer))}"
                for status, answer in answers
                if int(status) >= 400
            ]
            rows.append(
                (
                    f"`{method.upper()} {path}`",
                    operation["summary"],
                    needs_token(operation),
                    ", ".join(str(status) for status, _ in answers if int(status) < 400),
                    "<br>".join(refusals),
                )
            )
    return table(("Endpoint", "What it does", "Access token", "Success", "Refusals"), rows)


def needs_token(operation: dict[str, Any]) -> str:
    """Whether an operation takes an access token; an empty requirement means that none will do."""
    requirements = operation.get("security", [])
    return "" if not requirements else "optional" if {} in requirements else "required"


def codes(document: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """The error codes that an answer's schema lists."""
    schema = answer["content"]["application/json"]["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    member = schema["properties"].get("error_code") or schema["properties"]["error"]
    # One code alone is a `const` in some versions of pydantic.
    return list(member.get("enum") or [member["const"]])


def python_api() -> str:
    """The public names, by module, with their signatures and docstrings."""
    import tegata
    from tegata import (
        api,
        authenticators,
        challenge_schemas,
        cookies,
        handlers,
        issuers,
        logins,
        middleware,
        models,
        remote,
        sessions,
        signals,
        sliding,
        steps,
        throttling,
        token_user,
        tokens,
    )
    from tegata.events import EVENTS

    parts = ["## tegata"]
    for name in tegata.__all__:
        if name != "mount":
            parts += described(f"tegata.{name}", getattr(tegata, name))
    parts += described("tegata.mount", tegata.mount)
    parts += ["## tegata.api", "`router` is one router with the auth routes."]
    parts += described("tegata.api.create_router", api.create_router)
    parts += described("tegata.api.create_token_router", api.create_token_router)
    parts += ["## tegata.models"]
    parts += described("tegata.models.Session", models.Session)
    parts += described("Session.objects.active", models.SessionManager.active)
    parts += described("Session.objects.inactive", models.SessionManager.inactive)
    parts += described("SessionQuerySet.end", models.SessionQuerySet.end)
    parts += ["## tegata.sessions", first_paragraphs(inspect.getdoc(sessions) or "")]
    for name in ("open_session", "refresh", "verify", "log_out"):
        parts += described(f"tegata.sessions.{name}", getattr(sessions, name))
    parts += ["## tegata.tokens", first_paragraphs(inspect.getdoc(tokens) or "")]
    for name in tokens.__all__:
        parts += described(f"tegata.tokens.{name}", getattr(tokens, name))
    parts += ["## tegata.sliding", first_paragraphs(inspect.getdoc(sliding) or "")]
    for name in ("open_session", "refresh", "open_tokens", "refresh_tokens"):
        parts += described(f"tegata.sliding.{name}", getattr(sliding, name))
    parts += ["## tegata.token_user", first_paragraphs(inspect.getdoc(token_user) or "")]
    parts += described("tegata.token_user.TokenUserPayload", token_user.TokenUserPayload)
    parts += ["## tegata.remote", first_paragraphs(inspect.getdoc(remote) or "")]
    parts += described("tegata.remote.RemoteJWTAuth", remote.RemoteJWTAuth)
    parts += described("tegata.remote.RemoteUser", remote.RemoteUser)
    parts += ["## tegata.issuers", first_paragraphs(inspect.getdoc(issuers) or "")]
    for name in issuers.__all__:
        if name not in {"ANY_TENANT", "RemoteUser", "Rules"}:
            parts += described(f"tegata.issuers.{name}", getattr(issuers, name))
    parts += async_jwt_api()
    parts += live_api()
    parts += ["## tegata.steps", first_paragraphs(inspect.getdoc(steps) or "")]
    parts += described("tegata.steps.LoginStep", steps.LoginStep)
    parts += described("tegata.steps.Challenge", steps.Challenge)
    parts += described("tegata.steps.Verdict", steps.Verdict)
    parts += ["## tegata.logins", first_paragraphs(inspect.getdoc(logins) or "")]
    for name in ("log_in", "log_in_at_once", "answer"):
        parts += described(f"tegata.logins.{name}", getattr(logins, name))
    challenge = challenge_schemas.ChallengeSchema
    parts += ["## tegata.challenge_schemas"]
    parts += described("tegata.challenge_schemas.ChallengeSchema", challenge)
    parts += ["## tegata.cookies", first_paragraphs(inspect.getdoc(cookies) or "")]
    for name in cookies.__all__:
        parts += described(f"tegata.cookies.{name}", getattr(cookies, name))
    vary = middleware.vary_on_token_cookie
    parts += described("tegata.middleware.vary_on_token_cookie", vary)
    parts += ["## tegata.throttling", first_paragraphs(inspect.getdoc(throttling) or "")]
    parts += ["The guide is [Limits](../guides/limits.md)."]
    parts += described("tegata.throttling.attempt", throttling.attempt)
    parts += ["## tegata.signals", first_paragraphs(inspect.getdoc(signals) or "")]
    names = ", ".join(f"[`{event.name}`](events.md#{event.name})" for event in EVENTS)
    parts += [f"They are {names}."]
    for path, value in (
        ("tegata.authenticators.django_user_authenticator", authenticators),
        ("tegata.handlers.error_handler", handlers),
    ):
        module, _, name = path.rpartition(".")
        parts += [f"## {module}", *described(path, getattr(value, name))]
    parts += testing_api()
    parts += jose_api()
    return "\n\n".join(parts)


def async_jwt_api() -> Iterator[str]:
    """The classes and functions that need no sessions."""
    from tegata import async_jwt, auth

    yield "## tegata.auth, without sessions"
    yield "The guide is [Coming from django-ninja-aio-crud](../guides/coming-from-ninja-aio.md)."
    yield first_paragraphs(inspect.getdoc(async_jwt) or "")
    for name in ("AsyncJwtBearer", "AsyncJwtCookie", "JwtAuthMixin", "ClaimsRegistry"):
        yield from described(f"tegata.auth.{name}", getattr(auth, name))
    for name in ("encode_jwt", "decode_jwt", "set_jwt_cookie", "delete_jwt_cookie"):
        yield from described(f"tegata.auth.{name}", getattr(auth, name))
    for name in ("validate_key", "validate_mandatory_claims"):
        yield from described(f"tegata.auth.{name}", getattr(auth, name))


def live_api() -> Iterator[str]:
    """What ends with its session."""
    from tegata import live, websockets

    yield "## tegata.live and tegata.websockets"
    yield "The guide is [WebSockets and streams](../guides/websockets.md)."
    yield first_paragraphs(inspect.getdoc(live) or "")
    for name in ("Watch", "while_good"):
        yield from described(f"tegata.live.{name}", getattr(live, name))
    yield from described("tegata.websockets.WebSocketAuth", websockets.WebSocketAuth)


def testing_api() -> Iterator[str]:
    """The names of `tegata.testing`, but for those of types and tables."""
    from tegata import testing

    yield "## tegata.testing"
    yield "The guide is [Testing](../guides/testing.md)."
    yield first_paragraphs(inspect.getdoc(testing) or "")
    for name in ("client", "log_in", "tokens", "TokenOptions", "IssuedTokens", "bearer"):
        yield from described(f"tegata.testing.{name}", getattr(testing, name))
    for name in ("forged", "forgeries", "Forgery", "frozen", "FrozenClock"):
        yield from described(f"tegata.testing.{name}", getattr(testing, name))


def jose_api() -> Iterator[str]:
    """The names of `tegata.jose`: those of the extension module, then the exceptions."""
    from tegata import jose
    from tegata.jose.errors import BY_CODE

    yield "## tegata.jose"
    yield "The guide is [Tokens without Django](../guides/jose.md)."
    defined = {
        node.name: node
        for node in ast.parse(STUB.read_text()).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    exceptions = {kind.__name__ for kind in BY_CODE.values()}
    for name in jose.__all__:
        if name not in exceptions:
            yield from described_by_stub(f"tegata.jose.{name}", defined[name])
    yield "### tegata.jose exceptions"
    rows = [
        (
            f"`{kind.__name__}`",
            f"`{kind.code}`",
            ", ".join(f"`{base.__name__}`" for base in kind.__bases__),
            " ".join((inspect.getdoc(kind) or "").split()),
        )
        for kind in BY_CODE.values()
    ]
    yield table(("Class", "`code`", "Base", "Meaning"), rows)


def described_by_stub(path: str, node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    """As `described`, by the source of a stub."""
    yield f"### {path}"
    name = path.rpartition(".")[2]
    if isinstance(node, ast.FunctionDef):
        yield f"`{name}{stub_parameters(node)}`"
        yield from prose(ast.get_docstring(node) or "")
        return
    yield from prose(ast.get_docstring(node) or "")
    for member in node.body:
        if not isinstance(member, ast.FunctionDef):
            continue
        if member.name == "__new__":
            yield f"**`{name}{stub_parameters(member)}`**"
        elif not member.name.startswith("_"):
            is_property = "property" in map(ast.unparse, member.decorator_list)
            yield f"**`{name}.{member.name}{'' if is_property else stub_parameters(member)}`**"
            yield from prose(ast.get_docstring(member) or "")


def stub_parameters(function: ast.FunctionDef) -> str:
    """As `parameters`, by the source of a stub."""
    arguments = function.args
    arguments.args = [each for each in arguments.args if each.arg not in {"self", "cls"}]
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        each.annotation = None
    return f"({ast.unparse(arguments)})"


def described(path: str, value: Any) -> Iterator[str]:
    """The heading, signature and docstring of a class or function, and of a class's own methods."""
    yield f"### {path}"
    doc = inspect.getdoc(value) or ""
    if inspect.isclass(value):
        yield from prose(doc)
        for name, member in vars(value).items():
            function = getattr(member, "__func__", member)
            if (
                name.startswith("_")
                or name in _INTERNAL
                or not (inspect.isfunction(function) or isinstance(member, property))
            ):
                continue
            owner = path.rpartition(".")[2]
            called = f"{owner}.{name}"
            head = called if isinstance(member, property) else called + parameters(function)
            yield f"**`{head}`**"
            yield from prose(inspect.getdoc(member) or "")
    else:
        is_function = inspect.isfunction(value)
        yield f"`{path.rpartition('.')[2]}{parameters(value) if is_function else ''}`"
        yield from prose(doc)


def parameters(function: Callable[..., Any]) -> str:
    """`(user, *, data=None)`, without the types that an editor shows better."""
    signature = inspect.signature(function)
    bare = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.name not in {"self", "cls"}
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def prose(doc: str) -> Iterator[str]:
    """A Google-style docstring as Markdown."""
    yield first_paragraphs(doc)
    for section, entries in sections_of(doc).items():
        lines = [f"- `{name}`: {text}" if name else f"- {text}" for name, text in entries.items()]
        yield "\n".join([f"{section}:", "", *lines])


def first_paragraphs(doc: str) -> str:
    """What stands before the first section."""
    paragraphs = []
    for paragraph in doc.split("\n\n"):
        if paragraph.partition(":")[0] in _SECTIONS:
            break
        paragraphs.append(" ".join(paragraph.split()))
    return "\n\n".join(paragraphs)


def sections(value: Any) -> dict[str, dict[str, str]]:
    """The sections of a docstring."""
    return sections_of(inspect.getdoc(value) or "")


def sections_of(doc: str) -> dict[str, dict[str, str]]:
    """Section, then name, then text; what has no name stands under the empty one."""
    found: dict[str, dict[str, str]] = {}
    section = name = None
    for line in doc.splitlines():
        if line.rstrip(":") in _SECTIONS and line.endswith(":"):
            section = found.setdefault(line.rstrip(":"), {})
        elif section is not None and (entry := re.match(r" {4}(\*{0,2}\w+): (.*)", line)):
            name = entry[1]
            section[name] = entry[2]
        elif section is not None and line.strip():
            if not line.startswith(" " * 8):
                name = ""
            before = section.get(name or "", "")
            section[name or ""] = f"{before} {line.strip()}".strip()
    return found


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    # A bar ends a cell, even within code.
    escaped = ([cell.replace("|", "\\|") for cell in cells] for cells in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in escaped)


def events_table() -> str:
    """Each event with its level, its fields and what each holds."""
    import logging

    from tegata.events import EVENTS

    parts = []
    for event in EVENTS:
        fields_ = table(
            ("Field", "What it is"), [(f"`{name}`", text) for name, text in event.fields.items()]
        )
        level = logging.getLevelName(event.level)
        parts += [f"## {event.name}", f"{event.meaning} The record is of level `{level}`.", fields_]
    return "\n\n".join(parts)


def commands() -> str:
    """Each command of `manage.py` with what its arguments mean."""
    from django.core.management import load_command_class

    parts = []
    for name in ("tegata_sessions", "tegata_keys"):
        parser = load_command_class("tegata", name).create_parser("manage.py", name)
        (subparsers,) = (each for each in parser._actions if each.dest == "command")
        for command, of_command in subparsers.choices.items():  # type: ignore[union-attr]
            parts += [
                f"## {name} {command}",
                first_paragraphs(of_command.description),
            ]
            rows = [
                (
                    ", ".join(
                        f"`{option}{placeholder(action)}`" for option in action.option_strings
                    ),
                    action.help,
                )
                for action in of_command._actions
                if action.dest != "help"
            ]
            parts.append(table(("Argument", "Meaning"), rows))
    # As it stands in a terminal, it would be a link on a page.
    return re.sub(r"TEGATA\['\w+'\]", r"`\g<0>`", "\n\n".join(parts))


def placeholder(action: argparse.Action) -> str:
    """What stands behind an option that takes a value."""
    if action.nargs == 0:
        return ""
    value = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    return f" {value}" + (" …" if action.nargs == "+" else "")


GENERATED: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "errors": errors_table,
    "endpoints": endpoints_table,
    "events": events_table,
    "commands": commands,
    "python-api": python_api,
}


if __name__ == "__main__":
    main()
