"""What `make serve` shows under an address that does not exist."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import serve


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "404.html").write_text("<body>Sorry.</body>")
    monkeypatch.setattr(serve, "SITE", tmp_path)
    pages = partial(serve.Pages, builds=serve.Builds())
    with ThreadingHTTPServer(("127.0.0.1", 0), pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def missing(address: str, kind: str) -> str:
    with pytest.raises(HTTPError) as error:
        urlopen(Request(address, headers={"Accept": kind}))
    assert error.value.code == 404
    return error.value.read().decode()


def test_missing_pages_are_the_books_own(address: str) -> None:
    page = missing(address + "book/x/nothing.html", "text/html,*/*")
    assert page.startswith("<body>Sorry.")
    assert "/-/reload.js" in page
    assert "Sorry" not in missing(address + "x.js", "*/*")
