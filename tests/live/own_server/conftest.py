"""Pages whose cells run on the reader's own Jupyter server: a real one, as `make connect` has it.

The pages come from another port, which to a browser is another site.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from connected import Server, connected
from connecting import PAGE, connect
from reader import LivePage, Reader


@pytest.fixture(scope="module")
def server(site: str) -> Iterator[Server]:
    with connected(site) as server:
        yield server


@pytest.fixture
def page(reader: Reader, server: Server) -> LivePage:
    """A page that is connected."""
    page = reader.open(PAGE)
    connect(reader, page, server)
    return page
