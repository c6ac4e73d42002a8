"""Each page's code is pasted into a project and run there; `checks/` asks whether it does as told.

A page with code that no walk goes through to the end is a failure, so that nothing in the
documentation is untested.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tegata._tegata import Refusal
from tegata.events import EVENTS
from tegata.testing import FLAWS
from tests.docs.deployments import Deployments
from tests.docs.pages import DOCS, ROOT, Block, blocks_of, pages
from tests.docs.project import FailedError, Project, find_program
from tests.docs.walks import CODE, Walk

# Of the stand-in for django-ninja-jwt, what that library has not.
_OWN_MODULES = {
    "__init__",
    "apps",
    "bodies",
    "checks",
    "handlers",
    "installed",
    "openapi",
    "peers",
    "routes",
    "schema_base",
    "schema_control",
    "schema_login",
    "schema_tokens",
    "translation",
}
_GUIDES: dict[str, Callable[[Walk], None]] = {}
# test_quick_start.py goes through these.
_ELSEWHERE = {"index.md"}


def walk(page: str) -> Callable[[Callable[[Walk], None]], Callable[[Walk], None]]:
    """Registers the way through a page."""

    def register(function: Callable[[Walk], None]) -> Callable[[Walk], None]:
        _GUIDES[page] = function
        return function

    return register


@walk("guides/protecting-views.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("protecting_views")


@walk("guides/sessions.md")
def _(page: Walk) -> None:
    sections = dict.fromkeys(block.section for block in page.left)
    sections.pop("Purging")
    page.paste(*sections)
    page.site.manage("migrate")
    page.paste("Purging")
    (crontab,) = (block.code for block in page.blocks if block.language == "text")
    command = crontab.strip().partition("cd /srv/mysite && ")[2]
    page.site.run("bash", "-c", command)
    page.site.check("sessions")


@walk("guides/token-classes.md")
def _(page: Walk) -> None:
    last = "Who may be let in, and under which name"
    page.paste(*(dict.fromkeys(block.section for block in page.left if block.section != last)))
    page.site.manage("migrate")
    page.site.check("token_classes")
    page.paste_the_rest()
    page.site.check("user_rules")


@walk("guides/revocation.md")
def _(page: Walk) -> None:
    page.paste("", "What an end is final against")
    page.site.check("revocation")
    page.paste("The cache")
    page.site.check("revocation", "test_a_logout", "test_suspended_users")


@walk("guides/scopes.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("scopes")


@walk("guides/tenants.md")
def _(page: Walk) -> None:
    page.paste("By subdomain")
    page.site.check("tenants", "test_hosts", "test_callable", "test_sessions")
    page.paste("Who may log in where")
    page.site.check("tenants", "test_membership")


@walk("guides/custom-claims.md")
def _(page: Walk) -> None:
    page.paste("From fields of the user")
    page.site.check("custom_claims", "test_fields", "test_check")
    page.paste("From anywhere else")
    page.site.check("custom_claims", "test_claims_for")
    # A project has one user model, and the page shows two.
    page.site.write("settings.py", 'INSTALLED_APPS.remove("accounts")\n')
    page.paste("The type of user_id")
    page.site.check("custom_claims", "test_uuid")
    page.paste("Renaming the private claims")
    page.site.check("custom_claims", "test_renamed")


@walk("guides/custom-login.md")
def _(page: Walk) -> None:
    authenticators = page.take("An authenticator of your own")
    magic, codes = authenticators[:2], authenticators[2:]
    page.paste("A view of your own")
    page.site.check("custom_login", "test_register", "test_log_in_as")
    for block in magic:
        page.site.paste(block)
    tests = ("test_magic_link", "test_magic_link_of_an_inactive_user", "test_swagger_form")
    page.site.check("custom_login", *tests)
    for block in codes:
        page.site.paste(block)
    page.site.check("custom_login", "test_one_time_code")


@walk("guides/second-factor.md")
def _(page: Walk) -> None:
    page.paste("A code from an app", "In a view of your own")
    totp = ("with_a_device", "without_a_confirmed_device")
    tests = [f"test_a_user_{each}" for each in totp]
    tests += ["test_no_code_is_good_twice", "test_a_clock_that_is_behind_is_followed"]
    tests += ["test_guesses_are_slowed_down_and_few", "test_the_form_points_to_the_login"]
    page.site.check("second_factor", *tests, "test_a_view_of_one_s_own")
    page.paste("A code by mail")
    page.site.check("second_factor", "test_a_mailed_code")
    page.paste("A step that refuses")
    page.site.check("second_factor", "test_office_hours")
    page.paste("Several steps")
    page.site.check("second_factor", "test_several_steps")


@walk("guides/limits.md")
def _(page: Walk) -> None:
    page.site.write("mysite/codes.py", _CODES)
    # The tests count in the cache of the process: no server of Redis listens there.
    page.take("")
    page.paste("What is counted", "The cache", "Who hears of it", "Views of your own")
    page.paste("Django Ninja's throttles")
    page.site.check("limits")


@walk("guides/proxies.md")
def _(page: Walk) -> None:
    page.paste("")
    page.site.check("proxies", "test_the_rule", "test_the_table")
    page.paste("Unix sockets")
    page.site.check("proxies", "test_unix")
    page.paste("Keeping no addresses")
    page.site.check("proxies", "test_no_addresses")


@walk("guides/async.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("async_views")


@walk("guides/websockets.md")
def _(page: Walk) -> None:
    node, site = find_program("node"), page.site
    page.paste_the_rest()
    site.check("websockets")
    site.manage("migrate")
    token = site.script(
        "from django.contrib.auth import get_user_model\n"
        "from tegata import testing\n"
        "user = get_user_model().objects.create_user('alice')\n"
        "print(testing.tokens(user).access_token)"
    ).strip()
    server = ("python", "-m", "uvicorn", "mysite.asgi:application", "--port", "{port}")
    driver = Path(__file__).parent / "checks" / "websockets.mjs"
    with site.serve(*server) as address:
        known = {"ADDRESS": address, "TOKEN": token}
        # Before Node 22 it had to be asked for.
        site.run(node, "--experimental-websocket", driver, env=known)


@walk("guides/testing.md")
def _(page: Walk) -> None:
    blocks = page.left.copy()
    page.paste_the_rest()
    of_pytest = [block for block in blocks if block.section == "With pytest"]
    of_django = [block for block in blocks if block.section != "With pytest"]
    # Which the oldest release of Django Ninja asks for.
    old = {"NINJA_SKIP_REGISTRY": "1"}
    said = page.site.run("bash", "-c", "python manage.py test mysite 2>&1", env=old)
    assert f"Ran {_tests_in(of_django)} tests" in said
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **old}
    said = page.site.run("python", "-m", "pytest", "-c", "pytest.ini", "tests", env=alone)
    # One of them is run once for each flaw.
    assert f"{_tests_in(of_pytest) - 1 + len(FLAWS)} passed" in said


def _tests_in(blocks: list[Block]) -> int:
    return sum(len(re.findall(r"^ *(?:async )?def test_", each.code, re.M)) for each in blocks)


@walk("guides/keys.md")
def _(page: Walk) -> None:
    find_program("openssl")
    site = page.site
    site.write("mysite/api.py", _BARE_API)
    site.manage("migrate")
    deployments = Deployments(site)
    after, settings = deployments.after, partial(site.write, "settings.py")

    after("logs_in", "HS256")
    page.paste("Nothing to do: SECRET_KEY")
    after("still_good")
    settings("SECRET_KEY_FALLBACKS = []\n")
    after("still_good")

    commands = re.findall(r"`(openssl [^`]+)`", page.page.read_text())
    assert len(commands) == 4
    # As the reader types them, and a second key; all in one shell.
    second = commands[0].replace("ed25519.pem", "new.pem")
    (public,) = (each.code for each in page.blocks if each.code.startswith("openssl pkey"))
    printed = site.run("bash", "-ec", "\n".join([*commands, second, public]))
    secret = printed.strip().splitlines()[-1]
    assert "PUBLIC KEY" in (site.folder / "ed25519.pub.pem").read_text()
    new, old = 'BASE_DIR / "new.pem"', 'BASE_DIR / "ed25519.pem"'
    settings(f'TEGATA = {{"ALGORITHM": "EdDSA", "KEYS": [{old}]}}\n')
    after("refused")
    for keys in (f'["SECRET_KEY", {old}]', f'[{old}, "SECRET_KEY"]'):
        settings(f'TEGATA = {{"ALGORITHM": "EdDSA", "KEYS": {keys}}}\n')
        after("still_good")
    page.paste("Keys of your own")
    after("still_good")

    settings(f'TEGATA = {{"ALGORITHM": "EdDSA", "KEYS": [{old}, {new}]}}\n')
    after("still_good")
    page.paste("Rotating keys by hand")
    after("still_good")
    page.paste("Going from SECRET_KEY to keys of your own")
    after("still_good")
    settings(f'TEGATA = {{"ALGORITHM": "EdDSA", "KEYS": [{new}]}}\n')
    after("still_good")

    settings('TEGATA = {"ALGORITHM": "RS256", "KEYS": [BASE_DIR / "rsa.pem"]}\n')
    after("logs_in", "RS256")
    of_secret, of_pem, of_jwk = page.take("Every form that KEYS takes")
    site.paste(of_secret)
    after("logs_in", "HS256")
    site.paste(of_pem)
    after("logs_in", "ES256")
    pem = (site.folder / "p256.pem").read_text()
    deployments.environment.update(TEGATA_KEY=secret, TEGATA_PEM=pem)
    older = "an older secret, of no less than thirty-two bytes"
    assert older in of_jwk.code
    settings(f'TEGATA = {{"KEYS": ["{older}"]}}\n')
    after("logs_in", "HS256")
    site.paste(of_jwk)
    after("still_good")
    after("logs_in", "EdDSA")
    settings("TEGATA = {}\n")
    after("logs_in", "HS256")

    make, named, rotate, listing = page.take("Rotating a file of keys")
    site.run("bash", "-ec", make.code, env=deployments.environment)
    # Nobody is logged out by going over to the file.
    settings('TEGATA = {"KEYS": [BASE_DIR / "keys.json", "SECRET_KEY"]}\n')
    after("still_good")
    site.paste(named)
    after("still_good")
    after("rotates", rotate.code, listing.code)
    urls, published, export = page.take("Publishing keys")
    site.paste(urls)
    site.paste(published)
    after("publishes", export.code)
    deployments.run()


@walk("guides/tokens-of-other-issuers.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("other_issuers")


@walk("guides/tokens-from-elsewhere.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("tokens_from_elsewhere")


@walk("guides/events.md")
def _(page: Walk) -> None:
    page.site.write("mysite/api.py", _BARE_API + _PROFILE)
    page.paste_the_rest()
    page.site.check("events")


@walk("guides/admin.md")
def _(page: Walk) -> None:
    page.site.write("mysite/api.py", _BARE_API)
    page.site.check("admin", "test_out_of_the_box")
    page.paste_the_rest()
    page.site.check("admin", "test_changed")


@walk("reference/commands.md")
def _(page: Walk) -> None:
    site = page.site
    site.write("mysite/api.py", _BARE_API)
    site.manage("migrate")
    site.script("from tests.docs.checks import commands; commands.log_in_twice()")
    said = [site.run("bash", "-ec", block.code) for block in page.take("Sessions")]
    assert "2 sessions would be ended\n2 sessions ended\n" in said[0]
    assert "0 rows would go\n0 rows removed\n" in said[1]
    generate, named, rotate = page.take("Keys")
    site.run("bash", "-ec", generate.code)
    site.paste(named)
    said.append(site.run("bash", "-ec", rotate.code))
    # A key that was made just now is not to be replaced.
    assert said[-1].count("signing") == 3


@walk("guides/jose.md")
def _(page: Walk) -> None:
    # One program from the first block to the last.
    program = "".join(block.code for block in page.left)
    assert {block.language for block in page.left} == {"python"}
    page.left = []
    page.site.run("python", "-c", program + _WITHOUT_DJANGO)


def test_the_readme_has_an_example_without_django(project: Project) -> None:
    blocks = [each for each in blocks_of(ROOT / "README.md") if each.section == "Without Django"]
    assert [block.language for block in blocks] == ["python"]
    project.run("python", "-c", blocks[0].code + _WITHOUT_DJANGO)


@walk("guides/clients.md")
def _(page: Walk) -> None:
    node = find_program("node")
    site = page.site
    site.write("mysite/api.py", _BARE_API + _PROFILE)
    site.write("settings.py", 'TEGATA = {"ACCESS_TOKEN_LIFETIME": 4, "LEEWAY": 0}\n')
    site.manage("migrate")
    page.paste("In JavaScript")
    main = (site.folder / "main.mjs").read_text()
    (password,) = re.findall(r'logIn\("alice", "([^"]+)"\)', main)
    site.manage(
        *("createsuperuser", "--noinput", "--username", "alice", "--email", "alice@example.org"),
        env={"DJANGO_SUPERUSER_PASSWORD": password},
    )
    client = site.folder / "client.mjs"
    checks = Path(__file__).parent / "checks"
    browser = ("--import", (checks / "browser.mjs").as_uri())
    with site.serve() as address:
        client.write_text(client.read_text().replace("http://127.0.0.1:8000", address))
        assert site.run(node, *browser, "main.mjs") == "alice\n"
        site.run(node, *browser, checks / "clients.mjs", env={"PASSWORD": password})


@walk("guides/browsers.md")
def _(page: Walk) -> None:
    node = find_program("node")
    site = page.site
    site.write("mysite/api.py", _BARE_API + _PROFILE)
    page.paste("", "What a page has to do")
    site.manage("migrate")
    site.check("browsers", "test_cookies", "test_refresh", "test_names")
    site.manage(
        *("createsuperuser", "--noinput", "--username", "alice", "--email", "alice@example.org"),
        env={"DJANGO_SUPERUSER_PASSWORD": "correct horse battery staple"},
    )
    with site.serve() as address:
        module = site.folder / "page.mjs"
        module.write_text(module.read_text().replace("http://127.0.0.1:8000", address))
        site.run(node, Path(__file__).parent / "checks" / "browsers.mjs", address)
    page.paste("Pages and other clients")
    site.check("browsers", "test_both", "test_views_that_say_for_themselves")
    page.paste("The refresh token alone")
    site.check("browsers", "test_refresh_token_alone")
    same_site, other_site = page.take("A page of another origin")
    site.paste(same_site)
    site.check("browsers", "test_a_page_of_the_same_site")
    site.paste(other_site)
    site.check("browsers", "test_a_page_of_another_site")
    page.paste_the_rest()
    site.check("browsers", "test_log_in_by_link")
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    tests = ("-m", "pytest", "-c", "pytest.ini", "mysite/test_pages.py")
    said = site.run("python", *tests, env=alone)
    assert "1 passed" in said


@walk("guides/coming-from-jwt-ninja.md")
def _(page: Walk) -> None:
    site = page.site
    # The quick start adds the app, so it may not be there before.
    site.write("settings.py", 'INSTALLED_APPS.remove("tegata")\n')
    # The short way, on a site of its own, which the blocks of jwt-ninja's page are then run on.
    (one_line,) = page.take("The short way")
    assert one_line.code.endswith('tegata.compat.install("jwt_ninja")\n')
    site.run("python", "-c", f"{one_line.code}import jwt_ninja; assert jwt_ninja.__all__")
    site.write("myapp/models.py", _JWT_NINJA_USER)
    site.write("settings.py", 'INSTALLED_APPS += ["myapp"]\nAUTH_USER_MODEL = "myapp.User"\n')
    start = page.take("Quick Start")
    assert [each.code.strip() for each in start if each.language == "console"] == [
        "python manage.py migrate"
    ]
    for block in start:
        if block.language == "python":
            site.paste(block)
    page.paste("Protecting Your Views", "Per-session state", "Custom Claims")
    page.paste("Overriding user_id", "Session Management")
    for block in page.take("The whole way"):
        site.write("settings.py", _JWT_NINJA_SETTINGS)
        site.paste(block)
        site.script(
            "from tegata import conf; assert conf.engine() and conf.current().ACCEPT_LEGACY"
        )
    site.manage("makemigrations", "myapp")
    for block in page.take("Moving the data"):
        site.run("bash", "-ec", block.code)
    site.write("settings.py", 'TEGATA = {"PAYLOAD_CLASS": "myapp.auth.CustomJWTPayload"}\n')
    tests = ("test_quick_start_and_views", "test_custom_claims", "test_session_management")
    site.check("jwt_ninja", *tests)
    page.paste("Custom Authenticator")
    site.check("jwt_ninja", "test_custom_authenticator")
    for key, payload in (
        ("models.UUIDField(primary_key=True)", "UUIDJWTPayload"),
        ("models.CharField(primary_key=True, max_length=36)", "StrPKJWTPayload"),
    ):
        (site.folder / "myapp" / "models.py").write_text(f"{_JWT_NINJA_USER}    id = {key}\n")
        site.write("settings.py", f'TEGATA = {{"PAYLOAD_CLASS": "myapp.payloads.{payload}"}}\n')
        site.check("jwt_ninja", "test_user_id")


@walk("guides/coming-from-django-ninja-jwt.md")
def _(page: Walk) -> None:
    site = page.site
    page.paste("One line")
    site.manage("migrate")
    first = ("test_the_one_line", "test_what_is_said_of_rows", "test_bodies")
    site.check("ninja_jwt_guide", *first)
    until, of_tegata, moving, dropping = page.take("Moving the data")
    site.paste(until)
    site.check("ninja_jwt_guide", "test_moving", "test_the_command")
    for block in (moving, dropping):
        site.run("bash", "-ec", block.code)
    site.paste(of_tegata)
    site.check("ninja_jwt_guide", "test_moving")
    page.paste_the_rest()
    site.check("ninja_jwt_guide", "test_the_one_line", "test_claims")


@walk("guides/coming-from-ninja-aio.md")
def _(page: Walk) -> None:
    # It does without the app, which the projects of the other pages have.
    page.site.write("settings.py", 'INSTALLED_APPS.remove("tegata")\n')
    page.paste_the_rest()
    page.site.check("ninja_aio_guide")


@walk("guides/coming-from-pyjwt.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("pyjwt")


@walk("concepts/sessions-and-generations.md")
def _(page: Walk) -> None:
    page.site.write("mysite/api.py", _BARE_API)
    page.site.check("concepts")


@walk("reference/settings.md")
def _(page: Walk) -> None:
    page.site.write("mysite/api.py", _BARE_API)
    page.paste_the_rest()
    page.site.script(
        "from tegata import conf\n"
        "assert conf.engine() and conf.current().REFRESH_GRACE.total_seconds() == 30"
    )


@walk("reference/errors.md")
def _(page: Walk) -> None:
    page.paste_the_rest()
    page.site.check("errors")


@walk("reference/endpoints.md")
def _(page: Walk) -> None:
    page.site.write("mysite/api.py", _BARE_API)
    page.site.check("endpoints")


@walk("reference/checks.md")
def _(page: Walk) -> None:
    site = page.site
    site.write("mysite/api.py", _BARE_API)
    with pytest.raises(FailedError) as before:
        site.manage("check", "--deploy", "--fail-level", "WARNING")
    assert {"tegata.W002", "tegata.W003", "tegata.W006"} <= _check_ids(str(before.value))
    page.paste_the_rest()
    # Django has warnings of its own about a bare project; ours are gone.
    secret = {"SECRET_KEY": secrets.token_urlsafe(48)}
    with pytest.raises(FailedError) as after:
        site.manage("check", "--deploy", "--fail-level", "WARNING", env=secret)
    assert "security.W" in str(after.value)
    assert _check_ids(str(after.value)) == set()


@pytest.mark.parametrize("name", _GUIDES)
def test_page(name: str, site: Project) -> None:
    page = Walk(DOCS / name, site)
    _GUIDES[name](page)
    assert page.left == [], f"not run: {', '.join(map(str, page.left))}"


def test_no_page_has_code_that_no_test_runs() -> None:
    with_code = {
        path.relative_to(DOCS).as_posix()
        for path in pages()
        if any(block.language in CODE for block in blocks_of(path))
    }
    assert with_code - _ELSEWHERE - _GUIDES.keys() == set()


def test_every_code_says_what_a_client_has_to_do() -> None:
    text = (DOCS / "guides" / "clients.md").read_text()
    table = text.partition("## What each code asks of you")[2].partition("\n## ")[0]
    assert [each.code for each in Refusal.all() if f"`{each.code}`" not in table] == []


def test_every_check_of_the_stand_in_is_on_its_page() -> None:
    package = ROOT / "python" / "tegata" / "compat" / "ninja_jwt"
    page = (DOCS / "guides" / "coming-from-django-ninja-jwt.md").read_text()
    ids = re.findall(r'id="(ninja_jwt\.[EWI]\d+)"', (package / "checks.py").read_text())
    assert len(ids) == 5
    assert [each for each in ids if f"`{each}`" not in page] == []
    modules = [path.stem for path in package.glob("*.py") if path.stem not in _OWN_MODULES]
    assert [
        name for name in modules if f"`ninja_jwt.{name}`" not in page and f"`.{name}`" not in page
    ] == []


def test_every_event_is_in_its_guide() -> None:
    text = (DOCS / "guides" / "events.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", text, re.MULTILINE)
    assert rows == [(event.name, logging.getLevelName(event.level)) for event in EVENTS]


def test_every_check_is_on_its_page() -> None:
    source = (ROOT / "python" / "tegata" / "checks.py").read_text()
    page = (DOCS / "reference" / "checks.md").read_text()
    in_source = set(re.findall(r'id="(tegata\.[EW]\d+)"|"(tegata\.[EW]\d+)"', source))
    assert {a or b for a, b in in_source} == _check_ids(page)


def test_jwt_ninja_blocks_are_on_the_page_with_the_name_replaced() -> None:
    page = DOCS / "guides" / "coming-from-jwt-ninja.md"
    text = "".join(_without_indent(block.code) for block in blocks_of(page))
    for block in blocks_of(Path(__file__).parent / "jwt_ninja_blocks.md"):
        if "JWT_" in block.code.replace("JWT_ninja", ""):
            # The settings have other names; a table has them.
            continue
        code = block.code.replace("jwt_ninja", "tegata").replace("...,", "*INSTALLED_APPS,")
        if block.file_name:
            # On the page, other lines may stand between the file's name and the block.
            code = code.partition("\n")[2]
        missing = [line for line in _without_indent(code).splitlines() if line not in text]
        assert missing == [], f"{block}: not on {page.name}"


def test_each_block_names_its_language() -> None:
    bare = [f"{block}" for path in pages() for block in blocks_of(path) if not block.language]
    assert bare == []


def _without_indent(code: str) -> str:
    return "".join(f"{line.strip()}\n" for line in code.splitlines())


def _check_ids(text: str) -> set[str]:
    return set(re.findall(r"tegata\.[EW]\d+", text))


_WITHOUT_DJANGO = """
import sys
assert "django" not in sys.modules
"""
# A check of a code, which the page takes for granted.
_CODES = """\
from django.contrib.auth import get_user_model


def user_of(email, code):
    return get_user_model().objects.filter(email=email).first() if code == "123456" else None
"""
_BARE_API = """\
from ninja import NinjaAPI

from tegata import AuthedRequest, JWTAuth, mount

api = NinjaAPI()
mount(api)
"""
_PROFILE = """

@api.get("/profile/", auth=JWTAuth())
def profile(request: AuthedRequest):
    return {"username": request.auth.user.username}
"""
_JWT_NINJA_SETTINGS = """\
JWT_SECRET_KEY = "a key for tests only, of more than 32 bytes"
JWT_ISSUER = "https://before.example"
JWT_AUDIENCE = "before"
"""
# What the authenticator and the claims of jwt-ninja's page take for granted.
_JWT_NINJA_USER = """\
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    team_id = models.IntegerField(default=7)
    magic_token = models.CharField(max_length=64, blank=True)
    magic_token_expired_at = models.DateTimeField(null=True)
"""
