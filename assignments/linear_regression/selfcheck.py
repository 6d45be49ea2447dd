"""The machinery of the self-checks: tries visible properties on your functions, in words you
can use.

What is checked is in `test_<assignment>.py` beside this file. This file knows no exercise.
It defines
what a property is, runs it on drawn inputs, finds the smallest that breaks it, and has two entry
points: `check` in a notebook's test cells, and pytest on a whole file.
"""

import __future__

import ast
import contextlib
import copy
import ctypes
import difflib
import functools
import inspect
import io
import json
import linecache
import math
import re
import signal
import symtable
import sys
import tempfile
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

_language = "en"  # or "zh", which `entry_points` sets


def say(english, **values):
    """The sentence in the assignment's language, with its values filled in by `str.format`."""
    sentence = CHINESE.get(english, english) if _language == "zh" else english
    return sentence.format(**values) if values else sentence


def stop(sentence):
    """End an import, in pytest and in Jupyter, with a sentence instead of a traceback."""
    try:
        import pytest

        error = pytest.fail.Exception(sentence, pytrace=False)
    except ImportError:
        error = ImportError(sentence)
    error._render_traceback_ = lambda: [sentence]  # for Jupyter
    raise error from None


if sys.version_info < (3, 10):  # noqa: UP036 - the kit's own minimum is another
    stop(
        "The self-check needs Python 3.10 or newer. 自检需要 Python 3.10 或更新的版本。"
    )
try:
    import pytest
    import torch
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from hypothesis.configuration import set_hypothesis_home_dir
    from hypothesis.errors import HypothesisException
except ModuleNotFoundError as missing:
    # The language is not known yet: it comes from the file that imports this one.
    install = f"pip install {missing.name}"
    stop(
        f"The self-check needs {missing.name}. Run `{install}`. 自检需要 "
        f"{missing.name}。请运行 `{install}`。"
    )

# --- Properties, and how they are tried ---------------------------------------------------------


class Wrong(Exception):
    """What a student's function did wrong, in words: the middle part of a message.

    kind: how it failed, by which a hint is chosen: "type", "shape", "dtype", "sign",
    "factor" and "value"
    come from `agree`, "changed" from inputs that changed, "raised" from an error; others
    are an author's.
    """

    def __init__(self, words, kind=""):
        super().__init__(words)
        self.kind = kind


class OfAPart(AssertionError):
    """Another function of the student fails its own check."""


