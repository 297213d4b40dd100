"""The first cell of a downloaded notebook: the text of the function below, and a call of it.

It runs in the Python of a reader, before anything of the book is there, so it imports nothing else.
"""

from __future__ import annotations

import inspect
import pprint


def get_ready(
    version: str, site: str, page: str, versions: dict[str, str], files: tuple[str, ...] = ()
) -> None:
    """Install what this notebook needs and this Python lacks."""
    import importlib.util
    import subprocess
    import sys
    from pathlib import Path
    from urllib.parse import urljoin
    from urllib.request import urlretrieve

    try:
        from dlbook import __version__ as here
    except ImportError:
        here = ""
    there = {name for name in versions if importlib.util.find_spec(name)}
    wheel = f"dlbook-{version}-py3-none-any.whl"
    source = f"{wheel} (it is in dlbook-notebooks.zip, which every page of the book offers)"
    if here != version or there != set(versions):
        # What is there stays. Colab's machine is thrown away afterwards: there, only what is loaded
        # stays, and NumPy beside the TensorFlow that was built for it.
        if "google.colab" in sys.modules:
            there = {name for name in versions if name in sys.modules}
            if "tensorflow" in versions and importlib.util.find_spec("tensorflow"):
                there |= {"tensorflow", "numpy"}
        folder = Path.cwd()
        near = [place / wheel for place in (folder, *folder.parents) if (place / wheel).is_file()]
        if not near and not site:
            raise ModuleNotFoundError(
                f"This notebook needs dlbook {version}: put {source} beside it."
            )
        address = near[0].as_uri() if near else f"{site}_static/downloads/{wheel}"
        needs = [f"{name}=={versions[name]}" for name in versions if name not in there]
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += [f"dlbook[plots] @ {address}", *needs]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"pip could not install {wheel}:\n{done.stderr[-1000:]}")
        for name in [name for name in sys.modules if name.split(".")[0] == "dlbook"]:
            del sys.modules[name]  # another version of it
        importlib.invalidate_caches()
    for file in map(Path, files):
        if not file.is_file():
            if not site:
                raise FileNotFoundError(f"This notebook reads {file}: take it from {source}.")
            file.parent.mkdir(parents=True, exist_ok=True)
            urlretrieve(urljoin(site + page, file.as_posix()), file)


def code(
    version: str, site: str, page: str, versions: dict[str, str], files: tuple[str, ...] = ()
) -> str:
    """Return the cell for a page; the arguments are those of `get_ready`."""
    title = "# @title Run this first: it installs the book's package where that is missing."
    lines = [title, inspect.getsource(get_ready), ""]
    lines.append(
        f"get_ready({version!r}, {site!r}, {page!r}, {pprint.pformat(versions)}, {files!r})"
    )
    return "\n".join(lines)
