"""What `make` says where it cannot go on, and when it has nothing to do."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `make env` needs, in a folder whose name is awkward."""
    place = tmp_path / "a reader's folder"
    (place / "tools").mkdir(parents=True)
    names = ["Makefile", "requirements.txt", "pyproject.toml", "tools/bootstrap.py"]
    names += ["package.json", "package-lock.json", ".npmrc"]
    for name in names:
        shutil.copy(ROOT / name, place / name)
    return place


def pretend(folder: Path, first: str) -> Path:
    """Write a python3 that runs `first` before the script it is given."""
    folder.mkdir()
    program = folder / "python3"
    code = f"import runpy, sys; {first}; sys.argv = sys.argv[1:]; "
    code += "sys.path.insert(0, 'tools'); runpy.run_path(sys.argv[0], run_name='__main__')"
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    program.write_text(f'#!/bin/sh\nexec "{base}" -c "{code}" "$@"\n')
    program.chmod(0o755)
    return folder


def make(place: Path, *arguments: str, path: Path | None = None, **environment: str) -> str:
    """Run `make env`, which has to fail, and return what it says on its error channel."""
    # neither an index to reach nor what this suite's own make was given, such as PYTHON=python3.13
    unwanted = ("PIP_", "MAKE", "MFLAGS", "PYTHON")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    kept["PATH"] = f"{path}:/usr/bin:/bin" if path else kept["PATH"]
    done = subprocess.run(
        ["make", "env", *arguments],
        cwd=place,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    return done.stderr


def test_old_syntax_only() -> None:
    tree = ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 4))
    new = (ast.JoinedStr, ast.AnnAssign, ast.Nonlocal, ast.NamedExpr, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        assert not isinstance(node, new), ast.dump(node)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs
            assert not [argument for argument in node.args.args if argument.annotation]


@pytest.mark.parametrize("found", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_old_python_is_named(bootstrap: ModuleType, found: tuple[int, int, int]) -> None:
    said = bootstrap.complaint(found, (), ["python3.12"])
    name = ".".join(map(str, found))
    assert said == (
        f"Python {name} is too old for this book, which needs 3.11, 3.12 or 3.13: "
        "choose another with `make book PYTHON=python3.12`."
    )


@pytest.mark.parametrize("found", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_good_python_passes(bootstrap: ModuleType, found: tuple[int, int, int]) -> None:
    assert bootstrap.complaint(found) is None


def test_new_python_is_named(bootstrap: ModuleType) -> None:
    said = bootstrap.complaint((3, 14, 0))
    assert said.startswith("Python 3.14.0 is too new for TensorFlow")
    assert "install one of these, then choose another with `make book PYTHON=" in said


def test_make_says_that_python_is_too_old(checkout: Path, tmp_path: Path) -> None:
    old = pretend(tmp_path / "bin", "sys.version_info = (3, 8, 18, 'final', 0)")
    said = make(checkout, path=old).splitlines()
    assert said[0].startswith("Python 3.8.18 is too old for this book")
    assert "make book PYTHON=python3.1" in said[0]
    assert not (checkout / ".venv").exists()


def test_make_says_which_package_brings_ensurepip(checkout: Path, tmp_path: Path) -> None:
    bare = pretend(tmp_path / "bin", "sys.modules['ensurepip'] = None")
    said = make(checkout, path=bare).splitlines()
    minor = sys.version_info.minor
    assert "lacks its module ensurepip" in said[0]
    assert f"`apt install python3.{minor}-venv`" in said[0]


def test_make_says_that_there_is_no_such_python(checkout: Path) -> None:
    said = make(checkout, "PYTHON=python3.99").splitlines()
    assert said[0] == (
        "There is no python3.99 here: install Python 3.11, 3.12 or 3.13, "
        "or choose one with `make book PYTHON=python3.12`."
    )


def test_make_says_that_the_network_is_away(checkout: Path) -> None:
    closed = "http://127.0.0.1:9/"
    nothing = os.devnull
    said = make(checkout, f"PYTHON={sys.executable}", PIP_INDEX_URL=closed, PIP_CONFIG_FILE=nothing)
    assert said.startswith("The package index cannot be reached: ")
    assert len(said.splitlines()) == 2  # the sentence, and make's own word
    assert not (checkout / ".venv" / "ready.json").exists()


def test_a_wrong_hash_is_refused_with_a_sentence(bootstrap: ModuleType) -> None:
    said = bootstrap.why_pip_failed("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM ...")
    assert said.endswith("its hash differs, so it is refused.")


@pytest.fixture
def npm(bootstrap: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A checkout whose environment has npm, seen from within and without settings of the user."""
    monkeypatch.chdir(checkout)
    for name in [name for name in os.environ if name.lower().startswith("npm_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(bootstrap, "NPM", str(Path(sys.executable).with_name("npm")))
    return bootstrap


def test_npm_says_that_the_network_is_away(
    npm: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(SystemExit) as stopped:
        npm.install_modules()
    assert str(stopped.value).startswith("The npm registry cannot be reached: ")
    assert not Path("node_modules").exists()
    assert not Path("~").exists()


def test_npm_says_what_it_does_not_expect(npm: ModuleType) -> None:
    Path("package-lock.json").unlink()
    with pytest.raises(SystemExit, match=r"npm's own words are above\.$") as stopped:
        npm.install_modules()
    assert "npm error" in str(stopped.value)


def test_a_package_of_npm_with_a_wrong_hash_is_refused(bootstrap: ModuleType) -> None:
    assert bootstrap.why_npm_failed("npm error code EINTEGRITY").endswith("its hash differs.")


@pytest.mark.parametrize("folder", [ROOT, ROOT / "tools" / "audit"])
def test_npm_lock_agrees_with_what_is_stated(folder: Path) -> None:
    stated = json.loads((folder / "package.json").read_text("utf-8"))
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    own = packages.pop("")
    for kind in ("dependencies", "devDependencies"):
        assert own.get(kind) == stated.get(kind), "run `npm install`"
        for name, version in stated.get(kind, {}).items():
            assert packages[f"node_modules/{name}"]["version"] == version, "state exact versions"
    for path, package in packages.items():
        assert package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, path


def test_locked_uv_is_found_with_its_hashes(bootstrap: ModuleType) -> None:
    version, block = bootstrap.locked("uv", (ROOT / "requirements.txt").read_text("utf-8"))
    assert version[0].isdigit()
    assert block.startswith(f"uv=={version}")
    assert "--hash=sha256:" in block
    assert block.count("==") - block.count("python_full_version") <= 1


@pytest.fixture
def ready(bootstrap: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose environment looks installed and is stamped."""
    monkeypatch.chdir(checkout)
    packages = checkout / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("numpy-2.0.0", "uv-0.1.0"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
    katex = checkout / "node_modules" / "katex" / "package.json"
    katex.parent.mkdir(parents=True)
    katex.touch()
    (checkout / ".venv" / "bin").mkdir()
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    version = ".".join(map(str, sys.version_info[:3]))
    Path(bootstrap.STAMP).write_text(json.dumps(bootstrap.state(version)))
    return packages


def test_nothing_to_do_when_ready(bootstrap: ModuleType, ready: Path) -> None:
    (ready / "added_by_the_reader-1.0.dist-info").mkdir()
    assert bootstrap.is_ready(chosen=False)
    assert bootstrap.is_ready(chosen=True)


@pytest.mark.parametrize(
    "change", ["lock", "npm lock", "package", "module", "python", "moved", "other", "stamp"]
)
def test_something_to_do_when_changed(
    bootstrap: ModuleType, ready: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    chosen = False
    if change in ("lock", "npm lock"):
        with open("requirements.txt" if change == "lock" else "package-lock.json", "a") as file:
            file.write("\n")
    elif change == "module":
        shutil.rmtree("node_modules")
    elif change == "package":
        (ready / "numpy-2.0.0.dist-info").rmdir()
    elif change == "python":
        Path(bootstrap.PYTHON).unlink()
    elif change == "moved":
        moved = Path.cwd().with_name("elsewhere")
        Path.cwd().rename(moved)
        monkeypatch.chdir(moved)
    elif change == "other":
        chosen = True
        monkeypatch.setattr(sys, "version_info", (3, 12, 77, "final", 0))
    else:
        Path(bootstrap.STAMP).write_text("{")
    assert not bootstrap.is_ready(chosen)
