"""Two servers of one login."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.blackbox.servers import AXUM, Host, database_url

SETTINGS = "demo_site"


@dataclass(frozen=True)
class Faces:
    """Two servers of one login.

    Attributes:
        django: Where Django serves.
        axum: Where `tegata serve` does.
        variables: The environment of the site's own commands.
        policy: The file that `tegata_keys export` wrote.
    """

    django: str
    axum: str
    variables: dict[str, str]
    policy: Path

    @property
    def database(self) -> str:
        """The URL of the database."""
        return database_url(self.variables)

    def other(self, face: str) -> str:
        """The one that is not this one."""
        return self.axum if face == self.django else self.django


def with_policy(policy: Path) -> Host:
    """The program with what the site has exported."""
    # The site's login step is in the program's demo too, which the policy cannot know.
    options = ("--policy", str(policy), "--set", "only_in_django=[]")
    return Host(AXUM.name, (*AXUM.command, *options), is_django=False)
