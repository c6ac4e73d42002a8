"""Other libraries' interfaces, under the names that code imports them by.

One line, ahead of everything that imports the library; in Django the settings module is the place::

    import tegata.compat

    tegata.compat.install("jwt")

From there on `import jwt` gives `tegata.compat.jwt`, in the whole process and in the packages that
it has imported from elsewhere. Nothing of Django is needed here.
"""

import pkgutil
import sys
from importlib import import_module
from types import ModuleType

_STAND_INS = {"jwt": "tegata.compat.jwt"}

__all__ = ["install"]


def install(*names: str) -> None:
    """Makes stand-ins importable under the names of what they stand in for.

    A second call for the same name does nothing.

    Args:
        names: One or more of those that there are: `"jwt"`, for PyJWT.

    Raises:
        ValueError: There is no stand-in of that name.
        RuntimeError: Something else was imported under that name already; then nothing is
            installed.
    """
    if not names or not set(names) <= _STAND_INS.keys():
        unknown = ", ".join(repr(name) for name in names if name not in _STAND_INS)
        known = ", ".join(repr(name) for name in _STAND_INS)
        raise ValueError(
            f"no stand-in for {unknown or 'nothing'}; hint: there are those for {known}"
        )
    modules = {name: _modules(name) for name in names}
    for name in names:
        _refuse_what_is_there(name, modules[name])
    for name in names:
        sys.modules.update(modules[name])


def _modules(name: str) -> dict[str, ModuleType]:
    # All of them at once: what is missing under a name would be imported by its file a second time,
    # and its exceptions would be other classes.
    home = _STAND_INS[name]
    package = import_module(home)
    parts = [part.name for part in pkgutil.walk_packages(package.__path__, f"{home}.")]
    return {name + part.removeprefix(home): import_module(part) for part in [home, *parts]}


def _refuse_what_is_there(name: str, ours: dict[str, ModuleType]) -> None:
    for other, module in list(sys.modules.items()):
        if (other == name or other.startswith(f"{name}.")) and ours.get(other) is not module:
            raise RuntimeError(
                f"another library was imported as `{other}` already; hint: call "
                f"tegata.compat.install({name!r}) ahead of the first `import {name}`"
            )
