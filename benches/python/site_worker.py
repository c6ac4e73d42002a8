"""The process of one site: answers requests, one line of JSON for one line.

`site_worker.py FOLDER SITE`: the folder of the material, and the site as JSON. It runs in the
environment of the libraries for Django Ninja. Where the site cannot stand, it says why and ends.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from importlib import import_module
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from material import Material
from sites import Site, UnavailableError, load, project


def main() -> None:
    folder, described = sys.argv[1:]
    site = Site(**json.loads(described))
    keys = Material(Path(folder)).keys(site.algorithm)
    warnings.simplefilter("ignore")
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        library = load(site)
        try:
            project.set_up(site, library, keys)
        except (ImportError, ImproperlyConfigured, UnavailableError) as error:
            # An answer has to be asked for, or it meets nobody.
            sys.stdin.readline()
            print(json.dumps({"absent": str(error)}), file=answers, flush=True)
            return
        # It imports models, which are there from now on.
        standing = import_module("sites.measuring").Standing(site, library, keys)
        for line in sys.stdin:
            print(json.dumps(standing.answer(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