class TooLong(BaseException):
    """Raised in the middle of a call that takes too long; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Property:
    """One visible claim about a function: its words, its inputs, and the code that tries it."""

    claim: str
    given: st.SearchStrategy | None
    trial: Callable
    hints: dict = field(
        default_factory=dict
    )  # how it failed -> a hint, and the heading that teaches it
    changes: tuple = ()  # the inputs that a right answer changes in place

    @property
    def function(self):
        """The name of the function to try: the first parameter of the trial."""
        return next(iter(inspect.signature(self.trial).parameters))


def visible(given=None, hints=None, changes=()):
    """Make a property from a function that raises `Wrong` if its claim, the docstring, fails.

    Its first parameter is the student's function, and has its name. The others are the
    inputs: given draws them as a dict by name; without it, the trial makes its own. hints:
    for each way to fail, a hint, or a pair of one and the notebook's heading that teaches
    it. A way to fail is the kind of a `Wrong`, the name of an error (`RuntimeError`), or a
    few words of its message. changes: the names of inputs that a right answer changes in
    place; all others must stay as they are.
    """
    return lambda trial: Property(
        trial.__doc__, given, trial, hints or {}, tuple(changes)
    )


SETTINGS = settings(
    max_examples=30,  # a few seconds for the whole file; the grader tries more
    derandomize=True,  # the same answer always gets the same message
    database=None,
    deadline=None,  # a slow machine is not a mistake
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

_FOLDER = tempfile.TemporaryDirectory(
    prefix="hypothesis-", ignore_cleanup_errors=True
)
set_hypothesis_home_dir(
    _FOLDER.name
)  # Hypothesis writes files, but not into your folder


@dataclass(frozen=True)
class Exercises:
    """An assignment's exercises: the properties of each, and the exercises whose functions it
    calls.
    """

    properties: dict
    parts: dict
    signatures: dict = field(
        default_factory=dict
    )  # exercise -> its first line: "linreg(X, w, b)"
    known: dict = field(
        default_factory=dict
    )  # (exercise, a function's id) -> it, and its error


def fault(name, function, exercises, names):
    """The error to show for `function` as an answer to `name`, or None if its properties hold.

    names: in your notebook or file. If a part of the exercise fails its own check, that is
    the error,
    because it is the most likely reason.
    """
    known = exercises.known
    error = _first_broken(name, function, exercises, names)
    known[name, id(function)] = function, error
    if error is None or isinstance(error, NotImplementedError):
        return error
    for part in exercises.parts.get(name, ()):
        called = exercises.properties[part][0].function
        used = names.get(called)
        said = say(
            "{name}: your {called} fails its own check. Fix that first.",
            name=name,
            called=called,
        )
        if used is None and f"name '{called}' is not defined" in str(error):
            return OfAPart(said)
        if (
            used is not None and (part, id(used)) not in known
        ):  # its own check tries it anew
            known[part, id(used)] = (
                used,
                _first_broken(part, used, exercises, names),
            )
        _, why = known.get((part, id(used)), (None, None))
        if why is not None:
            return (
                why if isinstance(why, NotImplementedError) else OfAPart(said)
            )
    return error


def _first_broken(name, function, exercises, names):
    """The error of the first property that fails, with the claims of other failing ones, or
    None.
    """
    if not callable(function):
        return AssertionError(
            say(
                "{name}: expected a function, got {got}",
                name=name,
                got=show(function),
            )
        )
    first, others, hint = None, [], ()
    for claim in exercises.properties[name]:
        try:
            _try(claim, function, exercises, names)
        except NotImplementedError as missing:
            if first is not None:
                break
            unwritten = missing.args[0] if missing.args else name
            line = _left_over(missing, names)
            if line:
                said = say(
                    "{name}: delete the line `{line}` below your code",
                    name=unwritten,
                    line=line,
                )
                return NotImplementedError(said)
            return NotImplementedError(
                say("{name} is not attempted yet", name=unwritten)
            )
        except (Wrong, TooLong) as wrong:
            if first is None:
                first = say(
                    "{name}: {wrong} (check: {claim})",
                    name=name,
                    wrong=wrong,
                    claim=claim.claim,
                )
                hint = _hint(claim, wrong)
            else:
                others.append(say("also fails: {claim}", claim=claim.claim))
            if isinstance(wrong, TooLong):  # the others would take as long
                break
    if first is None:
        return None
    signature = _signature(name, function, exercises)
    error = AssertionError("\n".join([first, *signature, *others]))
    error.hint = () if signature else hint  # which says it all
    return error


def _hint(claim, wrong):
    """The hint that fits how a property failed, and the heading to read again; empty where
    none does.
    """
    kind = getattr(wrong, "kind", "")
    general = {
        "changed": say(
            "`+=` and methods that end in `_` change a tensor; `a + b` makes a new one"
        ),
        "sign": say("each value has the opposite sign"),
        "factor": say(
            "each value is {factor} times as large as expected",
            factor=getattr(wrong, "factor", 1),
        ),
    }
    hints = general | claim.hints
    if kind == "raised":
        kind = next(
            (
                key
                for key in hints
                if key[-5:] == "Error" or " " in key
                if key in str(wrong)
            ),
            "",
        )
    found = hints.get(kind, ())
    return (found,) if isinstance(found, str) else found


def _signature(name, function, exercises):
    """A sentence if the number or the order of a function's parameters differs from the
    exercise's.
    """
    wanted = exercises.signatures.get(name)
    try:
        yours = f"{function.__name__}{inspect.signature(function)}"
        known = _parameters(wanted[wanted.index("(") :])
        theirs = _parameters(yours[yours.index("(") :], len(known))
    except (AttributeError, TypeError, ValueError, SyntaxError):
        return []
    moved = any(
        each in theirs and theirs.index(each) != place
        for place, each in enumerate(known)
    )
    if len(theirs) == len(known) and not moved:
        return []
    return [
        say(
            "expected the parameters of `{expected}`, got `{got}`",
            expected=wanted,
            got=yours,
        )
    ]


def _parameters(text, known=0):
    """The names of the parameters in "(X, w, b)"; extra parameters with a default do not count."""
    arguments = ast.parse(f"def f{text}: pass").body[0].args
    if arguments.vararg:
        raise ValueError("it takes any number")
    plain = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
    return plain[: max(known, len(plain) - len(arguments.defaults))]


def _try(claim, function, exercises, names):
    """Runs one property on inputs drawn for it; raises for the smallest input that breaks it."""
    if claim.given is None:
        return _case(claim, function, {}, exercises, names)
    seen, tried, end = [], [], time.monotonic() + 2 * SECONDS

    @SETTINGS
    @given(claim.given)
    def cases(inputs):
        if (
            tried and time.monotonic() > end
        ):  # a slow function is tried on fewer inputs, and is not wrong
            return
        tried.append(inputs)
        try:
            _case(claim, function, inputs, exercises, names)
        except Exception as error:
            seen.append(error)
            raise

    try:
        cases()
    except (
        HypothesisException
    ):  # it failed only once, because it is random or slow
        if not seen:
            raise
        raise seen[-1] from None
    except (
        Wrong
    ) as wrong:  # the smallest input can fail in a way in which others do not
        if wrong.kind in ("sign", "factor") and any(
            each.kind != wrong.kind for each in seen
        ):
            wrong.kind = "value"
        raise


def _case(claim, function, inputs, exercises, names):
    """Run a property once: without output, from the same seed, with inputs that must not change."""
    kept = copy.deepcopy(inputs)
    try:
        as_before = torch.random.fork_rng(devices=[])
        with quiet(), warnings.catch_warnings(), as_before, limited():
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            claim.trial(function, **inputs)
            for key, value in kept.items():
                may_change = key in claim.changes or not isinstance(
                    value, torch.Tensor
                )
                if not may_change and not torch.equal(value, inputs[key]):
                    became = {"name": key, "got": show(inputs[key])}
                    raise Wrong(
                        say(
                            "expected {name} unchanged, got {name} = {got}",
                            **became,
                        ),
                        "changed",
                    )
    except NotImplementedError as error:
        # torch raises it too, and so may a student; a stub's names its function
        if error.args and error.args[0] not in exercises.properties:
            raise Wrong(_raised(error, kept, names), "raised") from None
        raise
    except Wrong as wrong:
        wrong.args = (f"{wrong}{_for(kept)}",)
        raise wrong from None
    except TooLong as late:
        where = _where(late, names)
        late = say("it did not finish within {seconds} s", seconds=SECONDS)
        raise TooLong(f"{late}{where}{_for(kept)}") from None
    except (Exception, SystemExit) as error:
        raise Wrong(_raised(error, kept, names), "raised") from None


def _raised(error, inputs, names):
    message = " ".join(str(error).split())
    said, where = (
        say(
            "it raised {error}: {message}",
            error=type(error).__name__,
            message=message,
        ),
        _where(error, names),
    )
    if "^" in where:
        said = say("{said} (`^` is no power in Python: write `**`)", said=said)
    return f"{said}{where}{_for(inputs)}"


def _for(inputs):
    listed = ", ".join(
        f"{key} = {show(value)}" for key, value in inputs.items()
    )
    return listed and say(", for {inputs}", inputs=listed)


# --- Where in your code an error arose --------------------------------------------------------


def _frames(error, names):
    """The code and the line of each of your calls on the way to an error, outermost first."""
    walk = traceback.walk_tb(error.__traceback__)
    return [
        (frame.f_code, line) for frame, line in walk if frame.f_globals is names
    ]


def _where(error, names):
    """Your innermost line on the way to an error, counted in its function."""
    frames = _frames(error, names)
    if not frames:
        return ""
    inner, line = frames[-1]
    around = [
        code for code, _ in frames if code.co_filename == inner.co_filename
    ]
    around = [
        code
        for code in around
        if code.co_firstlineno <= line and code.co_name[0] != "<"
    ]
    if not around:  # a lambda
        return ""
    function = max(
        around, key=lambda code: code.co_firstlineno
    )  # the one that contains a comprehension
    text = linecache.getline(inner.co_filename, line).strip()
    place = {
        "function": function.co_name,
        "line": line - function.co_firstlineno + 1,
        "code": text,
    }
    return say(", in `{function}`, line {line}: `{code}`", **place)


def _left_over(missing, names):
    """The stub's last line, if it raised below your code; else an empty string."""
    for code, line in _frames(missing, names)[-1:]:
        source = "".join(linecache.getlines(code.co_filename))
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.FunctionDef)
                and node.body[-1].lineno == line
            ):
                kinds = {
                    type(getattr(part, "value", part))
                    for part in node.body[:-1]
                }
                if kinds - {ast.Constant, ast.Pass}:  # more than a docstring
                    return ast.get_source_segment(source, node.body[-1])
    return ""


