"""What the package ships: types, a stub that tells the truth, and one closed list of refusals."""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import files
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from ninja import NinjaAPI
from pytest_django import Settings

import tegata
from tegata import _tegata
from tegata._tegata import Refusal
from tegata.auth import JWTAuth
from tests.api import api

STUB = resources("tegata") / "_tegata.pyi"
BESIDE_THE_CODE = (
    "static/tegata/chart.css",
    "templates/tegata/admin/change_list.html",
    "templates/tegata/admin/chart.html",
)
PLACES = ("gate", "endpoint", "resource")


def stub() -> ast.Module:
    """The stub, parsed."""
    return ast.parse(STUB.read_text())


def classes_of_stub() -> dict[str, ast.ClassDef]:
    """Its classes, the private base among them."""
    return {node.name: node for node in stub().body if isinstance(node, ast.ClassDef)}


def members_of_stub(name: str) -> set[str]:
    """What the stub says that a class has, by inheritance too."""
    classes = classes_of_stub()
    node = classes[name]
    own: set[str] = set()
    for each in node.body:
        if isinstance(each, ast.FunctionDef):
            own.add(each.name)
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            own.add(each.target.id)
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            own |= members_of_stub(base.id)
    return {each for each in own if not each.startswith("__")}


def public(thing: Any) -> set[str]:
    """The public names of a module or class."""
    return {name for name in dir(thing) if not name.startswith("_")}


def test_types_are_shipped_beside_the_module() -> None:
    folder = Path(str(_tegata.__file__)).parent

    assert (folder / "py.typed").is_file()
    assert (folder / "_tegata.pyi").is_file()
    shipped = {str(file) for file in files("tegata") or ()}
    # An editable installation records none of the package's files; a wheel records all.
    if any(name.startswith("tegata/") for name in shipped):
        assert {"tegata/py.typed", "tegata/_tegata.pyi"} <= shipped
        assert not [name for name in shipped if name.startswith(("tests", "examples"))]
        assert {f"tegata/{name}" for name in BESIDE_THE_CODE} <= shipped


def test_the_stub_has_every_name_of_the_module_and_no_other() -> None:
    named = {
        node.name
        for node in stub().body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    }

    assert named == public(_tegata)


@pytest.mark.parametrize(
    "name", sorted(name for name in classes_of_stub() if not name.startswith("_"))
)
def test_the_stub_has_every_member_of_a_class_and_no_other(name: str) -> None:
    assert members_of_stub(name) == public(getattr(_tegata, name))


def test_the_stub_has_the_parameters_of_every_function() -> None:
    compared = 0
    functions = [(None, node) for node in stub().body] + [
        (owner, node) for owner in classes_of_stub().values() for node in owner.body
    ]
    for owner, node in functions:
        if not isinstance(node, ast.FunctionDef) or (owner and owner.name.startswith("_")):
            continue
        if any(
            isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list
        ):
            continue
        home = getattr(_tegata, owner.name) if owner else _tegata
        real = home if node.name == "__new__" else getattr(home, node.name)
        several = [node.args.vararg] if node.args.vararg else []
        said = [arg.arg for arg in (*node.args.args, *several, *node.args.kwonlyargs)]
        said = [name for name in said if name not in {"self", "cls"}]
        found = [name for name in inspect.signature(real).parameters if name != "self"]
        assert said == found, node.name
        compared += 1
    assert compared > 20


def test_every_public_name_of_the_package_can_be_imported() -> None:
    assert set(tegata.__all__) <= set(dir(tegata))
    for name in tegata.__all__:
        assert getattr(tegata, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        tegata.absent  # noqa: B018


def test_the_closed_list_is_sorted_and_each_entry_is_whole() -> None:
    refusals = Refusal.all()
    codes = [refusal.code for refusal in refusals]

    assert codes == sorted(set(codes))
    for refusal in refusals:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)
        assert refusal.detail[0].isupper()
        assert refusal.detail.endswith(".")
        assert refusal.challenge.startswith("Bearer")
        assert {refusal.status(place) for place in PLACES} <= {
            *(400, 401, 403, 404, 415, 422, 429, 503)
        }  # type: ignore[arg-type]
        assert Refusal(refusal.code).code == refusal.code


@pytest.mark.parametrize("unknown", ["", "teapot", "INVALID_TOKEN"])
def test_a_code_outside_of_the_list_cannot_be_made(unknown: str) -> None:
    with pytest.raises(ValueError, match=r"code|refusal"):
        Refusal(unknown)


def test_the_codes_and_statuses_are_these() -> None:
    table = {
        refusal.code: tuple(refusal.status(place) for place in PLACES)  # type: ignore[arg-type]
        for refusal in Refusal.all()
    }

    assert table == {
        "csrf_failed": (403, 403, 403),
        "expired_token": (401, 401, 401),
        "insufficient_scope": (403, 403, 403),
        "invalid_challenge": (401, 401, 401),
        "invalid_credentials": (401, 401, 403),
        "invalid_request": (422, 422, 422),
        "invalid_token": (401, 401, 401),
        "invalid_token_type": (401, 400, 400),
        "invalid_user": (401, 401, 401),
        "login_required": (401, 401, 401),
        "missing_token": (401, 401, 401),
        "rate_limited": (429, 429, 429),
        "service_unavailable": (503, 503, 503),
        "session_expired": (401, 401, 401),
        "session_not_found": (401, 401, 404),
        "token_reuse_detected": (401, 401, 401),
        "unsupported_media_type": (415, 415, 415),
    }


def error_codes(node: Any) -> set[str]:
    """Every value that a document allows for an `error_code`."""
    found: set[str] = set()
    if isinstance(node, dict):
        if isinstance(allowed := node.get("error_code"), dict):
            # A list of one is written as a constant.
            found |= set(allowed.get("enum", [allowed.get("const")]))
        for value in node.values():
            found |= error_codes(value)
    elif isinstance(node, list):
        for value in node:
            found |= error_codes(value)
    return found


def test_the_openapi_documents_name_the_closed_list_and_nothing_else(settings: Settings) -> None:
    settings.TEGATA = {"SCOPES": {"a": "Anything"}}
    guarded = NinjaAPI(urls_namespace="guarded")

    @guarded.get("/", auth=JWTAuth(scopes=["a"], fresh=300))
    def view(request: HttpRequest) -> None: ...

    found = error_codes(api.get_openapi_schema()) | error_codes(
        guarded.get_openapi_schema(path_prefix="/")
    )
    assert found == {refusal.code for refusal in Refusal.all()}


def test_the_gate_describes_itself_by_entries_of_the_list() -> None:
    named = set(re.findall(r"`([a-z_]+)`", str(JWTAuth.__doc__).partition("Raises:")[2]))

    assert named
    assert named <= {refusal.code for refusal in Refusal.all()}
