"""`manage.py tegata_keys`: make, list and rotate signing keys."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from inspect import getdoc
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tegata._tegata import algorithms
from tegata.management import keys

_FORMATS = ("pem", "jwk", "jwks", "secret")


class Command(BaseCommand):
    """Makes, lists and rotates the keys that tokens are signed with."""

    help = "Make, list and rotate the keys that tokens are signed with."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declares `generate`, `list` and `rotate`."""
        commands = parser.add_subparsers(dest="command", required=True, metavar="command")
        generate = commands.add_parser(
            "generate",
            help="make a new key and print it, or write it to a new file",
            description=getdoc(keys.generate),
            epilog="  manage.py tegata_keys generate --format jwks --out keys.json",
            formatter_class=RawDescriptionHelpFormatter,
        )
        generate.add_argument(
            "--algorithm", choices=algorithms(), help="default: TEGATA['ALGORITHM']"
        )
        generate.add_argument(
            "--format",
            choices=_FORMATS,
            help="default: `pem`, for an HMAC algorithm `secret`; `jwks` is a file that `rotate` "
            "can rotate",
        )
        generate.add_argument(
            "--out", metavar="FILE", help="a file that is not there yet; only its owner can read it"
        )
        generate.set_defaults(run=keys.generate)
        listing = commands.add_parser(
            "list",
            help="list the keys of the settings; no private part is shown",
            description=getdoc(keys.list_keys),
            formatter_class=RawDescriptionHelpFormatter,
        )
        listing.add_argument("--json", action="store_true", help="as JSON, for programs")
        listing.set_defaults(run=keys.list_keys)
        rotate = commands.add_parser(
            "rotate",
            help="sign with a new key from the next restart on, and verify with the old ones",
            description=getdoc(keys.rotate),
            formatter_class=RawDescriptionHelpFormatter,
        )
        rotate.add_argument(
            "--algorithm", choices=algorithms(), help="default: that of the key that signs now"
        )
        rotate.add_argument(
            "--keep", action="store_true", help="keep keys of which nobody has a token any more"
        )
        rotate.add_argument(
            "--dry-run", action="store_true", help="only say what would become of each key"
        )
        rotate.set_defaults(run=keys.rotate)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs one of them."""
        options["run"](self, options)