# --- Silence, and a limit of time -------------------------------------------------------------

SECONDS = 5  # a right answer takes a small part of one


def quiet():
    """Discard everything that is printed inside."""
    return contextlib.redirect_stdout(io.StringIO())


@contextlib.contextmanager
def limited():
    """Raise TooLong in the code inside after some seconds.

    A Python loop ends at once. A single call into compiled code, such as a product of huge
    matrices, ends only when that call returns. A loop that catches even `BaseException`
    does not end at all.
    """
    if (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
    ):
        before = signal.signal(
            signal.SIGALRM, _ring
        )  # it also wakes a function that sleeps
        left = signal.setitimer(
            signal.ITIMER_REAL, SECONDS, 1
        )  # again each second: `except:` hides one
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, *left)
    else:  # on Windows, and in other threads: a clock beside this thread has Python raise it here
        throw = ctypes.pythonapi.PyThreadState_SetAsyncExc
        this = ctypes.c_ulong(threading.get_ident())
        clock = threading.Timer(
            SECONDS, throw, [this, ctypes.py_object(TooLong)]
        )
        clock.start()
        try:
            yield
        finally:
            clock.cancel()
            clock.join()
            throw(this, None)  # in case it rang just now


def _ring(*_):
    raise TooLong


# --- Looking at values ------------------------------------------------------------------------


