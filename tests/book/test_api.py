"""The reference holds every public name of dlbook."""

import importlib
import inspect
import pkgutil

import pytest
from sphinx.util.inventory import InventoryFile

import dlbook

MODULES = sorted(m.name for m in pkgutil.iter_modules(dlbook.__path__) if m.name[0] != "_")


def public_names(module):
    """Return the functions, classes and ready-made objects that a module defines or offers."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    ]
    ready = {n: v for n, v in vars(module).items() if type(v).__module__ == module.__name__}
    described_by_an_object = {type(v).__name__ for v in ready.values()}
    objects = {n for n in ready if n[0] != "_" and not n.isupper()}
    return sorted({*names, *objects} - (described_by_an_object - {"Activation"}))


@pytest.fixture(scope="module")
def documented(built_book):
    with (built_book.html / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, uri: uri)
    return {name for kind, items in inventory.items() if kind.startswith("py:") for name in items}


@pytest.mark.parametrize("name", sorted(dlbook.__all__))
def test_what_the_package_offers_is_documented(documented, name):
    value = getattr(dlbook, name)
    home = getattr(value, "__module__", type(value).__module__)
    assert {f"dlbook.{name}", f"{home}.{name}"} & documented


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_offers_is_documented(documented, module):
    names = public_names(importlib.import_module(f"dlbook.{module}"))
    missing = {n for n in names if not {f"dlbook.{module}.{n}", f"dlbook.{n}"} & documented}
    assert names
    assert not missing
