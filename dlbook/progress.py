"""A progress bar for people who wait: in a terminal or a notebook, never in a built page."""

from __future__ import annotations

import os
import sys
import time

#: Set to ``off`` in the environment to silence all bars; the book's build does.
SWITCH = "DLBOOK_PROGRESS"
_PATIENCE = 0.5  # seconds before a bar appears, and between its changes
_WIDTH = 24


def someone_watches() -> bool:
    """Tell whether a bar would be seen: by a terminal, or by a notebook's reader."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return False
    if os.environ.get(SWITCH, "").lower() in ("on", "1", "yes"):
        return True
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs this."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


class Progress:
    """A bar, such as ``training  [########------]  1,200 of 2,000  3 s left``.

    It goes to standard error in a terminal, and in a notebook, where that is shown as an alarm, to
    standard output.

    Parameters
    ----------
    total : int
        How many steps there are.
    label : str
        What is under way.
    show : bool, optional
        Force the bar on or off; by default it shows where someone watches.
    already : int
        Steps done before this bar began.

    Examples
    --------
    >>> bar = Progress(10, show=False)
    >>> bar.update(5)
    >>> bar.close()
    """

    def __init__(
        self,
        total: int,
        label: str = "training",
        show: bool | None = None,
        already: int = 0,
    ) -> None:
        self.total, self.label, self._already = total, label, already
        self.show = someone_watches() if show is None else show
        self._started = self._changed = time.monotonic()
        self._drawn = False

    def update(self, done: int) -> None:
        """Say how many steps are done; cheap enough to be called often."""
        if not self.show:
            return
        now = time.monotonic()
        if now - self._changed >= _PATIENCE:
            self._changed = now
            self._draw(done, now - self._started)

    def _draw(self, done: int, seconds: float) -> None:
        filled = _WIDTH * done // max(self.total, 1)
        left = seconds * (self.total - done) / max(done - self._already, 1)
        text = (
            f"{self.label}  [{'#' * filled}{'-' * (_WIDTH - filled)}]  "
            f"{done:,} of {self.total:,}  {left:.0f} s left"
        )
        self._write("\r" + text.ljust(79))
        self._drawn = True

    def close(self) -> None:
        """Wipe the bar away."""
        if self._drawn:
            self._write("\r" + " " * 79 + "\r")

    @staticmethod
    def _write(text: str) -> None:
        stream = sys.stdout if in_notebook() else sys.stderr
        stream.write(text)
        stream.flush()
