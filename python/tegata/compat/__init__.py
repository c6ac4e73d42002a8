"""Other libraries' interfaces, under the names that code imports them by.

One line, ahead of everything that imports the library; in Django the settings module is the place::

    import tegata.compat

    tegata.compat.install("jwt")

From there on `import jwt` gives `tegata.compat.jwt`, in the whole process and in the packages that
it has imported from elsewhere. Nothing of Django is needed for `"jwt"`; a stand-in for a Django
app, such as `"jwt_ninja"`, may then stand in `INSTALLED_APPS`.
"""

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_STAND_INS = {
    "jwt": "tegata.compat.jwt",
    "jwt_ninja": "tegata.compat.jwt_ninja",
    "ninja_aio.auth": "tegata.compat.ninja_aio.auth",
    "ninja_jwt": "tegata.compat.ninja_jwt",
}

__all__ = ["install"]


def install(*names: str) -> None:
    """Makes stand-ins importable under the names of what they stand in for.

    A second call for the same name does nothing.

    Args:
        names: One or more of those that there are: `"jwt"`, for PyJWT, `"jwt_ninja"`,
            `"ninja_aio.auth"`, for that one module of django-ninja-aio-crud, whose others stay what
            they are, and `"ninja_jwt"`, for django-ninja-jwt.

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
    # A module of somebody else's package is left to the import system, which ties the two together.
    modules = {name: import_module(_STAND_INS[name]) for name in names if "." not in name}
    for name in names:
        _refuse_what_is_there(name)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    _FINDER.names.update(names)
    sys.modules.update(modules)


class _StandIns(MetaPathFinder, Loader):
    """Finds a stand-in's modules under the other name: the very modules, not a second copy.

    Each only when it is asked for, since those of a Django app cannot be imported before Django is
    set up.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if self._is_package_of_another(name):
            if _is_found_elsewhere(name, path, target):
                return None
            home: str | None = f"{__name__}.{name}"
        else:
            home = _home(name, self.names)
        if home is None or find_spec(home) is None:
            return None
        return ModuleSpec(name, self, loader_state=home)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(spec.loader_state)
        spec.loader_state = module.__spec__
        return module

    def _is_package_of_another(self, name: str) -> bool:
        # One that a module of ours belongs in, and that need not be installed.
        return any(each.startswith(f"{name}.") for each in self.names)

    def exec_module(self, module: ModuleType) -> None:
        # It was executed under its own name, by whose specification it goes on.
        if module.__spec__ is not None and module.__spec__.loader is self:
            module.__spec__ = module.__spec__.loader_state


_FINDER = _StandIns()


def _home(name: str, installed: Collection[str]) -> str | None:
    for each in installed:
        if name == each or name.startswith(f"{each}."):
            return _STAND_INS[each] + name.removeprefix(each)
    return None


def _is_found_elsewhere(name: str, path: Sequence[str] | None, target: ModuleType | None) -> bool:
    others = (finder for finder in sys.meta_path if finder is not _FINDER)
    return any(finder.find_spec(name, path, target) for finder in others)


def _refuse_what_is_there(name: str) -> None:
    for other, module in list(sys.modules.items()):
        home = _home(other, [name])
        if home is not None and sys.modules.get(home) is not module:
            raise RuntimeError(
                f"another library was imported as `{other}` already; hint: call "
                f"tegata.compat.install({name!r}) ahead of the first `import {name}`"
            )