def show(value):
    """A value in a few words: small tensors as lists, large ones by their shape."""
    if isinstance(value, torch.Tensor):
        if value.numel() > 12:
            return say("a tensor of shape {shape}", shape=tuple(value.shape))
        rounded = repr(_rounded(value.detach().tolist()))
        usual = value.dtype == torch.get_default_dtype() or not value.numel()
        return rounded if usual else f"{rounded} ({value.dtype})"
    text = repr(value)
    if value is None:
        return say("None (is there a `return`?)")
    if isinstance(value, (int, float, str, list, tuple)) and len(text) <= 80:
        return text
    return say("a {type}", type=type(value).__name__)


def _rounded(value):
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def agree(got, expected, what="", kind=""):
    """Raise Wrong unless `got` is a tensor with the shape, dtype and values of `expected`.

    what: names it in the message. kind: of a `Wrong` for its values, where you know more
    than they tell.
    """
    label = f"{what} = " if what else ""
    if not isinstance(got, torch.Tensor):
        raise Wrong(
            say(
                "expected {label}a tensor, got {got}",
                label=label,
                got=show(got),
            ),
            "type",
        )
    if got.shape != expected.shape:
        inner = say("{what} of ", what=what) if what else ""
        shapes = {"expected": tuple(expected.shape), "got": tuple(got.shape)}
        raise Wrong(
            say(
                "expected {inner}shape {expected}, got {got}",
                inner=inner,
                **shapes,
            ),
            "shape",
        )
    if got.dtype != expected.dtype:
        dtypes = {"expected": expected.dtype, "got": got.dtype}
        raise Wrong(
            say("expected dtype {expected}, got {got}", **dtypes), "dtype"
        )
    yours, right = got.detach().double(), expected.double()
    if not _is_near(yours, right):
        values = {"expected": show(expected), "got": show(got)}
        wrong = Wrong(
            say("expected {label}{expected}, got {got}", label=label, **values),
            kind or "value",
        )
        factor = float(
            (yours * right).sum() / (right * right).sum()
        )  # nan where all are zero
        if not kind and _is_near(yours, factor * right):
            wrong.kind, wrong.factor = (
                "sign" if factor == -1 else "factor",
                f"{factor:.3g}",
            )
        raise wrong


def _is_near(got, expected):
    return bool(((got - expected).abs() <= 1e-4 * (1 + expected.abs())).all())


# --- Inputs -----------------------------------------------------------------------------------

small = st.integers(min_value=1, max_value=4)


def quarters(*shape, size=2, dtype=torch.float32, elements=None):
    """Tensors of a shape whose entries are multiples of 1/4, from -size to size, or a
    strategy's.
    """
    count = math.prod(shape)
    entries = (
        st.integers(-4 * size, 4 * size).map(lambda k: k / 4)
        if elements is None
        else elements
    )
    rows = st.lists(entries, min_size=count, max_size=count)
    return rows.map(
        lambda values: torch.tensor(values).reshape(shape).to(dtype)
    )


def classes(axes, below):
    """Labels for `tensors`: whole numbers from 0 to one less than the size of the axis `below`."""
    return axes, below


def probabilities(axes):
    """Probabilities for `tensors`: positive, and 1 together along the last axis, up to rounding."""
    return axes, None


def param(axes):
    """A parameter for `tensors`: a leaf that requires its gradient."""
    return axes, ""


