"""Oracles: checks of larger and other inputs, which decide whether a mutant is wrong and grade
nobody.
"""

import importlib
import inspect
import math
from pathlib import Path

from autograder.authoring.checks import Check
from autograder.authoring.strategies import REAL, Given, _specified

ORACLES = {}  # by the exercise's name


def load():
    """Import all oracles."""
    for path in sorted(Path(__file__).with_name("oracles").glob("*.py")):
        importlib.import_module(f"oracles.{path.stem}")


def oracle(exercise, **options):
    """Let the decorated body, written like a check's, decide which answers to an exercise are
    right.

    It draws all that the stub's docstring allows, large and odd inputs too, and uses
    nothing of the checks, because it measures them.
    """

    def declare(body):
        title = inspect.getdoc(body).partition("\n")[0]
        check = Check(
            exercise.name, body.__name__, title, 1, "-", body, **options
        )
        known = ORACLES.setdefault(exercise.name, [])
        known.append(
            check.settled(exercise.place("oracle", body.__name__), known)
        )
        return body

    return declare


def varied(*, sizes, dtypes=REAL, also=None, **axes):
    """Return a strategy for named tensors of these sizes and dtypes, of any magnitude, some of
    them zeros.
    """
    return Given(_specified(axes), also or {}).varied(
        sizes, dtypes, most=math.inf
    )
