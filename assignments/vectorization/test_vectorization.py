"""Self-checks for chapter 2.1: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`, for example `check("vector_add", vector_add)`.
In a terminal, run `pytest` in this folder: it tests the functions in `vectorization.py` if you
made such a file, else those in `vectorization.ipynb`, and says which. From that file it runs
only imports, functions, classes and simple assignments: nothing is trained or drawn. (If you
hand in both files, the notebook is the one that counts.)

Numbers are small multiples of 1/4, so that a right answer is exact in float32. The grader
checks more than you see here, and in the same spirit.
"""

import ast
import contextlib
import copy
import functools
import io
import json
import math
import operator
import re
import tempfile
import textwrap
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import HypothesisException

# --- What a property is, and how one is tried ---------------------------------------------------


class Wrong(Exception):
    """What a student's function did, in words: the middle of a message."""


@dataclass(frozen=True)
class Property:
    """One visible claim about a function: its words, its inputs, and the trial of it."""

    claim: str
    given: st.SearchStrategy | None
    trial: Callable


def visible(given=None):
    """Makes a property of a function whose docstring is the claim."""
    return lambda trial: Property(trial.__doc__, given, trial)


SETTINGS = settings(
    max_examples=30,  # a few seconds for the whole file; the grader tries more
    derandomize=True,  # the same answer gets the same message, whenever it is asked for
    database=None,
    deadline=None,  # a slow machine is no mistake
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

_FOLDER = tempfile.TemporaryDirectory(prefix="hypothesis-", ignore_cleanup_errors=True)
set_hypothesis_home_dir(_FOLDER.name)  # Hypothesis keeps notes on disk: not in your folder


def fault(name, function):
    """The error to show for `function` as an answer to `name`, or None if its properties hold."""
    if not callable(function):
        return AssertionError(f"{name}: expected a function, got {show(function)}")
    for claim in PROPERTIES[name]:
        try:
            _try(claim, function)
        except NotImplementedError as missing:
            unwritten = missing.args[0] if missing.args else name
            return NotImplementedError(f"{unwritten} is not written yet")
        except Wrong as wrong:
            return AssertionError(f"{name}: {wrong} (check: {claim.claim})")
    return None


def _try(claim, function):
    """Runs one property on inputs drawn for it; raises for the smallest input that breaks it."""
    if claim.given is None:
        return _case(claim, function, {})
    seen = []

    @SETTINGS
    @given(claim.given)
    def cases(inputs):
        try:
            _case(claim, function, inputs)
        except Exception as error:
            seen.append(error)
            raise

    try:
        cases()
    except HypothesisException:  # it failed once and held the next time: a random answer
        if not seen:
            raise
        raise seen[-1] from None


def _case(claim, function, inputs):
    """Runs a property once: quietly, from the same seed, and with inputs that must stay as is."""
    kept = copy.deepcopy(inputs)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
            torch.random.fork_rng(devices=[]),
        ):
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            claim.trial(function, **inputs)
            for key, value in kept.items():
                if isinstance(value, torch.Tensor) and not torch.equal(value, inputs[key]):
                    raise Wrong(f"expected {key} unchanged, got {key} = {show(inputs[key])}")
    except NotImplementedError as error:
        if error.args and error.args[0] not in PROPERTIES:
            raise Wrong(_raised(error, kept)) from None
        raise
    except Wrong as wrong:
        raise Wrong(f"{wrong}{_for(kept)}") from None
    except (Exception, SystemExit) as error:
        raise Wrong(_raised(error, kept)) from None


def _raised(error, inputs):
    first_line = next(iter(str(error).splitlines()), "")
    return f"it raised {type(error).__name__}: {first_line[:200]}{_for(inputs)}"


def _for(inputs):
    listed = ", ".join(f"{key} = {show(value)}" for key, value in inputs.items())
    return listed and f", for {listed}"


# --- Looking at values ------------------------------------------------------------------------


