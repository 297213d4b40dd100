"""Where this copy of the book comes from: version, commit, date, repository, address.

All of it is looked up, not typed: the version in ``pyproject.toml``, the commit and its date in
git, the repository in ``_config.yml`` or else among git's remotes, the site's address in
``html_baseurl`` or else in the variable ``DLBOOK_SITE``, which a workflow sets. What cannot be
known is an empty text, and whoever shows it leaves it out.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).parents[1]
#: The forge on which the book's links to issues, edits and notebooks are known to work.
REMOTE = re.compile(r"(?:https://|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Origin:
    """What is known of a copy; texts, empty where it is not known."""

    version: str
    commit: str
    """The full name of the commit; empty outside of git."""
    changed: bool
    """Whether files differ from that commit."""
    date: str
    """The day of the commit, as 2026-11-23."""
    repository: str
    """Its address without a slash at the end."""
    branch: str
    site: str
    """The address of the site's root, with a slash at the end."""


def git(*words: str, root: Path = ROOT) -> str:
    """Ask git; nothing where there is no git, or no repository of the book's own."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, encoding="utf-8", check=False
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def is_own(root: Path = ROOT) -> bool:
    """Tell whether git's folder here is the book's, and not that of a folder around it."""
    top = git("rev-parse", "--show-toplevel", root=root)
    return bool(top) and Path(top).resolve() == root.resolve()


def remote_address(remote: str) -> str:
    """Return the address that readers can open for a remote of git, if it is one of GitHub's."""
    found = REMOTE.match(remote)
    return f"https://github.com/{found[1]}" if found else ""


@cache
def of_checkout(root: Path = ROOT) -> dict[str, Any]:
    """Look up what the checkout itself knows."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    known: dict[str, Any] = {"version": tomllib.loads(text)["project"]["version"]}
    own = is_own(root)
    known["commit"] = git("rev-parse", "HEAD", root=root) if own else ""
    known["changed"] = bool(own and git("status", "--porcelain", root=root))
    known["date"] = git("log", "-1", "--format=%cs", root=root) if own else ""
    known["remote"] = remote_address(git("remote", "get-url", "origin", root=root)) if own else ""
    return known


def origin(config: Config) -> Origin:
    """Return what is known of the copy that a configuration builds."""
    known = dict(of_checkout())
    options: dict[str, Any] = config.html_theme_options
    remote = known.pop("remote")
    repository = str(options.get("repository_url") or remote).rstrip("/")
    site = str(config.html_baseurl or os.environ.get("DLBOOK_SITE", ""))
    return Origin(
        **known,
        repository=repository,
        branch=str(options.get("repository_branch") or "main"),
        site=site.rstrip("/") + "/" if site else "",
    )


def note(app: Sphinx, config: Config) -> None:
    """Remember the addresses as a setting, so that pages are written anew when these change.

    The commit is not among them: it changes all the time, ``page-finishing`` is the place for it.
    """
    known = origin(config)
    config.origin = [known.version, known.repository, known.branch, known.site]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("origin", [], "html")
    app.connect("config-inited", note)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
