"""What imports what, and what `import dlbook` costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dlbook

FOLDER = Path(dlbook.__file__).parent
# An import only ever points to a later line; modules of one line do not know each other.
ORDER = [
    {"diagrams", "plotting"},
    {"_figure"},
    {"exercises"},
    {"sweep"},
    {"evidence", "jobs", "places"},
    {"bugs", "diagnosis"},
    {"training"},
    {"batches", "gradcheck", "history", "progress", "units"},
    {"_kinks"},
    {"coordinates"},
    {"textbook"},
    {"convergence", "curvature", "noise", "surfaces"},
    {"network"},
    {"engine"},
    {"optimizers"},
    {"schedules"},
    {"dropout", "penalties"},
    {"activations", "datasets", "differences", "initializers", "losses", "search"},
    {"_agreement", "_checks"},
]
LINE = {name: line for line, names in enumerate(ORDER) for name in names}
DRAWING = {"diagrams", "plotting", "_figure"}
FILES = {}  # of each module; a package, such as exercises, has several
for path in sorted(FOLDER.rglob("*.py")):
    if path != FOLDER / "__init__.py":
        FILES.setdefault(path.relative_to(FOLDER).parts[0].removesuffix(".py"), []).append(path)
MODULES = list(FILES)


def imported(module):
    """Return every module that the code of one names in an import, wherever it stands."""
    names = set()
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES[module]]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if node.module == "dlbook":
                names |= {f"dlbook.{alias.name}" for alias in node.names}
            else:
                names.add(node.module)
    return names


def test_every_module_has_its_line():
    assert set(MODULES) == set(LINE)


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_point_down(module):
    ours = {name.split(".")[1] for name in imported(module) if name.startswith("dlbook.")}
    upward = {name for name in ours - {module} if LINE[name] <= LINE[module]}
    assert not upward


@pytest.mark.parametrize("module", MODULES)
def test_only_numpy_is_needed_and_only_the_plots_need_matplotlib(module):
    allowed = {"dlbook", "numpy"} | set(sys.stdlib_module_names)
    if module in DRAWING:
        allowed |= {"matplotlib", "cycler"}
    assert {name.split(".")[0] for name in imported(module)} <= allowed


def loaded_by(statement):
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"matplotlib", "tensorflow", "keras", "IPython", "scipy", "sklearn", "pandas"}


def test_importing_dlbook_loads_numpy_alone():
    loaded = loaded_by("import dlbook")
    assert "numpy" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("module", sorted(set(MODULES) - DRAWING))
def test_no_module_but_the_plots_loads_matplotlib(module):
    assert not loaded_by(f"import dlbook.{module}") & HEAVY


def test_plotting_never_touches_pyplot():
    code = "import sys, dlbook.plotting, dlbook.diagrams; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_public_name_is_there_and_listed_once():
    assert len(set(dlbook.__all__)) == len(dlbook.__all__)
    for name in dlbook.__all__:
        assert hasattr(dlbook, name)
    listed = {
        alias.name
        for node in ast.walk(ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert listed == set(dlbook.__all__)


def test_the_version_is_that_of_the_package():
    pyproject = FOLDER.parent / "pyproject.toml"
    assert f'version = "{dlbook.__version__}"' in pyproject.read_text(encoding="utf-8")
