"""Where the links and pictures of a downloaded page lead to.

To the published site, if its address is known. If not, to the neighbouring file, and to nothing
where there is none: then the words stay, and the link goes.
"""

from __future__ import annotations

import base64
import posixpath
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ..origin import origin

KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".gif": "image/gif"}


class Addresses:
    """Addresses seen from one page.

    Parameters
    ----------
    app : Sphinx
        The build.
    docname : str
        The page.
    with_cells : set of str
        The pages that are notebooks.
    files : tuple of str
        What lies beside the page, seen from it.
    alone : bool
        Whether the file must do without those beside it, as a notebook must.
    """

    def __init__(
        self,
        app: Sphinx,
        docname: str,
        with_cells: set[str],
        files: tuple[str, ...],
        alone: bool,
    ) -> None:
        self.env: Any = app.env
        self.source = Path(app.srcdir)
        self.site = origin(app.config).site
        self.folder = posixpath.dirname(docname)
        self.home = f"{self.site}{docname}.html" if self.site else ""
        self.with_cells, self.files, self.alone = with_cells, files, alone
        # the archive has no Markdown of pages with cells
        self.to_notebooks = alone or docname not in with_cells

    def seen(self, path: str) -> str:
        """Return a path in the site as the page sees it."""
        return posixpath.relpath(path, self.folder or ".")

    def link(self, node: nodes.Element) -> str:
        """Return where a reference leads to."""
        address = str(node.get("refuri", ""))
        if "://" in address or address.startswith("mailto:"):
            return address
        if name := node.get("filename"):  # a file to download, under a name of Sphinx
            beside = [file for file in self.files if posixpath.basename(file) == Path(name).name]
            return beside[0] if beside else ""
        path, _, anchor = address.partition("#")
        if not path:
            return ""
        target = posixpath.normpath(posixpath.join(self.folder, path))
        if self.site:
            return f"{self.site}{target}{f'#{anchor}' if anchor else ''}"
        docname = target.removesuffix(".html")
        if docname not in self.env.all_docs:
            return ""
        notebook = docname in self.with_cells and self.to_notebooks
        return self.seen(docname + (".ipynb" if notebook else ".md"))

    def picture(self, node: nodes.image) -> str:
        """Return where a picture lies, or the picture itself for a file that must do alone."""
        uri = str(node["uri"])
        if "://" in uri or uri.startswith("data:"):
            return uri
        if not self.alone:
            path = f"_images/{self.env.images[uri][1]}" if uri in self.env.images else uri
            return self.site + path if self.site else self.seen(path)
        file = self.source / uri.lstrip("/")
        bitmap = file.with_suffix(".png")  # Colab shows no other kind in its text
        file = bitmap if bitmap.is_file() else file
        data = base64.b64encode(file.read_bytes()).decode("ascii")
        return f"data:{KINDS[file.suffix]};base64,{data}"
