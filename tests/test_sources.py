"""Sources that stand alone: what a function uses of its module travels with it, or is refused in words."""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
from math import tau as circle

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from autograder.authoring import DeclarationError, Exercise, expect
from autograder.authoring.drawing import draw
from autograder.authoring.sources import renamed, standing_alone
from autograder.sandbox.inside.probes import seed

WHERE = "the answer `f` of `double`"
TRAVELS_NOT = f"{WHERE} uses `{{}}`, which cannot travel to a worker: {{}}"


def alone(function, name: str = "g", **options):
    """What stands under the new name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(standing_alone(function, name, WHERE, **options), space)
    return space[name]


def refusal(function, **options) -> str:
    with pytest.raises(DeclarationError) as caught:
        standing_alone(function, "g", WHERE, **options)
    return str(caught.value)


# A function's text under another name.


def plain(x):
    return deco(x)  # its own name elsewhere stays: plain


def deco(function):
    return function


@deco
@deco
def decorated(
    x,
    y=(1, 2),
):
    """A docstring with def decorated(x) in it."""
    return x


class Iterates:
    def __init__(self, n):
        self.n = n


def test_the_definition_alone_is_renamed():
    """Only in its first line, so that other words stay."""
    want = "def other(x):\n    return deco(x)  # its own name elsewhere stays: plain\n"
    assert want == renamed(plain, "other")


def test_decorators_are_left_out():
    """Those of an exercise mean nothing in a worker."""
    text = renamed(decorated, "f")
    assert text.startswith("def f(\n    x,\n    y=(1, 2),\n):\n")
    assert "def decorated(x) in it" in text


def test_a_class_is_renamed_as_well():
    """A right answer may be one."""
    assert renamed(Iterates, "batches").startswith("class batches:\n    def __init__")


def test_a_function_in_another_is_one_at_top_level():
    """Its text is dedented."""

    def inner(x):
        if x:
            return x
        return None

    space = {}
    exec(renamed(inner, "outer"), space)
    assert (5, None) == (space["outer"](5), space["outer"](0))


# What travels.

TWO, WORDS, BOUND = 2, ["a", ("b", None)], float(2**0.5)
DTYPES = {"single": torch.float32}


def twice(x):
    return TWO * x


def twice_again(x):
    return twice(x) if x else even(x)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def factorial(n):
    return 1 if n == 0 else n * factorial(n - 1)


def factorial_of_two(n):
    return factorial(n) * TWO


def recursive_with_a_helper(n):
    return 0 if n == 0 else twice(1) + recursive_with_a_helper(n - 1)


class Counts(Iterates):
    def up(self):
        return Counts(self.n + TWO).n


def uses_a_constant(x):
    return x * TWO


def uses_constants(x):
    return WORDS, BOUND, DTYPES["single"], circle


def uses_a_helper(x):
    return twice_again(x)


def uses_a_class(x):
    return Counts(x).up()


def uses_modules(x):
    return F.relu(torch.ones(x)), np.ones(x), math.sqrt(x)


def uses_builtins(x):
    return [*map(len, sorted(x))]


def test_what_needs_nothing_stays_as_it_was():
    """Its text, with its comments, is what a worker runs."""

    def right(x):
        return 2 * x  # twice

    assert "def g(x):\n    return 2 * x  # twice\n" == standing_alone(right, "g", WHERE)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (uses_a_constant, 4),
        (uses_constants, 4),
        (uses_a_helper, 3),
        (uses_a_helper, 0),
        (uses_a_class, 5),
        (uses_builtins, ["ab", "c"]),
        (odd, 3),
        (factorial_of_two, 4),
        (factorial, 4),
        (recursive_with_a_helper, 3),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_a_function_uses_travels_with_it(function, argument):
    """Constants, helpers, their helpers, classes with their bases: it gives what it gives here."""
    assert function(argument) == alone(function)(argument)


def test_modules_are_imported_again():
    """Under the name that they have here."""
    got, want = alone(uses_modules)(4), uses_modules(4)
    assert want[0].equal(got[0])
    assert (want[1] == got[1]).all()
    assert want[2] == got[2]


def test_a_name_of_the_place_where_it_was_written_travels():
    """A closure's too."""
    three = 3

    def times(x):
        return x * three

    assert 12 == alone(times)(4)


def test_what_travels_is_seen_by_its_function_alone():
    """So that no student's name replaces it, and it replaces none."""
    space = {"torch": torch}
    exec(standing_alone(uses_a_helper, "g", WHERE), space)
    space["TWO"] = space["twice"] = None
    assert 10 == space["g"](5)
    assert "twice_again" not in space


def test_a_helper_of_another_module_travels_too(tmp_path, monkeypatch):
    """With what it uses there; but one name cannot stand for two things."""
    monkeypatch.syspath_prepend(tmp_path)
    for name, factor in (("travels_here", 3), ("travels_there", 4)):
        (tmp_path / f"{name}.py").write_text(f"FACTOR = {factor}\ndef times(x): return FACTOR * x\n")
    here, there = (importlib.import_module(name).times for name in ("travels_here", "travels_there"))

    def uses_one(x):
        return here(x)

    def uses_both(x):
        return here(x) + there(x)

    assert 15 == alone(uses_one)(5)
    assert TRAVELS_NOT.format("FACTOR", "two of its helpers mean different things by it") == refusal(
        uses_both
    )


# What is refused, and why.

TENSOR = torch.ones(2)
PARTIAL = functools.partial(twice, 3)
LAMBDA = lambda x: x + 1  # noqa: E731 - as some authors write a helper


