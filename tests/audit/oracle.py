"""Oracles: checks of larger and other inputs, which decide whether a mutant is wrong and grade
nobody.
"""

import functools
import importlib
import inspect
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import strategies
from autograder.authoring.checks import Check
from autograder.authoring.strategies import given_of, tensors

SCALES = (1 / 1000, 1.0, 30.0, 1000.0)
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
        check = Check(exercise.name, body.__name__, title, 1, body, **options)
        known = ORACLES.setdefault(exercise.name, [])
        known.append(
            check.completed(exercise.place("oracle", body.__name__), known)
        )
        return body

    return declare


def varied(*, sizes, dtypes=(np.float32, np.float64), also=None, **axes):
    """Return a strategy for named tensors of these sizes and dtypes, of any magnitude, some of
    them zeros.
    """
    given = given_of(tensors(also=also or {}, **axes))
    drawn = [
        strategies.varied(
            given,
            sizes,
            [dtype if np.dtype(dtype).kind == "f" else np.float64],
            (*SCALES, 0.0),
        )
        for dtype in dtypes
    ]
    return st.one_of(
        [
            cases.map(functools.partial(_whole, dtype))
            if np.dtype(dtype).kind == "i"
            else cases
            for dtype, cases in zip(dtypes, drawn)
        ]
    )


def _whole(dtype, case):
    """Ten times the numbers as whole ones of a dtype, far from where sums wrap around."""
    bounds = np.iinfo(dtype)
    whole = {}
    for name, value in case.items():
        rounded = (value.double() * 10).round()
        small = rounded.clamp(bounds.min // 4, bounds.max // 4)
        whole[name] = torch.from_numpy(small.numpy().astype(dtype))
    return whole
