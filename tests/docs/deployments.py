"""A site that is deployed again and again with other settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.docs.project import Project


@dataclass
class Deployments:
    """What is to be looked at after each of them.

    A process for each would take a second or two to start. They share one, which reads the settings
    as they were then.
    """

    site: Project
    environment: dict[str, str] = field(default_factory=dict)
    """That of the site. Settings grow, so what they once read they read for ever."""
    _steps: list[dict[str, object]] = field(default_factory=list)

    def after(self, look: str, *arguments: str) -> None:
        """Has a function of `checks/keys.py` look at the site as it is deployed now."""
        settings = (self.site.folder / "mysite" / "settings.py").read_text()
        self._steps.append({"settings": settings, "look": look, "arguments": arguments})

    def run(self) -> None:
        """Deploys one after the other, and looks."""
        (self.site.folder / "deployments.json").write_text(json.dumps(self._steps))
        code = "from tests.docs.checks import keys; keys.deploy_all()"
        self.site.script(code, env=self.environment)
