"""The project around the book: style, types, workflows, the lock, versions, the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import date
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import dlbook

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def project_files() -> list[Path]:
    """The files under version control, and those about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so nothing says which files belong to the project")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_ruff_has_no_complaint() -> None:
    run(BIN / "ruff", "check", "--no-cache")


def test_code_is_formatted() -> None:
    run(BIN / "ruff", "format", "--check", "--no-cache")


def test_types_hold_in_strict_mode(tmp_path: Path) -> None:
    assert PROJECT["tool"]["mypy"]["strict"] is True
    assert PROJECT["tool"]["mypy"]["files"] == ["dlbook", "extensions"]
    run(BIN / "mypy", "--cache-dir", tmp_path)


def test_actionlint_has_no_complaint() -> None:
    assert WORKFLOWS
    run(BIN / "actionlint", "-no-color", *WORKFLOWS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_is_pinned_and_modest(path: Path) -> None:
    text = path.read_text("utf-8")
    actions = re.findall(r"uses: (?!\./)(.*)", text)
    for action in actions:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "group" in workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert "uses" in job or "timeout-minutes" in job


MACHINES = [
    {
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": name,
        "os_name": "posix",
    }
    for system, machine, name in [
        ("linux", "x86_64", "Linux"),
        ("linux", "aarch64", "Linux"),
        ("darwin", "arm64", "Darwin"),
    ]
]
PYTHONS = ["3.11", "3.12", "3.13"]


def stated() -> Iterator[tuple[str, Requirement]]:
    """Each requirement of pyproject.toml with the name that the lock gives its origin."""
    project = PROJECT["project"]
    for text in project["dependencies"] + project["optional-dependencies"]["plots"]:
        yield "pyproject.toml", Requirement(text)
    for group, texts in PROJECT["dependency-groups"].items():
        for text in texts:
            yield f"pyproject.toml:{group}", Requirement(text)


def locked() -> Iterator[tuple[Requirement, str]]:
    """Each pin of requirements.txt with what stands below it."""
    for block in re.split(r"^(?=\w)", LOCK, flags=re.MULTILINE)[1:]:
        first, _, rest = block.partition("\n")
        yield Requirement(first.rstrip(" \\")), rest


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: "-".join(machine.values()))
def test_lock_satisfies_what_is_stated(machine: dict[str, str], python: str) -> None:
    place = machine | {"python_version": python, "python_full_version": f"{python}.9"}
    pins = [pin for pin, _ in locked() if pin.marker is None or pin.marker.evaluate(place)]
    names = [pin.name for pin in pins]
    assert sorted(set(names)) == sorted(names), "two versions of one package"
    exact = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}
    for origin, requirement in stated():
        if requirement.marker is None or requirement.marker.evaluate(place):
            assert requirement.name in exact, f"{requirement} of {origin}: run `make lock`"
            assert exact[requirement.name] in requirement.specifier, f"{requirement}: `make lock`"


def test_lock_holds_nothing_that_is_no_longer_stated() -> None:
    wanted = {(origin, requirement.name) for origin, requirement in stated()}
    found = {
        (origin, pin.name)
        for pin, rest in locked()
        for origin in re.findall(r"dlbook \((\S+)\)", rest)
    }
    assert found == wanted, "run `make lock`"


def test_lock_pins_every_package_by_hash() -> None:
    for pin, rest in locked():
        assert re.fullmatch(r"==[^,*]+", str(pin.specifier)), pin
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), pin
        assert pin.url is None
    assert LOCK.startswith("# This file was autogenerated by uv via the following command:\n")
    assert LOCK.splitlines()[1] == "#    make lock"


def test_no_file_names_the_host_of_a_registry() -> None:
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "ana" + "conda.org"]
    hosts += ["deb" + "ian.org/debian", "registry." + "yarnpkg"]
    for path in project_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        assert not [host for host in hosts if host in text], path


def test_versions_agree() -> None:
    stated_version = PROJECT["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert stated_version == dlbook.__version__ == citation["version"] == version("dlbook")
    assert f"\n## {stated_version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_citation_is_complete() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)
    assert citation["license"] == PROJECT["project"]["license"]
    known = "abstract authors cff-version commit contact date-released doi identifiers keywords"
    known += " license license-url message preferred-citation references repository"
    known += " repository-artifact repository-code title type url version"
    assert set(citation) <= set(known.split())  # of version 1.2.0 of the format
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in {"software", "dataset"}
    assert all({"name", "family-names"} & set(author) for author in citation["authors"])
    stated_authors = [author["name"] for author in PROJECT["project"]["authors"]]
    assert [author["name"] for author in citation["authors"]] == stated_authors


def test_citation_gives_the_day_of_its_version() -> None:
    """The day of a release is that of the list of changes; before it, a day of the work."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    day = date.fromisoformat(citation["date-released"])  # a text, in the form of ISO 8601
    version = re.escape(citation["version"])
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = re.search(rf"^## {version} \((.*)\)$", changes, re.MULTILINE)
    assert heading
    assert heading[1] in ("not yet released", day.isoformat())


def test_readme_tells_of_every_command() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  make (\w+) +\w", listed, re.MULTILINE)
    assert {"book", "serve", "lab", "test", "renew", "bench", "lock", "clean"} <= set(commands)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [command for command in commands if f"`make {command}`" not in readme]


def test_readme_names_folders_that_exist() -> None:
    folders = re.findall(r"^\| `(\w+)/` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {"book", "dlbook", "extensions", "tests", "benchmarks", "tools"} == set(folders)
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_wheel_carries_the_package_and_nothing_else(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (about,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(about).decode())
    package = {name for name in names if ".dist-info/" not in name}
    ours = {str(path.relative_to(ROOT)) for path in project_files()}
    assert package == {name for name in ours if name.startswith("dlbook/")}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    needs = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert [need.name for need in needs if need.marker is None] == ["numpy"]
