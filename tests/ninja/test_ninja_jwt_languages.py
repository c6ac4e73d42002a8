"""The stand-in for django-ninja-jwt answers in the language of the request."""

from __future__ import annotations

import ast
import gettext
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ninja import NinjaAPI
from pytest_django import Settings

import tegata.compat.ninja_jwt as facade
from tests.ninja import ninja_jwt_site
from tests.ninja.helpers import JSONClient, new_api

FOLDER = Path(facade.__file__).parent
CATALOGUES = sorted((FOLDER / "locale").glob("*/LC_MESSAGES/django.po"))


@pytest.fixture
def site(settings: Settings, serve: Callable[[NinjaAPI], None], db: None) -> Iterator[None]:
    ninja_jwt_site.install(settings)
    settings.USE_I18N = True
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    from ninja_jwt.authentication import JWTAuth  # type: ignore[import-not-found]
    from ninja_jwt.routers.obtain import obtain_pair_router  # type: ignore[import-not-found]

    api = new_api(mounted=False)
    # An older Django Ninja lets a router be mounted once in a process.
    obtain_pair_router.api = None
    api.add_router("/token", obtain_pair_router)
    api.get("/who/", auth=JWTAuth())(lambda request: request.user.username)
    serve(api)
    yield
    ninja_jwt_site.forget()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("language", "nothing", "bad", "no_account"),
    [
        (
            "de-CH",
            "Es wurden keine Anmeldedaten übermittelt.",
            "Das übergebene Token ist für keinen Tokentyp gültig",
            "Zu diesen Anmeldedaten gibt es kein aktives Konto",
        ),
        (
            "fr",
            "Aucune information d\u2019authentification n\u2019a été fournie.",
            "Le jeton fourni n\u2019est valable pour aucun type de jeton",
            "Aucun compte actif ne correspond à ces identifiants",
        ),
        (
            "es-AR",
            "No se han enviado credenciales de autenticación.",
            "El token enviado no sirve para ningún tipo de token",
            "No hay ninguna cuenta activa con esas credenciales",
        ),
        (
            "en",
            "Authentication credentials were not provided.",
            "Given token not valid for any token type",
            "No active account found with the given credentials",
        ),
    ],
    ids=["German", "French", "Spanish", "English"],
)
def test_a_client_is_answered_in_its_language(
    caller: JSONClient, language: str, nothing: str, bad: str, no_account: str
) -> None:
    headers = {"accept_language": language}
    assert caller.get("who/", **headers).json()["detail"] == nothing
    body = caller.get("who/", "none.at.all", **headers).json()
    assert (body["detail"], body["code"]) == (bad, "token_not_valid")
    credentials = {"username": "nobody", "password": "nothing at all"}
    answer = caller.post("token/pair", credentials, **headers)
    assert answer.json()["detail"] == no_account


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_catalogue_is_whole_and_was_compiled(catalogue: Path) -> None:
    """After a change run `make messages`."""
    with catalogue.with_suffix(".mo").open("rb") as file:
        compiled: dict[str, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written = dict(entries(catalogue))
    assert {name: text for name, text in compiled.items() if name} == written
    assert written.keys() == translatable()
    for message, translation in written.items():
        assert translation.count("{}") == message.count("{}"), message


def test_the_languages_that_there_are() -> None:
    assert {"de", "es", "fr"} <= {each.parts[-3] for each in CATALOGUES}


def entries(catalogue: Path) -> Iterator[tuple[str, str]]:
    """The messages of a catalogue whose texts are of one line each."""
    message = ""
    for line in catalogue.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition(" ")
        if name == "msgid":
            message = ast.literal_eval(text)
        elif name == "msgstr" and message:
            yield message, ast.literal_eval(text)


def translatable() -> set[str]:
    """What the sources mark for translation."""

    def is_marked(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        )

    trees = [ast.parse(each.read_text(encoding="utf-8")) for each in FOLDER.rglob("*.py")]
    calls: list[Any] = [node for tree in trees for node in ast.walk(tree) if is_marked(node)]
    return {call.args[0].value for call in calls}
