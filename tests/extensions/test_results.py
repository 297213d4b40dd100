from __future__ import annotations

import json


def results(book) -> dict:
    return json.loads((book.root / "_build" / "html" / "results.json").read_text())


def test_results_and_claims_follow_the_pages(book) -> None:
    book.page("a", "from dlbook import claim, glue\nglue('a.x', 0.5)\nclaim('a.holds', 32)")
    assert book.runs() == ["a", "b"]
    assert results(book) == {
        "pages": {"a": {"a.x": 0.5}},
        "claims": [
            {
                "name": "a.holds",
                "page": "a",
                "statement": "a.holds, 32.",
                "holds": True,
                "evidence": {"n": 32},
            }
        ],
    }
    claims = (book.html / "claims.html").read_text()
    assert "a.holds, 32." in claims
    assert 'href="a.html#claim-a.holds"' in claims

    # In a later build the claims page follows, though its source did not change.
    book.page("a", "from dlbook import claim\nclaim('a.holds', 64)")
    assert book.runs() == ["a"]
    assert "a.holds, 64." in (book.html / "claims.html").read_text()
    assert results(book)["pages"] == {}
    assert book.runs() == []
    assert results(book)["claims"][0]["evidence"] == {"n": 64}


def test_names_are_unique_in_the_book(book) -> None:
    book.page("a", "from dlbook import claim, glue\nglue('same', 1)\nclaim('same', 1)")
    book.page("b", "from dlbook import claim, glue\nglue('same', 2)\nclaim('same', 2)")
    for _ in range(2):
        code, log = book.build()
        assert code != 0
        assert "the glued value 'same' of page b is already in page a" in log
        assert "the claim 'same' of page b is already in page a" in log
