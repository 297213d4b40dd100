"""`python -m benchmarks.explorables`: how smoothly explorable figures follow the hand.

Headless Chromium on this machine, its processor slowed down four times (``--slowdown``). A point is
moved, or a slider, with every frame for 3 seconds. Without a graphics card the machine paints by
itself, and others may share it: beside the frames stands how much of the processor's time a frame
takes of the page's thread (script, style, layout, paint), times the slowdown. 60 frames a second
leave 16.7 ms. The first row moves nothing. Each number is the median of several runs (``--runs``).
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "extensions"), str(ROOT / "tools")]
from browser import CHROMIUM, ready  # noqa: E402
from explorables_book import explorables_book  # noqa: E402

#: The figure, what is moved there, and between which values.
HANDS = (
    ("fig-race", "nothing", 0.0, 0.0),
    ("fig-race", "point", 0.0, 1.0),
    ("fig-race", "condition", 0.0, 3.0),
    ("fig-race", "rate", -2.0, 0.5),
    ("fig-averages", "beta", 0.0, 2.0),
    ("fig-convergence", "point", 0.0, 1.0),
    ("fig-convergence", "condition", 0.0, 3.0),
    ("fig-noise", "size", 0.0, 2.1),
)
#: Move with every frame; resolve to the times between frames, and what scripts took of each, in ms.
MOVE = """
([id, name, low, high]) => new Promise((resolve) => {
  const figure = document.getElementById(id);
  const ground = figure.querySelector(".ground");
  const handle = figure.querySelector(".handle");
  figure.scrollIntoView();
  const pointer = (type, x, y) => handle.dispatchEvent(new PointerEvent(type, {
    clientX: x, clientY: y, pointerId: 1, pointerType: "mouse", bubbles: true, cancelable: true,
  }));
  if (handle) handle.setPointerCapture = () => {};
  const times = [];
  let began;
  const frame = (now) => {
    began ??= now;
    times.push(now);
    const turn = ((now - began) / 1500) * 2 * Math.PI;
    if (now - began > 3000) {
      if (name === "point") pointer("pointerup", 0, 0);
      return resolve(times.slice(1).map((time, k) => time - times[k]).slice(5));
    }
    if (name === "nothing") {
      // the browser's own pace
    } else if (name === "point") {
      const { x, y, width, height } = ground.getBoundingClientRect();
      const round = [Math.cos(turn), Math.sin(turn)].map((part) => 0.5 + 0.45 * part);
      const at = [x + width * round[0], y + height * round[1]];
      if (times.length === 1) pointer("pointerdown", ...at);
      pointer("pointermove", ...at);
    } else {
      const input = figure.querySelector(`[data-control=${name}]`);
      input.value = low + (high - low) * (0.5 + 0.5 * Math.sin(turn));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})
"""
#: How long one drawing takes, apart from the browser's own work: a median of 50, in ms.
DRAW = """
([id, name, low, high]) => {
  const figure = document.getElementById(id);
  const times = [];
  const { requestAnimationFrame: later } = window;
  window.requestAnimationFrame = (draw) => { draw(); return 0; };
  for (let k = 0; k < 50; k += 1) {
    const start = performance.now();
    if (name === "point") {
      const key = ["ArrowRight", "ArrowLeft"][k % 2];
      figure.querySelector(".handle").dispatchEvent(new KeyboardEvent("keydown", { key }));
    } else if (name !== "nothing") {
      const input = figure.querySelector(`[data-control=${name}]`);
      input.value = low + ((high - low) * k) / 50;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    times.push(performance.now() - start);
  }
  window.requestAnimationFrame = later;
  return times;
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slowdown", type=float, default=4.0, help="of the processor")
    parser.add_argument("--runs", type=int, default=3, help="of which the median is shown")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        book = explorables_book(Path(folder))
        code, log = book.build()
        assert code == 0, log
        for name in ("js", "css"):
            file = book.html.parent / "_static" / "explorables" / f"explorables.{name}"
            print(f"{file.name}: {len(gzip.compress(file.read_bytes())) / 1000:.1f} KB compressed")
        chromium = playwright.chromium.launch(
            executable_path=ready(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto((book.html / "a.html").as_uri())
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        print(f"{'figure':16} {'moved':10} {'frames a second':>16} {'work':>9} {'drawing':>9}")
        for hand in HANDS:
            runs = [measure(page, session, hand, arguments.slowdown) for _ in range(arguments.runs)]
            rate, work, drawing = (statistics.median(each) for each in zip(*runs, strict=True))
            print(f"{hand[0]:16} {hand[1]:10} {rate:16.1f} {work:6.1f} ms {drawing:6.1f} ms")
        chromium.close()


def measure(page: Page, session: Any, hand: Any, slowdown: float) -> tuple[float, float, float]:
    """Return the frames a second, and the work and the drawing of a frame in ms."""
    # Slowing a processor down keeps it busy: what is work is measured without it.
    before = busy(session)
    frames = page.evaluate(MOVE, list(hand))
    work = slowdown * (busy(session) - before) / len(frames)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    frames = page.evaluate(MOVE, list(hand))
    drawing = statistics.median(page.evaluate(DRAW, list(hand)))
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return 1000 * len(frames) / sum(frames), work, drawing


def busy(session: Any) -> float:
    """Return the processor time of the page's thread so far, in ms."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    found = {metric["name"]: metric["value"] for metric in metrics}
    return 1000 * float(found["TaskDuration"])


if __name__ == "__main__":
    main()