@contextlib.contextmanager
def quietly():
    yield


@torch.no_grad()
def without_history(x):
    return 2 * x


def uses_a_tensor(x):
    return x + TENSOR


def uses_a_partial(x):
    return PARTIAL()


def uses_an_unknown_name(x):
    return nowhere(x)  # noqa: F821 - the slip


def uses_the_kit(x):
    return expect.shape(x)


def uses_a_function_of_the_kit(x):
    return draw(x, 1, 1)


def uses_the_border(x):
    seed(x)
    return x


def uses_a_lambda(x):
    return LAMBDA(x)


def uses_a_decorated_helper(x):
    with quietly():
        return without_history(x)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            uses_an_unknown_name,
            f"{WHERE} uses `nowhere`, which is not defined above it: "
            "define it there, or in the function itself",
        ),
        (
            uses_a_tensor,
            TRAVELS_NOT.format("TENSOR", "it is a Tensor, not a number, string, function or module"),
        ),
        (
            uses_a_partial,
            TRAVELS_NOT.format("PARTIAL", "it is a partial, not a number, string, function or module"),
        ),
        (uses_the_kit, TRAVELS_NOT.format("expect", "autograder.authoring.expect is not there")),
        (
            uses_a_function_of_the_kit,
            TRAVELS_NOT.format("draw", "autograder.authoring.strategies is not there"),
        ),
        (uses_the_border, TRAVELS_NOT.format("seed", "autograder.sandbox.inside.probes is not there")),
        (uses_a_lambda, TRAVELS_NOT.format("LAMBDA", "it is a lambda: write it as a def")),
        (
            uses_a_decorated_helper,
            TRAVELS_NOT.format("quietly", "it would come without its decorators"),
        ),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_cannot_travel_is_refused_in_one_sentence(function, words):
    """At import, by name, with the reason."""
    assert words == refusal(function)


def test_a_probe_may_use_what_lies_beside_it():
    """Of the kit, the border alone: it runs there."""
    assert 3 == alone(uses_the_border, inside=True)(3)
    want = TRAVELS_NOT.format("expect", "autograder.authoring.expect is not there")
    assert want == refusal(uses_the_kit, inside=True)


# Exercises that are called.


def tiny(name: str, *parts: Exercise) -> Exercise:
    one = Exercise(name, order=1, parts=parts)

    @one.answer
    def right(x):
        return 2 * x

    return one


def test_a_part_is_called_by_the_name_of_its_function():
    """In the worker, that is the student's, or a right one in its place."""
    part = tiny("part")
    whole = tiny("whole", part)

    @whole.answer
    def calls(x):
        return part(x) + 1

    assert "def whole(x):\n    return part(x) + 1\n" == whole.right_source
    assert 7 == whole(3)


def test_an_exercise_that_is_no_part_is_refused():
    """In an answer, and in a mistake: nobody would play it."""
    other, whole = tiny("other"), tiny("whole")

    def calls(x):
        return other(x)

    words = "`calls` of `whole` calls `other`, which is not among its parts: add it to parts="
    with pytest.raises(DeclarationError) as caught:
        whole.answer(calls)
    assert f"the answer {words}" == str(caught.value)

    @whole.check(points=1, hint="h")
    def is_right(whole):
        """is right"""

    with pytest.raises(DeclarationError) as caught:
        whole.mistake(fails=[is_right], says="s")(calls)
    assert f"mistake {words}" == str(caught.value)


def test_a_part_under_another_name_is_refused():
    """There it is called as the student calls it."""
    part = tiny("part")
    alias, whole = part, tiny("whole", part)

    def calls(x):
        return alias(x)

    with pytest.raises(DeclarationError) as caught:
        whole.answer(calls)
    want = (
        "the answer `calls` of `whole` uses `alias`, which cannot travel to a worker: there it is called part"
    )
    assert want == str(caught.value)


def test_a_probe_takes_right_answers_along():
    """And what these call in their turn: a probe may pass one to the student's function."""
    one, part = tiny("one"), tiny("part")
    whole = tiny("whole", part)
    alias = whole

    @whole.answer
    def calls(x):
        return part(x) + 1

    @one.probe()
    def passes_a_part(f, x):
        return f(part, x)

    @one.probe()
    def passes_a_whole(f, x):
        return f(whole, x)

    @one.probe()
    def passes_an_alias(f, x):
        return f(alias, x)

    wholly = frozenset(("part", "whole"))
    for probe, want, carried in (
        (passes_a_part, 6, frozenset(("part",))),
        (passes_a_whole, 7, wholly),
        (passes_an_alias, 7, wholly),
    ):
        assert carried == probe.rights
        space = {"torch": torch}
        exec(probe.source, space)
        assert want == space["probe"](lambda g, x: g(x), 3)


def test_a_probe_brings_its_own_exercise_s_answer_nowhere():
    """It would lie beside the student's function, to be found."""
    one = tiny("one")

    def passes_itself(f, x):
        return f(one, x)

    with pytest.raises(DeclarationError, match="would bring `one`'s right answer beside the student's"):
        one.probe()(passes_itself)


def test_a_probe_that_passes_an_unanswered_exercise_is_refused():
    """There is no right answer yet that could travel."""
    unanswered, one = Exercise("unanswered", order=1), tiny("one")

    def passes(f, x):
        return f(unanswered, x)

    with pytest.raises(DeclarationError, match="unanswered"):
        one.probe()(passes)
