"""Classes of any size, as notebooks or files: students' right answers in many styles, and
wrong ones.

Six of ten are right.  The same number gives the same class.  None hangs.  Top-level code
that no function needs is left out, because half of it would not run in a kernel: it needs
files, input or missing packages.
"""

import ast
import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from autograder import exercises
from autograder.intake.submission import text_of
from autograder.reading.parsed import ParsedSubmission
from autograder.reading.parser import parse

TESTS = Path(__file__).resolve().parent.parent
ASSIGNMENT = "linear_regression"
FUNCTIONS = tuple(e.name for e in exercises.load(ASSIGNMENT) if e.function == e.name)
POINTS = sum(e.points for e in exercises.load(ASSIGNMENT))
MIX = (
    "right",
    "wrong",
    "right",
    "right",
    "wrong",
    "right",
    "wrong",
    "right",
    "wrong",
    "right",
)


@dataclass(frozen=True)
class Submission:
    """A student's code, by solution cell."""

    student: str
    cells: dict[str, str]
    wrong: bool


def a_class(count: int) -> list[Submission]:
    """The first `count` submissions of an endless class."""
    return [_submission(number) for number in range(count)]


def _submission(number):
    kind, turn = MIX[number % len(MIX)], number // len(MIX)
    nth = turn * MIX.count(kind) + MIX[: number % len(MIX)].count(kind)  # of its kind
    known = _answers(kind)
    return Submission(f"student{number:05}", known[nth % len(known)], kind == "wrong")


@functools.cache
def _answers(kind) -> list[dict]:
    """Answers sorted by mistake, not by function, so that neighbors belong to different
    functions.
    """
    files = sorted(
        (TESTS / f"{kind}_answers" / ASSIGNMENT).iterdir(),
        key=lambda f: f.stem.split("__")[::-1],
    )
    return [
        cells
        for path in files
        if "never_ends" not in path.stem and (cells := cells_of(path))
    ]


def cells_of(path: Path) -> dict[str, str]:
    """The code that a file's functions need: each function in its cell, or all in the first one."""
    parsed = ParsedSubmission.from_wire(
        parse(text_of(path), path.suffix, list(FUNCTIONS))
    )
    sources = [statement.source for statement in parsed.statements]
    sources = [
        source for source in sources if not re.match(r"(import|from) d2l\b", source)
    ]
    if not all(map(_can_be_imported, sources)):
        return {}
    defined = [_defines(source) for source in sources]
    if [name for name in defined if name] != list(FUNCTIONS):
        return {FUNCTIONS[0]: "\n".join(sources)}
    cells = {name: [] for name in FUNCTIONS}
    for at, source in enumerate(sources):
        later = [name for name in defined[at:] if name]
        cells[later[0] if later else FUNCTIONS[-1]].append(source)
    return {name: "\n".join(lines) for name, lines in cells.items()}


def _can_be_imported(source):
    (node, *_) = ast.parse(source).body
    names = [node.module] if isinstance(node, ast.ImportFrom) else []
    names += (
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    )
    return all(importlib.util.find_spec(name.partition(".")[0]) for name in names)


def _defines(source):
    """The exercise's function that a statement defines, if it is a plain definition."""
    (node, *_) = ast.parse(source).body
    return (
        node.name
        if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS
        else ""
    )
