"""What `manage.py tegata_keys export` does."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tegata import conf
from tegata.internal import clock
from tegata.management.export_policy import policy_document
from tegata.management.key_settings import named_keys_of_settings, settings
from tegata.management.keys import write_new


def export(command: BaseCommand, options: dict[str, Any]) -> None:
    """Write what another host needs: keys, issuer, audience, lifetimes, names of claims.

    Besides, what a host needs that logs users in and refreshes their tokens by the same rules and
    the same rows: `tegata serve --policy FILE` takes the document as it is. As JSON, durations in
    seconds. Who only verifies needs the public keys, which are those of
    `/.well-known/jwks.json`. A host that signs as well needs the private ones: with --private they
    are in it, secrets too, and then it goes into a file that only its owner can read.
    """
    rules = settings()
    if options["private"] and options["out"] is None:
        raise CommandError("private keys are not printed\nhint: add `--out FILE`")
    named = named_keys_of_settings()
    if options["private"]:
        jwks = {"keys": [each.key.to_jwk() | dict(each.times.members()) for each in named]}
    else:
        jwks = json.loads(conf.engine().jwks(clock.now()))
    document = policy_document(rules) | {"jwks": jwks}
    text = json.dumps(document, indent=2) + "\n"
    if options["out"] is None:
        command.stdout.write(text, ending="")
    else:
        write_new(options["out"], text)
        command.stderr.write(f"wrote {options['out']}, which only its owner can read")
    if not jwks["keys"]:
        command.stderr.write(
            "hint: secrets are in it with `--private` only; to give a service something that it "
            "can verify with and not sign, sign with a private key"
        )
