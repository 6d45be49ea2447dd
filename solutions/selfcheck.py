"""The machinery of the self-checks: tries visible properties on your functions, in words you can use.

What is checked stands in `test_<assignment>.py` beside this file. This file knows no exercise: it
says what a property is, runs it on drawn inputs, finds the smallest that breaks it, and is asked
through two doors: `check` in a notebook's test cells, and pytest on a whole file.
"""

import ast
import contextlib
import copy
import functools
import inspect
import io
import json
import math
import re
import tempfile
import textwrap
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

    @property
    def function(self):
        """The name of the function that it is tried on: its trial's first parameter."""
        return next(iter(inspect.signature(self.trial).parameters))


def visible(given=None):
    """Makes a property of a function that raises `Wrong` where its claim, the docstring, fails.

    Its first parameter is the student's function, and bears its name. The others are the inputs:
    given draws them together, as a dict by their names; without it, the trial makes its own.
    """
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


def fault(name, function, properties):
    """The error to show for `function` as an answer to `name`, or None if its properties hold.

    properties: exercise -> its properties, for all exercises of the assignment.
    """
    if not callable(function):
        return AssertionError(f"{name}: expected a function, got {show(function)}")
    for claim in properties[name]:
        try:
            _try(claim, function, properties)
        except NotImplementedError as missing:
            unwritten = missing.args[0] if missing.args else name
            return NotImplementedError(f"{unwritten} is not written yet")
        except Wrong as wrong:
            return AssertionError(f"{name}: {wrong} (check: {claim.claim})")
    return None


def _try(claim, function, exercises):
    """Runs one property on inputs drawn for it; raises for the smallest input that breaks it."""
    if claim.given is None:
        return _case(claim, function, {}, exercises)
    seen = []

    @SETTINGS
    @given(claim.given)
    def cases(inputs):
        try:
            _case(claim, function, inputs, exercises)
        except Exception as error:
            seen.append(error)
            raise

    try:
        cases()
    except HypothesisException:  # it failed once and held the next time: a random answer
        if not seen:
            raise
        raise seen[-1] from None


def _case(claim, function, inputs, exercises):
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
        if error.args and error.args[0] not in exercises:  # not a stub's: torch raises it too
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


# --- The two doors: a notebook's test cell, and pytest ----------------------------------------


def doors(file, properties):
    """What `test_<assignment>.py` offers: `check`, and a dict of what pytest looks for there.

    file: its own `__file__`, beside which the student's file lies. properties: exercise -> its
    properties, which all take the same function. The dict holds one test per exercise, named
    `test_<exercise>`. Raises ValueError where properties do not fit together.
    """
    for name, claims in properties.items():
        if len({claim.function for claim in claims}) != 1 or not all(claim.claim for claim in claims):
            raise ValueError(f"{name}: give it properties with docstrings and the same first parameter")

    def check(name, function):
        """Tries the visible properties of an exercise on your function: one line, or one error."""
        if name not in properties:
            raise ValueError(f"no exercise is called {name!r}; there are {', '.join(properties)}")
        error = fault(name, function, properties)
        if error is not None:
            said = f"{type(error).__name__}: {error}"
            said = re.sub(r",? (for \w+ = |\(check: )", r"\n    \1", said)
            lines = [textwrap.fill(line, 80, subsequent_indent=" " * 8) for line in said.splitlines()]
            error._render_traceback_ = lambda: lines  # for Jupyter: Validate's dialog cuts off more
            raise error from None
        print(f"{name}: all {len(properties[name])} visible checks hold.")

    tests = {f"test_{name}": _test(file, name, properties) for name in properties}
    return check, {"_say_which_file": _say_which_file(file), **tests}


def _test(file, name, properties):
    """One exercise under pytest: the function from the student's file, judged in one line."""

    def test():
        work, function = _work(file), properties[name][0].function
        if function in work.names:
            error = fault(name, work.names[function], properties)
        else:
            error = NameError(f"{name}: {work.path.name} has no function {function}")
            if work.problems:  # the likeliest reason: one that names the function, or broken syntax
                why = min(work.problems, key=lambda p: (function not in p, "SyntaxError" not in p))
                error = NameError(f"{error} ({why})")
        if error is not None:
            pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)

    test.__doc__ = f"The visible properties of `{name}` hold."
    test.place_as = properties[name][0].trial  # where pytest says that it stands: not in this file
    return test


def _say_which_file(file):
    @pytest.fixture(scope="module", autouse=True)
    def say(request):
        plugins = request.config.pluginmanager
        terminal, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            if terminal is not None:
                terminal.ensure_newline()
                terminal.write_line(f"checking the functions in {_work(file).path.name}")

    return say


# --- Reading the student's file ---------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A student's file: what its functions and other names are, and what could not be read."""

    path: Path
    names: dict
    problems: list


@functools.cache
def _work(file):
    """Reads the `.py` beside a test file if there is one, else the notebook, and never twice."""
    here = Path(file)
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
