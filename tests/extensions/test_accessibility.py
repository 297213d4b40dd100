"""Markup that is mended: right afterwards, and untouched when it passes again."""

from __future__ import annotations

import pytest

from extensions.accessibility.markup import mend

SIDEBAR = (
    '<a class="reference internal" href="x.html">Fish &amp; <em>chips</em></a>'
    "<details><summary>{}</summary></details>"
)
TABLE = "<table><thead><tr><th>a</th><th>b</th></tr></thead><tr><th>c</th><td>1</td></tr></table>"
HEADED = (
    '<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
    '<tr><th scope="row">c</th><td>1</td></tr></table>'
)
CASES = {
    "a chapter of the sidebar": (
        SIDEBAR.format("<i></i>"),
        SIDEBAR.replace("<summary>", '<summary aria-label="Pages of Fish &amp; chips">').format(
            "<i></i>"
        ),
    ),
    "a hidden cell": (
        '<summary aria-label="Toggle hidden content"><p>Show</p></summary>',
        "<summary><p>Show</p></summary>",
    ),
    "the field for search": (
        '<button class="btn search-button-field x" title="Search" aria-label="Search" data-a="b">',
        '<button class="btn search-button-field x" data-a="b">',
    ),
    "a second title": (
        '<main><div id="jb-print-docs-body" class="onlyprint"><h1>A</h1><div></div></div>\n'
        '<div id="searchbox"></div><h1>A</h1></main>',
        '<main><div id="searchbox"></div><h1>A</h1></main>',
    ),
    "a table": (TABLE, HEADED),
    "a table without a head": (
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
        '<table><tr><th scope="col">a</th><th scope="col">b</th></tr>'
        "<tr><td>1</td><td>2</td></tr></table>",
    ),
    "columns of the index": (
        '<table style="width: 100%" class="indextable genindextable"><tr><td>a</td></tr></table>',
        '<table role="presentation" style="width: 100%" class="indextable genindextable">'
        "<tr><td>a</td></tr></table>",
    ),
    "sources": (
        '<div role="list"><div class="citation" id="a" role="doc-biblioentry"></div></div>',
        '<div role="list"><div class="citation" id="a" role="listitem"></div></div>',
    ),
    "footnotes": (
        '<aside class="footnote-list brackets"></aside>',
        '<aside class="footnote-list brackets" role="none"></aside>',
    ),
    "an empty footer": (
        '<footer class="bd-footer">\n  </footer>',
        '<div hidden class="bd-footer"></div>',
    ),
    "a dialog": (
        '<dialog id="pst-search-dialog">',
        '<dialog id="pst-search-dialog" aria-label="Search">',
    ),
    "a footer with words": (
        '<footer class="bd-footer"><p>a</p></footer>',
        '<footer class="bd-footer"><p>a</p></footer>',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_faults_are_mended_once(case: str) -> None:
    given, wanted = CASES[case]
    assert mend(given) == wanted
    assert mend(wanted) == wanted