def show(value):
    """A value in few words: small tensors as lists, large ones by their shape."""
    if isinstance(value, torch.Tensor):
        if value.numel() > 12:
            return f"a tensor of shape {tuple(value.shape)}"
        return repr(_rounded(value.detach().tolist()))
    text = repr(value)
    if value is None or (isinstance(value, (int, float, str, list, tuple)) and len(text) <= 80):
        return text
    return f"a {type(value).__name__}"


def _rounded(value):
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def agree(got, expected, what=""):
    """Raises unless `got` is a tensor with the shape, dtype and values of `expected`."""
    label = f"{what} = " if what else ""
    if not isinstance(got, torch.Tensor):
        raise Wrong(f"expected {label}a tensor, got {show(got)}")
    if got.shape != expected.shape:
        inner = f"{what} of " if what else ""
        raise Wrong(f"expected {inner}shape {tuple(expected.shape)}, got {tuple(got.shape)}")
    if got.dtype != expected.dtype:
        raise Wrong(f"expected dtype {expected.dtype}, got {got.dtype}")
    off = (got.detach().double() - expected.double()).abs()
    if not (off <= 1e-4 * (1 + expected.double().abs())).all():
        raise Wrong(f"expected {label}{show(expected)}, got {show(got)}")


# --- Inputs -----------------------------------------------------------------------------------

small = st.integers(min_value=1, max_value=4)


def quarters(*shape, size=2, dtype=torch.float32):
    """Tensors of a shape whose entries are multiples of 1/4, from -size to size."""
    count = math.prod(shape)
    entries = st.integers(-4 * size, 4 * size).map(lambda k: k / 4)
    rows = st.lists(entries, min_size=count, max_size=count)
    return rows.map(lambda values: torch.tensor(values).reshape(shape).to(dtype))


# --- vector_add -------------------------------------------------------------------------------

DTYPES = [torch.float32, torch.float64, torch.int64]


@st.composite
def two_tensors(draw, dtypes=DTYPES):
    """Two tensors of the same shape, with one to three axes, and of the same dtype."""
    shape = draw(st.lists(small, min_size=1, max_size=3))
    dtype = draw(st.sampled_from(dtypes))
    return {"a": draw(quarters(*shape, dtype=dtype)), "b": draw(quarters(*shape, dtype=dtype))}


@visible(two_tensors())
def adds_element_by_element(vector_add, a, b):
    """adds element by element, in the shape and dtype of a and b"""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    expected = torch.tensor([sum(pair) for pair in pairs], dtype=a.dtype).reshape(a.shape)
    agree(vector_add(a, b), expected)


@visible(two_tensors(dtypes=[torch.float32]))
def returns_a_new_tensor(vector_add, a, b):
    """returns a new tensor that shares no memory with a or b"""
    total = vector_add(a, b)
    if not isinstance(total, torch.Tensor):
        raise Wrong(f"expected a tensor, got {show(total)}")
    for name, tensor in (("a", a), ("b", b)):
        if total.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr():
            raise Wrong(f"expected a new tensor, got one that shares its memory with {name}")


