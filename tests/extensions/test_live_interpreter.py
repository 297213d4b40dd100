"""What runs cells in a page, run here by an ordinary Python."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.lib.pretty import pretty as pretty_of_ipython

from dlbook.plotting import dark
from extensions.live_cells import interpreter
from extensions.live_cells.interpreter.pretty import pretty

Output = dict[str, Any]
STAND_INS = [
    "__main__",
    *("IPython", "IPython.core", "IPython.core.pylabtools"),
    *("IPython.display", "IPython.core.display"),
]


@dataclass
class Result:
    ok: bool
    outputs: list[Output]

    @property
    def text(self) -> str:
        """What was printed to standard output."""
        streams = [o for o in self.outputs if o["output_type"] == "stream"]
        return "".join(o["text"] for o in streams if o["name"] == "stdout")

    @property
    def value(self) -> str:
        """The text of the last value."""
        return self.only("execute_result")["data"]["text/plain"]

    @property
    def error(self) -> Output:
        return self.only("error")

    def only(self, kind: str) -> Output:
        (found,) = [o for o in self.outputs if o["output_type"] == kind]
        return found


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run cells in a fresh namespace; the tests' own Python stays as it is."""
    for name in STAND_INS:
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name, types.ModuleType(name)))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    interpreter.fresh()

    def run_cell(code: str, label: str = "cell 1") -> Result:
        sent: list[str] = []
        ok = asyncio.run(interpreter.run(code, label, sent.append))
        return Result(ok, [json.loads(text) for text in sent])

    yield run_cell
    fonts.setLevel(level)


def streams(result: Result) -> list[str]:
    return [o["text"] for o in result.outputs if o["output_type"] == "stream"]


# Values


def test_the_last_expression_is_shown_and_kept(run: Run) -> None:
    result = run("x = 3\nx + 1")
    assert result.ok
    assert result.outputs == [
        {
            "output_type": "execute_result",
            "data": {"text/plain": "4"},
            "metadata": {},
            "execution_count": None,
        }
    ]
    assert run("_ * 10").value == "40"


@pytest.mark.parametrize("code", ["", "# nothing", "x = 1", "None", "1;", "1 ; # so", "pass"])
def test_cells_that_show_nothing(run: Run, code: str) -> None:
    result = run(code)
    assert result.ok
    assert result.outputs == []


@pytest.mark.parametrize("code", ["1 # ;", "';'", "f'''\n;'''"])
def test_a_semicolon_elsewhere_hides_nothing(run: Run, code: str) -> None:
    assert run(code).value == repr(eval(code))


def test_names_stay_until_a_fresh_start(run: Run) -> None:
    run("x = 1")
    assert run("x").value == "1"
    interpreter.fresh()
    assert run("x").error["ename"] == "NameError"


def test_cells_live_in_main(run: Run) -> None:
    """Where pickle, dataclasses and type hints look for what a cell defines."""
    result = run(
        "import pickle, typing\n"
        "class A: x: 'B'\nclass B: pass\n"
        "pickle.loads(pickle.dumps(A())), typing.get_type_hints(A), __name__\n"
    )
    assert result.value.endswith("{'x': __main__.B}, '__main__')")


def test_an_own_underscore_stays(run: Run) -> None:
    run("_ = 'mine'")
    run("1 + 1")
    assert run("_").value == "'mine'"


def test_nothing_of_the_interpreter_is_compiled_into_cells(run: Run) -> None:
    """Its own `from __future__ import annotations`, for one."""
    assert run("def f(x: int): pass\nf.__annotations__['x']").value == "int"


def test_cells_may_await(run: Run) -> None:
    result = run("import asyncio\nx = await asyncio.sleep(0, 5)\nawait asyncio.sleep(0, x + 1)")
    assert result.value == "6"