@st.composite
def tensors(
    draw,
    largest=4,
    dtype=torch.float32,
    elements=None,
    ties=True,
    also=None,
    **axes,
):
    """Named tensors with common axes: `tensors(y_hat="n q", y=classes("n", below="q"))` has
    one n for both.

    A word of a shape is a number, the name of an axis of 1 to `largest`, a product of
    these, such as `h*w`, or a name with its smallest size, such as `q>=2` or `h>=kh`.
    elements: a strategy for the numbers, by default multiples of 1/4. ties: whether a
    tensor may have equal elements. also: other values, each by a strategy.
    """
    sizes, values = {}, {}
    kinds = {
        name: (kind, "tensor") if isinstance(kind, str) else kind
        for name, kind in axes.items()
    }
    words = [word for shape, _ in kinds.values() for word in shape.split()]
    least = dict(word.split(">=") for word in words if ">=" in word)

    def size(word):
        word = word.partition(">=")[0]
        for axis in word.split("*"):
            if axis not in sizes:
                drawn = (
                    int(axis)
                    if axis.isdigit()
                    else draw(st.integers(1, largest))
                )
                sizes[axis] = (
                    max(drawn, size(least[axis])) if axis in least else drawn
                )
        return math.prod(sizes[axis] for axis in word.split("*"))

    for name, (words, kind) in kinds.items():
        shape = tuple(map(size, words.split()))
        count = math.prod(shape)
        if kind not in (None, "", "tensor"):
            labels = st.lists(
                st.integers(0, size(kind) - 1), min_size=count, max_size=count
            )
            values[name] = torch.tensor(
                draw(labels), dtype=torch.int64
            ).reshape(shape)
            continue
        numbers = draw(quarters(*shape, dtype=dtype, elements=elements))
        if not ties:  # each gets a part of 1/4 of its own
            numbers += torch.arange(count).reshape(shape) * 2.0 ** -(
                2 + count.bit_length()
            )
        weights = numbers.exp() if kind is None else numbers
        values[name] = (
            weights / weights.sum(-1, keepdim=True) if kind is None else weights
        )
        values[name].requires_grad_(kind == "")
    return values | {
        name: draw(strategy) for name, strategy in (also or {}).items()
    }


# --- The two entry points: a notebook's test cell, and pytest ---------------------------------


# Where a message goes on in a new line, in both languages.
BREAKS = r",? (in `\w+`, line |for \w+ = |\(check: )|，?(在 `\w+` 的第 |输入 \w+ = |（检查：)"


def entry_points(file, properties, parts=None, signatures=None, language="en"):
    """The names in `test_<assignment>.py`: `check`, and a dict of what pytest looks for there.

    file: its own `__file__`; the student's file is beside it. properties: exercise -> its
    properties,
    which all take the same function. parts: exercise -> the exercises whose functions it
    calls, to fix
    before it. signatures: exercise -> "linreg(X, w, b)". language: of this file's own
    sentences, "en" or
    "zh". The dict has one test per exercise, named `test_<exercise>`. Raises ValueError if
    properties or
    parts do not fit together.
    """
    global _language
    _language = language
    exercises = Exercises(properties, parts or {}, signatures or {})
    failures = dict.fromkeys(properties, 0)
    for name, claims in properties.items():
        if len({claim.function for claim in claims}) != 1 or not all(
            claim.claim for claim in claims
        ):
            raise ValueError(
                f"{name}: give it properties with docstrings and the same first parameter"
            )
    for name, called in exercises.parts.items():
        if unknown := {name, *called} - set(properties):
            raise ValueError(
                f"parts of {name}: no properties are given for {', '.join(sorted(unknown))}"
            )

    def check(name):
        """Try the visible properties of an exercise on your function: one line, or one error."""
        if name not in properties:
            raise ValueError(
                f"no exercise is called {name!r}; there are {', '.join(properties)}"
            )
        names = sys._getframe(1).f_globals
        called = properties[name][0].function
        if broken := _broken(called, names.get("In", [])):
            said = say(
                "{name}: its cell has a syntax error, so it did not run. Fix it first.",
                name=name,
            )
            error = NameError(f"{said}{_full_width(broken)}")
        elif called in names:
            function = names[called]
            error = fault(name, function, exercises, names)
            failures[name], error = _with_help(error, failures[name])
        else:
            mine = {
                key for key, value in names.items() if inspect.isfunction(value)
            }
            here = {
                key
                for key in mine
                if names[key].__module__ == names["__name__"]
            }
            said = say(
                "{name}: {function} is not defined", name=name, function=called
            )
            error = _not_defined(
                said, called, here, properties, say("Run its cell first.")
            )
        if error is not None:
            said = f"{_kind(error)}: {error}"
            said = re.sub(
                BREAKS, lambda match: f"\n    {match[1] or match[2]}", said
            )
            width = (
                56 if _language == "zh" else 80
            )  # Chinese characters are two columns wide
            first, *more = said.splitlines()
            more = [
                line if line.startswith(" ") else f"    {line}" for line in more
            ]
            lines = [
                textwrap.fill(line, width, subsequent_indent=" " * 8)
                for line in [first, *more]
            ]
            error._render_traceback_ = lambda: (
                lines
            )  # for Jupyter: Validate's dialog cuts off more
            raise error from None
        print(
            say(
                "{name}: all {many} visible checks passed.",
                name=name,
                many=len(properties[name]),
            )
        )

    work = functools.cache(
        lambda: _work(
            file, {claims[0].function for claims in properties.values()}
        )
    )
    caches = []  # pytest's own, which keeps between runs how often each failed
    tests = {
        f"test_{name}": _test(work, name, exercises, caches)
        for name in properties
    }
    return check, {"_say_which_file": _say_which_file(work, caches), **tests}


