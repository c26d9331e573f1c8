"""Gymnasium knows the ids ``crossroads/...`` wherever this project is installed, without importing `envs`.

Gymnasium 1.0 gave up its plug-in entry point. So an installation brings this file as the top-level module
``_crossroads_gymnasium``, and ``gymnasium_plugin.pth`` to call `install` whenever Python starts. That must cost
nothing and never break a process with other business: only `os` and `sys`, which are there already, are imported
at first. The rest waits until somebody imports gymnasium; then ``registration.py``, the table of names, runs under a
name of its own, so that another project's package called ``envs`` is neither run nor hidden.
``CROSSROADS_NO_PLUGIN=1`` switches all of it off.
"""

import os
import sys

TYPE_CHECKING = False  # importing `typing` for the real one would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def install() -> None:
    """Listen for the import of gymnasium; harmless when called twice."""
    if not os.environ.get("CROSSROADS_NO_PLUGIN") and not any(isinstance(finder, Listener) for finder in sys.meta_path):
        sys.meta_path.insert(0, Listener())


class Listener:
    """A finder that finds nothing by itself: the others find gymnasium, and it adds a last step to that import."""

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """The spec of gymnasium as the other finders give it, its loader made to register too; None for all else."""
        if name != "gymnasium":
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _register_after(spec.loader)
                return spec
        return None


def _register_after(loader: "Loader") -> None:
    """Let `loader` register the ids once it has run gymnasium (it may load other modules as well, from a zip)."""
    run = loader.exec_module

    def run_and_register(module: "ModuleType") -> None:
        run(module)
        if module.__name__ == "gymnasium":
            _register_or_warn()

    loader.exec_module = run_and_register


def _register_or_warn() -> None:
    try:
        _register()
    except Exception as error:  # whatever is wrong here must not take gymnasium away from others
        import warnings

        warnings.warn(f"The environments crossroads/... are not registered: {error!r}", RuntimeWarning, stacklevel=2)


def _register() -> None:
    """Run the table of names, unless a package `envs` is there already (ours has registered) or is not ours."""
    from importlib.util import find_spec
    from runpy import run_path

    found = None if "envs" in sys.modules else find_spec("envs")
    if found is not None and found.origin is not None:
        table = os.path.join(os.path.dirname(found.origin), "registration.py")
        if _is_ours(table):
            run_path(table, run_name="_crossroads_registration")["register_envs"]()


def _is_ours(table: str) -> bool:
    if not os.path.exists(table):
        return False
    with open(table, encoding="utf-8") as file:
        return 'NAMESPACE = "crossroads"' in file.read()