class Forms:
    """Has every form that a notebook can show."""

    def _repr_html_(self) -> str:
        return "<b>x</b>"

    def _repr_markdown_(self) -> None:
        return None

    def _repr_png_(self) -> bytes:
        return b"\x89PNG"

    def _repr_latex_(self) -> tuple[str, dict[str, int]]:
        return "$x$", {"size": 1}

    def _repr_jpeg_(self) -> None:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"application/x+json": {"n": float("nan")}, "text/html": "<i>x</i>"}

    def __repr__(self) -> str:
        return "x"


def test_all_forms_of_a_value(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("")
    vars(sys.modules["__main__"])["value"] = Forms()
    shown = run("value").only("execute_result")
    assert shown["data"] == {
        "application/x+json": {"n": "NaN"},
        "text/html": "<i>x</i>",
        "text/latex": "$x$",
        "image/png": base64.b64encode(b"\x89PNG").decode(),
        "text/plain": "x",
    }
    assert shown["metadata"] == {"text/latex": {"size": 1}}
    assert run("type(value)").value.endswith(".Forms")


def test_a_claim_that_fails_is_a_result(run: Run) -> None:
    result = run("from dlbook.evidence import claim\nclaim('a.b', 'Up is down.', False)")
    assert result.ok
    assert result.value == "Does not hold: Up is down. [a.b]"
    assert run("assert False, 'a plain one'").error["ename"] == "AssertionError"


def test_an_object_that_has_every_attribute_is_text(run: Run) -> None:
    code = "class Any:\n    def __getattr__(self, name): return lambda *a, **k: 'x'\nAny()"
    assert list(run(code).only("execute_result")["data"]) == ["text/plain"]


plain = st.one_of(st.integers(), st.floats(), st.text(max_size=30), st.none(), st.just(int))
nested = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=9),
        st.tuples(inner),
        st.tuples(inner, inner, inner),
        st.dictionaries(st.text(max_size=12), inner, max_size=6),
        st.sets(st.integers(), max_size=20),
        st.frozensets(st.text(max_size=8), max_size=5),
    ),
    max_leaves=40,
)


@given(nested)
def test_layout_of_values_is_that_of_ipython(value: Any) -> None:
    assert pretty(value) == pretty_of_ipython(value)


def test_layout_of_special_values_is_that_of_ipython() -> None:
    numpy = pytest.importorskip("numpy")
    itself: list[Any] = [1]
    itself.append(itself)
    for value in (
        list(range(2000)),
        set(range(1000)),
        numpy.eye(3),
        [numpy.eye(3), 5],
        {"a": numpy.eye(2), "b": [1]},
        {"rate": numpy.float64(0.5)},
        itself,
        object(),
        numpy.ndarray,
        len,
        sorted,
        test_layout_of_values_is_that_of_ipython,
        ValueError("x"),
        (),
        (1,),
        set(),
        frozenset(),
        {1: {2: {3: list(range(40))}}},
    ):
        assert pretty(value) == pretty_of_ipython(value)


# Text


def test_each_line_is_sent_when_it_is_complete(run: Run) -> None:
    result = run(
        "import sys\n"
        "print('a', 'b')\n"
        "sys.stdout.write('c')\nsys.stdout.write('d\\n')\n"
        "print('e', end='\\r')\n"
        "print('f', end=''); sys.stdout.flush()\n"
        "print('g', end='')\n"
    )
    assert streams(result) == ["a b\n", "cd\n", "e\r", "f", "g"]


def test_the_order_of_all_outputs_is_kept(run: Run) -> None:
    result = run(
        "import sys\n"
        "print('a', end='')\nprint('b', end='', file=sys.stderr)\nprint('c', end='')\n"
        "display(1)\nprint('d', end='')\n2"
    )
    kinds = [o.get("name") or o["data"]["text/plain"] for o in result.outputs]
    assert kinds == ["stdout", "stderr", "stdout", "1", "stdout", "2"]
    assert streams(result) == ["a", "b", "c", "d"]


def test_very_many_lines_come_in_fewer_messages(run: Run) -> None:
    result = run("for i in range(20_000): print(i)")
    assert result.text == "".join(f"{i}\n" for i in range(20_000))
    assert len(result.outputs) < 5000


