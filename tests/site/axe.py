"""axe, the checker of accessibility rules, in pages of any browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
#: A box that scrolls takes the focus, so that keys reach it. As a landmark, which this rule
#: (experimental) asks for, every wide equation would stand in the list of a page's landmarks.
LEFT_OUT = ("focus-order-semantics",)

#: All rules but those of AAA, best practice and experimental ones included.
RUN = """async (leftOut) => {
  const wanted = axe.getRules().filter(({ ruleId, tags }) =>
    !leftOut.includes(ruleId) && !tags.some((tag) => /aaa$/.test(tag)));
  const rules = wanted.map(({ ruleId }) => ruleId);
  const found = await axe.run(document, {
    runOnly: { type: "rule", values: rules },
    resultTypes: ["violations"],
  });
  return found.violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target, any, all }) => [
    id, impact, target.join(" "), [...any, ...all].map(({ message }) => message)[0] ?? ""]));
}"""


def source() -> str:
    """The script of axe, to be added to each page before its own."""
    return AXE.read_text(encoding="utf-8")


def violations(page: Any, where: str) -> list[str]:
    """Run axe in a page: a line for each fault, and at most three of a rule."""
    lines: dict[str, list[str]] = {}
    for rule, impact, selector, message in page.evaluate(RUN, list(LEFT_OUT)):
        lines.setdefault(rule, []).append(f"{where}: {rule} ({impact}) {selector}: {message[:120]}")
    return [
        line
        for found in lines.values()
        for line in [*found[:3], *([f"{where}: … {len(found) - 3} more"] if found[3:] else [])]
    ]


def rules(page: Any) -> set[str]:
    """Names of the rules that a run applies, for a test that it is not blind."""
    found: list[str] = json.loads(
        page.evaluate("JSON.stringify(axe.getRules().map((rule) => rule.ruleId))")
    )
    return set(found) - set(LEFT_OUT)
