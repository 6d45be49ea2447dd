"""Sources that stand alone: what a function uses of its module travels with it."""

from math import tau as circle

import pytest
import torch

from autograder.authoring.sources import renamed, standing_alone
from autograder.sandbox.inside.probes import seed

WHERE = "the answer `f` of `double`"


def alone(function, name: str = "g", **options):
    """What stands under the new name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(standing_alone(function, name, WHERE, **options), space)
    return space[name]


def plain(x):
    return deco(x)  # its own name elsewhere stays: plain


def deco(function):
    return function


class Iterates:
    def __init__(self, n):
        self.n = n


def test_the_definition_alone_is_renamed():
    """Of a function or class; only in its first line, so that other words stay."""
    want = "def other(x):\n    return deco(x)  # its own name elsewhere stays: plain\n"
    assert want == renamed(plain, "other")
    assert renamed(Iterates, "batches").startswith("class batches:\n    def __init__")


TWO, WORDS, BOUND = 2, ["a", ("b", None)], float(2**0.5)
DTYPES = {"single": torch.float32}


def twice(x):
    return TWO * x


def twice_again(x):
    return twice(x) + 0


def recursive_with_a_helper(n):
    return 0 if n == 0 else twice(1) + recursive_with_a_helper(n - 1)


class Counts(Iterates):
    def up(self):
        return Counts(self.n + TWO).n


def uses_constants(x):
    return WORDS, BOUND, DTYPES["single"], circle


def uses_a_helper(x):
    return twice_again(x)


def uses_a_class(x):
    return Counts(x).up()


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (uses_constants, 4),
        (uses_a_helper, 3),
        (uses_a_class, 5),
        (recursive_with_a_helper, 3),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_a_function_uses_travels_with_it(function, argument):
    """Constants, helpers, their helpers, classes with their bases: it gives what it gives here."""
    assert function(argument) == alone(function)(argument)


def test_what_travels_is_seen_by_its_function_alone():
    """So that no student's name replaces it, and it replaces none."""
    space = {"torch": torch}
    exec(standing_alone(uses_a_helper, "g", WHERE), space)
    space["TWO"] = space["twice"] = None
    assert 10 == space["g"](5)
    assert "twice_again" not in space


def uses_the_border(x):
    seed(x)
    return x


def test_a_probe_may_use_what_lies_beside_it():
    """Of the kit, the border alone: it runs there."""
    assert 3 == alone(uses_the_border, inside=True)(3)