def test_what_is_no_text_is_refused_as_ever(run: Run) -> None:
    assert run("import sys\nsys.stdout.write(b'x')").error["ename"] == "TypeError"


def test_a_handler_of_an_earlier_cell_writes_into_this_one(run: Run) -> None:
    name = "live-interpreter-test"
    run(
        f"import logging, sys\nlog = logging.getLogger({name!r})\n"
        "log.addHandler(logging.StreamHandler(sys.stderr))"
    )
    result = run("log.warning('late')")
    assert result.outputs == [{"output_type": "stream", "name": "stderr", "text": "late\n"}]


def test_nothing_is_kept_of_where_outputs_went(run: Run) -> None:
    """It is a function of JavaScript, which no snapshot can hold."""
    usual = sys.stdout, sys.stderr, sys.stdin
    run("print('x', end='')\n1/0")
    assert (sys.stdout, sys.stderr, sys.stdin) == usual
    assert interpreter.outputs.stdout.emit is None
    assert interpreter.outputs.stderr.emit is None


def test_warnings_are_text_and_come_again_with_the_cell(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(message: Any, category: Any, name: str, line: int, *rest: Any) -> None:
        """What Python does, where pytest does not collect warnings."""
        sys.stderr.write(warnings.formatwarning(message, category, name, line))

    warnings.simplefilter("default")
    monkeypatch.setattr(warnings, "showwarning", write)
    for _ in range(2):
        result = run("import warnings\nwarnings.warn('careful', stacklevel=1)", "cell 7")
        assert result.ok
        assert result.outputs == [
            {
                "output_type": "stream",
                "name": "stderr",
                "text": "cell 7:2: UserWarning: careful\n"
                "  warnings.warn('careful', stacklevel=1)\n",
            }
        ]


def test_nobody_can_answer(run: Run) -> None:
    for code in ("input('name? ')", "import sys\nsys.stdin.read()"):
        assert run(code).error["evalue"] == (
            "nobody can type an answer here: write the value into the code instead"
        )


# Errors


def test_an_error_names_the_lines_of_cells_alone(run: Run) -> None:
    run("def twice(x):\n    return 2 * half(x)", "cell 1")
    run("import json\ndef half(x):\n    return json.loads(x)", "cell 2")
    result = run("\ntwice('{')", "cell 5")
    assert not result.ok
    assert result.error["ename"] == "JSONDecodeError"
    assert result.error["evalue"].startswith("Expecting property name")
    lines = [line for line in result.error["traceback"] if "^" not in line]
    assert lines[:-2] == [
        "Traceback (most recent call last):",
        "  cell 5, line 2",
        "    twice('{')",
        "  cell 1, line 2, in twice",
        "    return 2 * half(x)",
        "  cell 2, line 3, in half",
        "    return json.loads(x)",
    ]
    assert lines[-2].startswith("  json/decoder.py, line ")
    assert lines[-1].startswith("json.decoder.JSONDecodeError: Expecting")


def test_errors_that_led_to_errors(run: Run) -> None:
    code = "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e"
    told = run(code, "cell 4").error["traceback"]
    assert [line for line in told if "cell 4" in line] == ["  cell 4, line 2", "  cell 4, line 4"]
    assert "The above exception was the direct cause of the following exception:" in told


def test_groups_of_errors(run: Run) -> None:
    told = run("raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])").error["traceback"]
    assert sum("ValueError: a" in line or "TypeError: b" in line for line in told) == 2


def test_a_long_recursion_is_told_briefly(run: Run) -> None:
    error = run("def f(n):\n    return f(n + 1)\nf(0)").error
    assert error["ename"] == "RecursionError"
    assert len(error["traceback"]) < 20


def test_code_that_is_no_python(run: Run) -> None:
    result = run("x = 1\ny = (2,\n", "cell 3")
    assert not result.ok
    assert result.error["ename"] == "SyntaxError"
    assert result.error["traceback"] == [
        "  cell 3, line 2",
        "    y = (2,",
        "        ^",
        "SyntaxError: '(' was never closed",
    ]
    assert run("x").error["ename"] == "NameError", "no line of it ran"


def test_a_failing_last_value(run: Run) -> None:
    code = "class A:\n    def __repr__(self):\n        raise ValueError('no')\nA()"
    assert run(code).error["traceback"][-4:] == [
        "Traceback (most recent call last):",
        "  cell 1, line 3, in __repr__",
        "    raise ValueError('no')",
        "ValueError: no",
    ]


def test_output_before_an_error_comes_first(run: Run) -> None:
    result = run("print('a', end='')\n1/0")
    assert [o["output_type"] for o in result.outputs] == ["stream", "error"]


def test_an_interrupt(run: Run) -> None:
    result = run("x = 1\nraise KeyboardInterrupt", "cell 2")
    assert not result.ok
    assert (result.error["ename"], result.error["evalue"]) == ("KeyboardInterrupt", "Interrupted")
    assert "  cell 2, line 2" in result.error["traceback"]
    assert result.error["traceback"][-1] == "Interrupted"
    assert run("x").value == "1"


@pytest.mark.parametrize("code", ["import sys\nsys.exit(2)", "quit()", "raise SystemExit"])
def test_leaving_ends_the_cell_alone(run: Run, code: str) -> None:
    run("x = 1")
    result = run(code)
    assert not result.ok
    assert result.error["ename"] == "SystemExit"
    assert result.error["traceback"][-1].startswith("The cell ended itself.")
    assert run("x").value == "1"


# Commands of Jupyter


def test_commands_are_passed_over(run: Run) -> None:
    code = "%matplotlib inline\n!ls -l\nif True:\n    %cd elsewhere\nx = 1/0"
    result = run(code)
    assert result.text == (
        "Passed over: !ls -l (a command of Jupyter, not Python).\n"
        "Passed over: %cd elsewhere (a command of Jupyter, not Python).\n"
    )
    assert "  cell 1, line 5" in result.error["traceback"], "lines keep their numbers"


def test_only_commands_are_passed_over(run: Run) -> None:
    result = run("x = (7\n% 4)\ny = '''\n%s\n!''' % x\nx, y")
    assert result.outputs[0]["data"]["text/plain"] == r"(3, '\n3\n!')"
    error = run("%matplotlib inline\nx = = 1").error
    assert error["ename"] == "SyntaxError"
    assert error["traceback"][0] == "  cell 1, line 2"


def test_commands_that_time_python_run_it(run: Run) -> None:
    assert run("%time x = 5\nx").value == "5"
    assert run("%%time\nx = 6\nx").value == "6"


def test_a_cell_of_another_language_is_passed_over(run: Run) -> None:
    result = run("\n%%bash\nls")
    assert result.ok
    assert result.text == (
        "This cell was passed over: %%bash is a command of Jupyter, not Python.\n"
    )


def test_a_question_is_answered(run: Run) -> None:
    assert "built-in function len" in run("len?").text
    assert "built-in function len" in run("?len").text


# IPython's stand-in


def test_progress_shows_a_bar_on_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLBOOK_PROGRESS", raising=False)
    monkeypatch.setattr("dlbook.progress._PATIENCE", 0.0)
    result = run(
        "from dlbook.progress import Progress\n"
        "bar = Progress(10)\nbar.update(5)\nbar.close()\nprint('end')"
    )
    assert "training  [############------------]  5 of 10" in result.text
    assert {o["name"] for o in result.outputs} == {"stdout"}


def test_glued_values_and_claims_are_those_of_a_notebook(run: Run) -> None:
    result = run(
        "from dlbook.evidence import claim, glue\n"
        "glue('a.b', 0.5, '0.50')\n"
        "claim('a.c', 'It holds.', True, {'n': float('inf')})"
    )
    glued = result.only("display_data")
    assert glued["metadata"]["scrapbook"]["name"] == "a.b"
    assert glued["data"] == {
        "application/papermill.record/text/plain": "'0.50'",
        "application/papermill.record/application/vnd.dlbook.value+json": 0.5,
    }
    shown = result.only("execute_result")["data"]
    assert "dl-claim" in shown["text/html"]
    assert shown["application/vnd.dlbook.claim+json"]["evidence"] == {"n": "inf"}


def test_display(run: Run) -> None:
    result = run(
        "from IPython.display import (HTML, SVG, Image, Latex, Markdown, clear_output, display,\n"
        "    publish_display_data)\n"
        "import IPython\n"
        "handle = IPython.display.display(HTML('<b>x</b>'), display_id=True)\n"
        "handle.update(Markdown('*y*'))\n"
        "clear_output(wait=True)\n"
        "display(Latex('$z$'), 'text')\n"
        "display({'text/plain': 'raw'}, raw=True)\n"
        "Image(b'\\xff\\xd8')"
    )
    assert result.ok, result.outputs[-1]
    first, second, cleared, *shown = result.outputs
    assert first["data"]["text/html"] == "<b>x</b>"
    assert second["output_type"] == "update_display_data"
    assert second["data"]["text/markdown"] == "*y*"
    assert first["transient"] == second["transient"] != {}
    assert cleared == {"output_type": "clear_output", "wait": True}
    assert [sorted(o["data"]) for o in shown] == [
        ["text/latex", "text/plain"],
        ["text/plain"],
        ["text/plain"],
        ["image/jpeg", "text/plain"],
    ]


# Figures


def test_the_books_figures_bring_their_dark_twin(run: Run) -> None:
    shown = run("from dlbook.plotting import curves\ncurves({'x': [1, 2]})").only("execute_result")
    drawing = shown["data"]["image/svg+xml"]
    assert shown["data"]["text/plain"] == "<Figure of 5.2 by 3.4 inches>"
    assert shown["metadata"] == {"image/svg+xml": {"dark": dark(drawing)}}
    assert dark(drawing) != drawing


def test_a_drawing_without_the_books_colours_has_no_twin(run: Run) -> None:
    code = "from IPython.display import SVG\nSVG('<svg><path/></svg>')"
    shown = run(code).only("execute_result")
    assert shown["data"]["image/svg+xml"] == "<svg><path/></svg>"
    assert shown["metadata"] == {}


@pytest.fixture
def pyplot(run: Run) -> Iterator[Run]:
    """`run`, in an interpreter in which pyplot is imported as it would be in a page."""
    import matplotlib.pyplot as plt

    usual = plt.get_backend()
    plt.switch_backend(os.environ["MPLBACKEND"])
    yield run
    plt.close("all")
    plt.switch_backend(usual)


def test_open_figures_are_shown_at_the_end_and_closed(pyplot: Run) -> None:
    result = pyplot("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.figure()\nprint('a')")
    assert [o["output_type"] for o in result.outputs] == ["stream", "display_data", "display_data"]
    picture = base64.b64decode(result.outputs[1]["data"]["image/png"])
    size = result.outputs[1]["metadata"]["image/png"]
    assert int.from_bytes(picture[16:20]) // 2 == size["width"] > 300
    assert int.from_bytes(picture[20:24]) // 2 == size["height"] > 200
    assert pyplot("plt.get_fignums()").value == "[]"


def test_a_figure_is_shown_once(pyplot: Run) -> None:
    result = pyplot("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfigure")
    assert [o["output_type"] for o in result.outputs] == ["execute_result"]
    assert "image/png" in result.outputs[0]["data"]


def test_show_shows_at_once(pyplot: Run) -> None:
    result = pyplot("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nprint('after')")
    assert [o["output_type"] for o in result.outputs] == ["display_data", "stream"]


def test_open_figures_are_shown_before_an_error(pyplot: Run) -> None:
    result = pyplot("import matplotlib.pyplot as plt\nplt.plot([1])\n1/0")
    assert [o["output_type"] for o in result.outputs] == ["display_data", "error"]
