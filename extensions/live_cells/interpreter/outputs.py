"""What cells print and show, as outputs of the notebook format."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from .pretty import pretty

Emit = Callable[[str], object]
Data = dict[str, Any]

#: So many lines of a cell are sent one by one, at once; then together what came in so many seconds.
ONE_BY_ONE, PAUSE = 1000, 0.01

METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
}


class Output(io.TextIOBase):
    """Standard output or error: sends each line when it is complete, the rest with what follows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.emit: Emit | None = None
        self._text: list[str] = []
        self._sent, self._when = 0, 0.0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        (stderr if self is stdout else stdout).flush()
        self._text.append(text)
        may_send = self._sent < ONE_BY_ONE or time.monotonic() - self._when > PAUSE
        if may_send and ("\n" in text or "\r" in text):
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._text and self.emit:
            text = "".join(self._text)
            self._text.clear()
            self._sent, self._when = self._sent + 1, time.monotonic()
            self.emit(json.dumps({"output_type": "stream", "name": self.name, "text": text}))

    def send_to(self, emit: Emit | None) -> None:
        """Send to `emit` from now on, what was not sent before excepted."""
        self._text.clear()
        self.emit, self._sent = emit, 0


class Input(io.TextIOBase):
    """Standard input, where nobody can answer."""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        raise EOFError("nobody can type an answer here: write the value into the code instead")

    def read(self, size: int | None = -1, /) -> str:
        return self.readline()

    def close(self) -> None:
        """Stay open, although quit() closes it."""


# The same streams for every run: who keeps one, as logging does, writes into the next cell too.
stdout, stderr, stdin = Output("stdout"), Output("stderr"), Input()


@contextlib.contextmanager
def sent_to(emit: Emit) -> Iterator[None]:
    """Send what is printed and shown to `emit`."""
    usual = sys.stdout, sys.stderr, sys.stdin
    for stream in (stdout, stderr):
        stream.send_to(emit)
    sys.stdout, sys.stderr, sys.stdin = stdout, stderr, stdin
    try:
        yield
    finally:
        for stream in (stdout, stderr):
            stream.flush()
            stream.send_to(None)
        sys.stdout, sys.stderr, sys.stdin = usual


def send(output: dict[str, Any]) -> None:
    """Send an output, after all that was printed before."""
    for stream in (stdout, stderr):
        stream.flush()
    if stdout.emit is None:
        return
    try:
        text = json.dumps(output, default=repr, allow_nan=False)
    except ValueError:  # NaN and infinity, for which JSON has no word
        python_json = json.dumps(output, default=repr)
        text = json.dumps(json.loads(python_json, parse_constant=str))
    stdout.emit(text)


def bundle(value: Any) -> tuple[Data, Data]:
    """Return a value in all the forms that it has, by MIME type, and what is said about them."""
    data: Data = {}
    metadata: Data = {}
    if method := _method(value, "_repr_mimebundle_"):
        _add(method(include=None, exclude=None), data, metadata)
    for name, mime in METHODS.items():
        if mime not in data and (method := _method(value, name)):
            with contextlib.suppress(NotImplementedError):
                found = method()
                content, *about = found if isinstance(found, tuple) else (found,)
                if content is not None:
                    _add(({mime: content}, {mime: about[0]} if about else {}), data, metadata)
    from .pyplot import is_figure, png

    if is_figure(value) and not data:
        _add(png(value), data, metadata)
    if "text/plain" not in data:
        data["text/plain"] = pretty(value)
    if isinstance(drawing := data.get("image/svg+xml"), str):
        from dlbook.plotting import dark

        if (twin := dark(drawing)) != drawing:
            metadata.setdefault("image/svg+xml", {})["dark"] = twin
    return data, metadata


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    """Find a method that shows a value, unless it is one of a class or of an answer-all object."""
    if isinstance(value, type) or hasattr(value, "_repr_of_no_object_at_all_"):
        return None
    method = getattr(value, name, None)
    return method if callable(method) else None


def _add(found: Any, data: Data, metadata: Data) -> None:
    forms, about = found if isinstance(found, tuple) else (found, {})
    for mime, content in (forms or {}).items():
        data[mime] = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    metadata.update(about or {})


def show(value: Any, kind: str = "display_data", display_id: str | None = None) -> None:
    """Show a value as IPython does, as `kind` of output."""
    if method := _method(value, "_ipython_display_"):
        method()
        return
    data, metadata = bundle(value)
    output: Data = {"output_type": kind, "data": data, "metadata": metadata}
    if kind == "execute_result":
        output |= {"execution_count": None}
    if display_id:
        output["transient"] = {"display_id": display_id}
    send(output)
