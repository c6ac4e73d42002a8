"""`manage.py tegata_keys`: make, list, rotate and export signing keys."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from inspect import getdoc
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tegata._tegata import algorithms
from tegata.management import keys
from tegata.management.export_keys import export
from tegata.management.rotate_keys import rotate

_FORMATS = ("pem", "jwk", "jwks", "secret")


class Command(BaseCommand):
    """Makes, lists, rotates and exports the keys that tokens are signed with."""

    help = "Make, list, rotate and export the keys that tokens are signed with."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declares `generate`, `list`, `rotate` and `export`."""
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
        rotating = commands.add_parser(
            "rotate",
            help="do what is due: publish a new key, drop one that nobody needs",
            description=getdoc(rotate),
            epilog="  0 4 * * *  manage.py tegata_keys rotate",
            formatter_class=RawDescriptionHelpFormatter,
        )
        rotating.add_argument(
            "--algorithm", choices=algorithms(), help="default: that of the key that signs now"
        )
        early = rotating.add_mutually_exclusive_group()
        early.add_argument(
            "--force",
            action="store_true",
            help="publish a new key even if none is due; it signs after KEY_LEAD_TIME all the same",
        )
        early.add_argument(
            "--now",
            action="store_true",
            help="have the new key sign at once: its tokens are refused wherever it is not known "
            "yet. The old one still verifies; take it out of the file if it was stolen",
        )
        rotating.add_argument(
            "--dry-run", action="store_true", help="only say what would become of each key"
        )
        rotating.set_defaults(run=rotate)
        exporting = commands.add_parser(
            "export",
            help="write what another host needs to verify tokens, or to sign them as well",
            description=getdoc(export),
            formatter_class=RawDescriptionHelpFormatter,
        )
        exporting.add_argument(
            "--private", action="store_true", help="with private keys and secrets; needs --out"
        )
        exporting.add_argument(
            "--out", metavar="FILE", help="a file that is not there yet; only its owner can read it"
        )
        exporting.set_defaults(run=export)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs one of them."""
        options["run"](self, options)
