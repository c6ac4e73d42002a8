"""The code of django-ninja-aio-crud's page on JWT, word for word, on the stand-in."""

from __future__ import annotations

from pathlib import Path

from tegata import jose
from tests.docs.pages import blocks_of
from tests.docs.project import Project

_BLOCKS = {
    block.section: block.code for block in blocks_of(Path(__file__).parent / "ninja_aio_blocks.md")
}
_ONE_LINE = 'import tegata.compat; tegata.compat.install("ninja_aio.auth")\n'
# What the page's blocks take for granted.
_BEFORE_LOGIN = """\
from ninja import Schema


class LoginSchema(Schema):
    name: str


class user:
    id = 123


"""
_GUARDED = """\


@api.get("/asecure", auth=MyBearer())
async def asecure(request):
    return request.auth


@api.get("/by-settings", auth=SettingsBearer())
def by_settings(request):
    return request.auth


@api.post("/by-cookie", auth=MyCookieAuth())
async def by_cookie(request):
    return request.auth
"""


def with_status(code: str) -> str:
    """With what Django Ninja itself demands of `create_response`."""
    (line,) = (each for each in code.splitlines() if "create_response(" in each)
    return code.replace(line, f"{line.removesuffix(')')}, status=200)")


def test_its_code_runs(project: Project) -> None:
    key = jose.Key.generate("RS256")
    project.folder.joinpath("priv.jwk").write_text(key.to_pem())
    project.folder.joinpath("pub.jwk").write_text(key.public().to_pem())
    settings = project.folder / "mysite" / "settings.py"
    settings.write_text(f"{_ONE_LINE}{settings.read_text()}")
    gone_through = ["without settings", "encode_jwt", "decode_jwt", "validate_key"]
    project.script(
        "".join(f"{_BLOCKS[each]}\n" for each in (*gone_through, "validate_mandatory_claims"))
        + 'assert (decoded.claims["sub"], sub, pkey.kid) == ("123", "123", None)\n'
        "assert decoded.header == {'alg': 'RS256', 'typ': 'JWT'}\n"
        "assert claims['iss'] == 'https://auth.example'\n"
    )
    project.write("settings.py", f"from joserfc import jwk\n{_BLOCKS['settings']}")
    api = (
        *("bearer", "registry", "bearer wired to settings", "cookie"),
        *("set_jwt_cookie", "delete_jwt_cookie"),
    )
    codes = [
        with_status(_BLOCKS[each]) if each.endswith("_cookie") else _BLOCKS[each] for each in api
    ]
    codes.insert(4, _BEFORE_LOGIN)
    project.write("mysite/api.py", "\n\n".join([*codes, _GUARDED]))
    project.write("urls.py", _URLS)
    project.script(
        f"{_BLOCKS['with settings']}\n"
        "assert decoded.claims['aud'] == 'my-api'\n"
        "assert decoded.claims['exp'] - decoded.claims['iat'] == 3600\n"
    )
    assert "no issues" in project.manage("check")
    project.check("ninja_aio_page")
    assert {*gone_through, "validate_mandatory_claims", "settings", "with settings", *api} == (
        _BLOCKS.keys()
    )


_URLS = """\
from django.urls import path
from mysite.api import api

urlpatterns = [path("api/", api.urls)]
"""
