"""A page on a kernel that does what the tests say, and how they see what it does."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator
from reader import LivePage

#: Stands in for the kernel's module. Code with `raise` fails, code with `wait` goes on until the
#: test says `kernel.finish()`; every run is noted.
KERNEL = """
export class BrowserKernel {
  constructor(settings) {
    Object.assign(this, settings, window.plan);
    window.kernel = this;
    window.starts = (window.starts ?? 0) + 1;
    window.ran ??= [];
  }
  async start() {
    if (this.failure) throw new Error(this.failure);
    if (!this.slow) return;
    this.onProgress({ loaded: 2_000_000, total: 8_000_000, what: "NumPy" });
    await new Promise((resolve, reject) => {
      this.go = resolve;
      this.cancel = () => reject(new DOMException("Loading was cancelled.", "AbortError"));
    });
  }
  async run(code, label, onOutput) {
    window.ran.push(label);
    window.codes = { ...window.codes, [label]: code };
    this.emit = onOutput;
    for (const output of window.outputs?.[label] ?? []) onOutput(output);
    if (code.includes("wait")) return new Promise((resolve) => (this.finish = resolve));
    const error = { output_type: "error", ename: "ValueError", evalue: "no", traceback: [] };
    if (code.includes("raise")) onOutput(error);
    return { ok: !code.includes("raise"), ms: 5, stopped: false };
  }
  async interrupt() {
    if (!this.keeps) return false;
    this.finish({ ok: false, ms: 1, stopped: false });
    return true;
  }
  async restart() {
    this.end();
    await this.start();
  }
  end() {
    this.finish?.({ ok: false, ms: 0, stopped: true });
  }
}
"""


def plan(page: LivePage, **settings: Any) -> None:
    """Tell the kernel what it will be like."""
    page.tab.evaluate("plan => { window.plan = plan }", settings)


def puts_out(page: LivePage, cell: int, *outputs: dict[str, Any]) -> None:
    """Tell the kernel what a cell will put out."""
    page.tab.evaluate(
        "([label, outputs]) => { window.outputs = { ...window.outputs, [label]: outputs } }",
        [f"cell {cell}", outputs],
    )


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def ran(page: LivePage) -> list[int]:
    """The cells that the kernel was given since the last call, in order."""
    labels = page.tab.evaluate("(window.ran ?? []).splice(0)")
    return [int(label.removeprefix("cell ")) for label in labels]


def states(page: LivePage) -> list[str]:
    return [cell.state for cell in page.cells()]


def words(page: LivePage, cell: int) -> Locator:
    """What a cell says of its state."""
    return page.cell(cell).locator(".live-state")


def note(page: LivePage, cell: int) -> Locator:
    """What a cell says of its code."""
    return page.cell(cell).locator(".live-note")


def code(page: LivePage, cell: int) -> str:
    """The code that a cell shows, with or without an editor."""
    editor = page.cell(cell).locator(".cm-line")
    if editor.count():
        return "\n".join(editor.all_text_contents())
    return str(page.cell(cell).locator("pre").first.text_content()).rstrip("\n")


def heard(page: LivePage) -> Locator:
    return page.bar.get_by_role("status")
