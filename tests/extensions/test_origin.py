"""What a copy of the book says of its origin, in real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from extensions.origin import of_checkout, remote_address


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "3.2.1"\n')
    return tmp_path


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *settings, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one", "--date", "2001-02-03T04:05:06")
    return git(folder, "rev-parse", "HEAD")


def test_a_checkout_knows_its_commit(checkout: Path) -> None:
    name = commit(checkout)
    known = of_checkout(checkout)
    assert (known["version"], known["commit"], known["changed"]) == ("3.2.1", name, False)
    assert known["date"] == git(checkout, "log", "-1", "--format=%cd", "--date=short")
    (checkout / "new.txt").write_text("new")
    of_checkout.cache_clear()
    assert of_checkout(checkout)["changed"]


def test_an_unpacked_archive_knows_its_version_alone(checkout: Path) -> None:
    known = of_checkout(checkout)
    assert known.pop("version") == "3.2.1"
    assert not any(known.values())


def test_the_repository_around_a_folder_is_not_the_books(checkout: Path) -> None:
    commit(checkout)
    inner = checkout / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nversion = "1"\n')
    assert of_checkout(inner)["commit"] == ""


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:a-b/c.d.git", "https://github.com/a-b/c.d"),
        ("https://github.com/a/b", "https://github.com/a/b"),
        ("https://github.com/a/b.git/", "https://github.com/a/b"),
        ("ssh://git@github.com/a/b.git", "https://github.com/a/b"),
        ("/home/me/book", ""),
        ("https://github.com.example.org/a/b", ""),
        ("", ""),
    ],
)
def test_a_remote_becomes_an_address(remote: str, address: str) -> None:
    assert remote_address(remote) == address