def _broken(function, cells):
    """Why the last of these cells that defines a function cannot be read, or None: an older
    one still stands.

    cells: all that were run in a notebook, as IPython keeps them; the last one asks.
    """
    binds = re.compile(
        rf"^[ \t]*(?:\w+[ \t]+{function}\b|{function}[ \t]*=)", re.MULTILINE
    )
    last = next(
        (cell for cell in reversed(cells[:-1]) if binds.search(cell)), ""
    )
    try:
        ast.parse(last)
    except (SyntaxError, ValueError) as error:
        return error
    return None


# Full-width signs and those that Python takes: Unicode's full-width forms lie 0xFEE0 above ASCII.
SIGNS = dict(zip("。、“”‘’【】×÷−\u3000", ".,\"\"''[]*/- "))
SIGNS |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}


def _full_width(error):
    """A sentence on the full-width character at which a text cannot be read, or an empty string."""
    wide = (getattr(error, "text", None) or "")[
        (getattr(error, "offset", None) or 1) - 1 :
    ][:1]
    if wide not in SIGNS:
        return ""
    place = {"line": error.lineno, "wide": wide, "narrow": SIGNS[wide]}
    return " " + say(
        "Line {line} has the full-width `{wide}`: type `{narrow}` in its place.",
        **place,
    )


def _kind(error):
    return next(
        kind.__name__
        for kind in type(error).__mro__
        if kind.__module__ == "builtins"
    )


def _with_help(error, times):
    """The number of failures since it passed, and the error: from the second on with a hint,
    then a heading.

    times: the number before. A function that is not attempted, or has a wrong part, does
    not count as failed.
    """
    if error is None:
        return 0, None
    if isinstance(error, (NotImplementedError, OfAPart)):
        return times, error
    times += 1
    hint, heading, *_ = (*getattr(error, "hint", ()), "", "")
    lines = [say("hint: {hint}", hint=hint)] if hint and times > 1 else []
    if heading and times > 2:
        lines.append(
            say('read again: "{heading}" in the notebook', heading=heading)
        )
    return times, type(error)(
        "\n".join([str(error), *lines])
    ) if lines else error


def _test(read, name, exercises, caches):
    """One exercise under pytest: the function from the student's file, with a short error."""
    claims = exercises.properties[name]

    def test():
        work, function = read(), claims[0].function
        if function in work.names:
            mine = work.names[function]
            error = fault(name, mine, exercises, work.names)
            for cache in caches:
                key = f"selfcheck/{name}"
                times, error = _with_help(error, cache.get(key, 0))
                cache.set(key, times)
        else:
            there = {"name": name, "file": work.path.name, "function": function}
            said = say("{name}: {function} is not defined in {file}", **there)
            error = _not_defined(
                said, function, work.defined, exercises.properties
            )
            if work.problems:  # the likeliest reason: one that names the function, or broken syntax
                why = min(
                    work.problems,
                    key=lambda p: (function not in p, "SyntaxError" not in p),
                )
                error = NameError(f"{error} ({why})")
        if error is not None:
            pytest.fail(f"{_kind(error)}: {error}", pytrace=False)

    test.__doc__ = f"The visible properties of `{name}` hold."
    test.place_as = claims[
        0
    ].trial  # the place that pytest shows, instead of this file
    return test


def _not_defined(said, function, defined, properties, otherwise=""):
    """The error that says so, with the student's function of nearly this name, or else another
    advice.
    """
    own = {each.lower(): each for each in defined if each not in properties}
    if near := difflib.get_close_matches(function.lower(), own, 1, 0.75):
        return NameError(
            say("{error}. Rename `{near}`?", error=said, near=own[near[0]])
        )
    return NameError(f"{said}. {otherwise}" if otherwise else said)