def best_of_five(function, *inputs):
    """The shortest of five runs, in seconds: the others met something else on the machine."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        function(*inputs)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@visible()
def needs_no_loop(vector_add):
    """takes about as long as a + b, because torch runs the loop"""
    # The short tensors come first: a Python loop fails on them without making anybody wait.
    for n, spare in ((1000, 1e-3), (1_000_000, 0.0)):
        a, b = torch.ones(n), torch.ones(n)
        allowed = 10 * best_of_five(operator.add, a, b) + spare
        seconds = best_of_five(vector_add, a, b)
        if seconds > allowed:
            expected = f"at most {1000 * allowed:.2g} ms for {n} elements"
            raise Wrong(f"expected {expected}, got {1000 * seconds:.2g} ms")


PROPERTIES = {"vector_add": [adds_element_by_element, returns_a_new_tensor, needs_no_loop]}


# --- The two doors: a notebook's test cell, and pytest ----------------------------------------


def check(name, function):
    """Tries the visible properties of an exercise on your function: one line, or one error."""
    if name not in PROPERTIES:
        raise ValueError(f"no exercise is called {name!r}; there are {', '.join(PROPERTIES)}")
    error = fault(name, function)
    if error is not None:
        said = f"{type(error).__name__}: {error}"
        said = re.sub(r",? (for \w+ = |\(check: )", r"\n    \1", said)
        lines = [textwrap.fill(line, 80, subsequent_indent=" " * 8) for line in said.splitlines()]
        error._render_traceback_ = lambda: lines  # for Jupyter: Validate's dialog cuts off more
        raise error from None
    print(f"{name}: all {len(PROPERTIES[name])} visible checks hold.")


def _self_check(name, function_name):
    """One exercise under pytest: the function from the student's file, judged in one line."""
    work = _work()
    if function_name in work.names:
        error = fault(name, work.names[function_name])
    else:
        error = NameError(f"{name}: {work.path.name} has no function {function_name}")
        if work.problems:  # the likeliest reason: one that names the function, or broken syntax
            why = min(work.problems, key=lambda p: (function_name not in p, "SyntaxError" not in p))
            error = NameError(f"{error} ({why})")
    if error is not None:
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def _say_which_file(request):
    plugins = request.config.pluginmanager
    terminal, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        if terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"checking the functions in {_work().path.name}")


def test_vector_add():
    """The visible properties of `vector_add` hold."""
    _self_check("vector_add", "vector_add")


# --- Reading the student's file ---------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A student's file: what its functions and other names are, and what could not be read."""

    path: Path
    names: dict
    problems: list


@functools.cache
def _work():
    """Reads the `.py` beside this file if there is one, else the notebook, and never twice."""
    here = Path(__file__)
    script = here.with_name(here.stem.removeprefix("test_") + ".py")
    path = script if script.exists() else script.with_suffix(".ipynb")
    names, problems = {"__name__": path.stem}, []
    for source in _sources(path, problems):
        source = re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.MULTILINE)  # no magics
        try:
            statements = ast.parse(source).body
        except (SyntaxError, ValueError) as error:
            line = (getattr(error, "text", None) or "").strip()
            problems.append(f"{type(error).__name__} in the line `{line}`")
            continue
        for statement in filter(_defines, statements):
            try:
                module = ast.Module([statement], type_ignores=[])
                exec(compile(module, str(path), "exec"), names)
            except Exception as error:  # one statement costs only itself
                problems.append(f"line `{ast.unparse(statement).splitlines()[0]}`: {error}")
    return Work(path, names, problems)


def _sources(path, problems):
    """The code of a file: a script as a whole, a notebook cell by cell."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".py":
            return [text]
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in cells]
    except FileNotFoundError:
        problems.append("there is no such file here")
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.append(f"it cannot be read: {type(error).__name__}")
    return []


def _defines(statement):
    """Whether a statement only gives something a name: nothing that trains, draws or tests."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(statement, ast.Try):
        parts = [*statement.body, *statement.orelse, *statement.finalbody]
        return all(map(_defines, parts))
    if isinstance(statement, ast.Assign):
        return all(map(_is_name, statement.targets)) and _is_simple(statement.value)
    return isinstance(statement, ast.AnnAssign) and _is_simple(statement.value)


def _is_name(target):
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return all(isinstance(part, ast.Name) for part in parts)


def _is_simple(value):
    """Whether a value is a name, a constant, a lambda, a small tensor, or made of these."""
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Call):
        root = value.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if not (isinstance(root, ast.Name) and root.id in ("torch", "np", "numpy", "random")):
            return False
    return isinstance(value, SIMPLE) and all(map(_is_simple, ast.iter_child_nodes(value)))


SIMPLE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword),
    *(ast.Tuple, ast.List, ast.Dict, ast.UnaryOp, ast.BinOp),
    *(ast.expr_context, ast.operator, ast.unaryop),
)
