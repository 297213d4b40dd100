"""A stand-in for IPython: as much of it as pages, dlbook and Matplotlib ask for."""

from __future__ import annotations

import sys
import types
from typing import Any

from . import display


class Events:
    """Where Matplotlib leaves word that it draws after each cell; figures are shown anyway."""

    def register(self, name: str, function: Any) -> None:
        """Do nothing."""

    unregister = register


class Shell:
    """What `get_ipython` returns; that it has a kernel tells dlbook that this is a notebook."""

    def __init__(self) -> None:
        self.kernel, self.events = self, Events()

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        """Do nothing: commands of Jupyter are passed over."""

    run_cell_magic = run_line_magic


_shell = Shell()


def get_ipython() -> Shell:
    """Return the stand-in for the running shell."""
    return _shell


def install() -> None:
    """Let `import IPython` find the stand-in."""
    pylabtools = _module("IPython.core.pylabtools", backend2gui={})
    core = _module("IPython.core", pylabtools=pylabtools, display=display)
    _module("IPython", get_ipython=get_ipython, version_info=(9, 0), display=display, core=core)
    sys.modules["IPython.display"] = sys.modules["IPython.core.display"] = display


def _module(name: str, **content: Any) -> types.ModuleType:
    module = types.ModuleType(name, __doc__)
    vars(module).update(content, __path__=[])
    sys.modules[name] = module
    return module