def _say_which_file(read, caches):
    @pytest.fixture(scope="module", autouse=True)
    def tell(request):
        caches[:] = (
            [cache] if (cache := getattr(request.config, "cache", None)) else []
        )
        plugins = request.config.pluginmanager
        terminal = plugins.get_plugin("terminalreporter")
        capture = plugins.get_plugin("capturemanager")
        shown = contextlib.nullcontext()
        if capture:
            shown = capture.global_and_fixture_disabled()
        with shown:
            if terminal is not None:
                terminal.ensure_newline()
                work = read()
                terminal.write_line(
                    say("checking the functions in {file}", file=work.path.name)
                )
                if work.other:
                    words = {"file": work.path.name, "other": work.other}
                    terminal.write_line(
                        say(
                            "{other} also has functions of yours. To check those, "
                            "move {file} away.",
                            **words,
                        )
                    )

    return tell


# --- Reading the student's file ---------------------------------------------------------------


MAGIC = r"(?m)^[ \t]*((\w+ *= *)?[%!?].*|[\w.]+\?\??[ \t]*)$"  # %time, files = !ls, torch.mm?


def _work(file, functions):
    """The `.py` beside a test file, or else the notebook: its path, its names, and its problems.

    Runs only what the functions need: statements that bind or change a name that one of them uses,
    now or when it is called. A statement that fails costs only itself.
    """
    here = Path(file)
    script = here.with_name(here.stem.removeprefix("test_") + ".py")
    path = script if script.exists() else script.with_suffix(".ipynb")
    names, problems, statements, imported = (
        {"__name__": path.stem},
        [],
        [],
        set(),
    )
    flags = (
        __future__.annotations.compiler_flag
    )  # annotations are not evaluated
    for number, source in enumerate(_sources(path, problems), start=1):
        source = re.sub(MAGIC, "", source)
        place = f"<{path.name}, {number}>"
        linecache.cache[place] = (
            len(source),
            None,
            source.splitlines(True),
            place,
        )
        try:
            statements += [
                _statement(node, place, imported)
                for node in ast.parse(source).body
            ]
        except (SyntaxError, ValueError) as error:
            line = (getattr(error, "text", None) or "").strip()
            problem = say(
                "{error} in the line `{line}`",
                error=type(error).__name__,
                line=line,
            )
            problems.append(f"{problem}{_full_width(error)}")
    for node, place, *_ in _needed(statements, functions):
        kept = {name: names.get(name) for name in functions}
        try:
            with quiet(), limited():
                exec(
                    compile(ast.Module([node], []), place, "exec", flags), names
                )
        except (Exception, SystemExit, TooLong) as error:
            line = ast.unparse(node).splitlines()[0]
            problems.append(
                say(
                    "line `{line}`: {error}",
                    line=line,
                    error=error or type(error).__name__,
                )
            )
        # `batches = batches(10, X, y)` is a use of a function, and no other one
        names.update(
            {
                name: old
                for name, old in kept.items()
                if callable(old) and not callable(names[name])
            }
        )
    beside = path.with_suffix(".ipynb")
    cells = (
        "\n".join(_sources(beside, []))
        if path == script and beside.exists()
        else ""
    )
    stubs = [
        f'NotImplementedError("{name}")'
        for name in functions
        if f"def {name}(" in cells
    ]
    written = stubs and not any(stub in cells for stub in stubs)
    defined = [
        node.name
        for node, *_ in statements
        if isinstance(node, ast.FunctionDef)
    ]
    other = written and beside.name
    return SimpleNamespace(
        path=path, names=names, problems=problems, defined=defined, other=other
    )


def _sources(path, problems):
    """The code of a file: a script as a whole, a notebook cell by cell."""
    try:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            text = path.read_text(
                encoding="gb18030"
            )  # some editors in China write it
        if path.suffix == ".py":
            return [text]
        cells = [
            cell
            for cell in json.loads(text)["cells"]
            if cell["cell_type"] == "code"
        ]
        return ["".join(cell["source"]) for cell in cells]
    except FileNotFoundError:
        problems.append(say("the file does not exist"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.append(
            say("it cannot be read ({error})", error=type(error).__name__)
        )
    return []


def _statement(node, place, imported):
    """A statement, its place, the names that it binds or changes, and those that it uses."""
    table = symtable.symtable(ast.unparse(node), place, "exec")
    makes = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_assigned() or s.is_imported()
    }
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        imported |= makes
        makes = makes or {"*"}
    touched = [
        *getattr(node, "targets", []),
        getattr(node, "target", None),
    ]  # x[0] = 1, x.a = 1
    if isinstance(node, ast.Expr):
        touched.append(getattr(node.value, "func", None))  # x.append(1)
    touched += [
        part
        for d in getattr(node, "decorator_list", [])
        for part in ast.walk(d)
    ]
    return (
        node,
        place,
        makes | {_root(part) for part in touched} - imported,
        set(_uses(table)),
    )


def _root(node):
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return getattr(node, "id", None)


def _uses(table):
    """The file's own names that a statement uses, now or when a function in it is called."""
    outside = table.get_type() != "module"
    for symbol in table.get_symbols():
        if symbol.is_global() if outside else symbol.is_referenced():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _uses(inner)


def _needed(statements, functions):
    """The statements that the functions need, in their order, without loops and plots."""
    statements = [
        s
        for s in statements
        if not isinstance(s[0], (ast.For, ast.While, ast.Delete))
    ]
    needed, size = {*functions, "*"}, 0
    while len(needed) > size:
        size = len(needed)
        chosen = [s for s in statements if s[2] & needed]
        needed = needed.union(*(uses for *_, uses in chosen))
    return chosen


# --- The sentences in Chinese -------------------------------------------------------------------

CHINESE = {
    "{name}: your {called} fails its own check. Fix "
    "that first.": "{name}：你的 {called} 没有通过它自己的检查。请先改正它。",
    "{name}: expected a function, got {got}": "{name}：应为函数，得到的是 {got}",
    "{name}: delete the line `{line}` below your code": "{name}：请删去你的代码下面的 `{line}` 这一行",
    "{name} is not attempted yet": "{name} 尚未作答",
    "{name}: {wrong} (check: {claim})": "{name}：{wrong}（检查：{claim}）",
    "also fails: {claim}": "以下检查也未通过：{claim}",
    "`+=` and methods that end in `_` change a tensor; `a + b` makes "
    "a new one": "`+=` 和以 `_` 结尾的方法会修改原张量；`a + b` 则得到新的张量",
    "each value has the opposite sign": "每个值的符号都反了",
    "each value is {factor} times as large as expected": "每个值都是应有值的 {factor} 倍",
    "expected the parameters of `{expected}`, got `{got}`": "参数应如 `{expected}`，得到的是 `{got}`",
    "expected {name} unchanged, got {name} = {got}": "{name} 应保持不变，得到的是 {name} = {got}",
    "it did not finish within {seconds} s": "它没有在 {seconds} 秒内结束",
    "it raised {error}: {message}": "它抛出了 {error}：{message}",
    "{said} (`^` is no power in Python: write `**`)": "{said}（Python 中 `^` 不是乘方，乘方写作 `**`）",
    ", for {inputs}": "，输入 {inputs}",
    ", in `{function}`, line {line}: `{code}`": "，在 `{function}` 的第 {line} 行：`{code}`",
    "a tensor of shape {shape}": "形状为 {shape} 的张量",
    "None (is there a `return`?)": "None（是不是少了 `return`？）",
    "a {type}": "{type} 类型的对象",
    "expected {label}a tensor, got {got}": "{label}应为张量，得到的是 {got}",
    "{what} of ": "{what} 的",
    "expected {inner}shape {expected}, got {got}": "{inner}形状应为 {expected}，得到的是 {got}",
    "expected dtype {expected}, got {got}": "dtype 应为 {expected}，得到的是 {got}",
    "expected {label}{expected}, got {got}": "{label}应为 {expected}，得到的是 {got}",
    "{name}: its cell has a syntax error, so it did not run. Fix "
    "it first.": "{name}：它的单元格有语法错误，因此没有运行。请先改正它。",
    "{name}: {function} is not defined": "{name}：没有定义 {function}",
    "Run its cell first.": "请先运行它的单元格。",
    "{name}: all {many} visible checks passed.": "{name}：{many} 项可见的检查全部通过。",
    "Line {line} has the full-width `{wide}`: type `{narrow}` in "
    "its place.": "第 {line} 行有全角字符 `{wide}`：请改为半角的 `{narrow}`。",
    "hint: {hint}": "提示：{hint}",
    'read again: "{heading}" in the notebook': "请重读 notebook 中的“{heading}”一节",
    "{name}: {function} is not defined in {file}": "{name}：{file} 中没有定义 {function}",
    "{error}. Rename `{near}`?": "{error}。是不是应把 `{near}` 改名？",
    "checking the functions in {file}": "检查 {file} 中的函数",
    "{other} also has functions of yours. To check those, move "
    "{file} away.": "{other} 里也有你写的函数。若要检查那些函数，请把 {file} 移走。",
    "{error} in the line `{line}`": "`{line}` 这一行有 {error}",
    "line `{line}`: {error}": "`{line}` 这一行：{error}",
    "the file does not exist": "文件不存在",
    "it cannot be read ({error})": "无法读取（{error}）",
}
