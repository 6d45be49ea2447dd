"""Sources that stand alone: what a function uses of its module travels with it, or is refused in words."""

from __future__ import annotations

import contextlib
from math import tau as circle

import pytest
import torch

from autograder.authoring import DeclarationError, Exercise, expect
from autograder.authoring.sources import renamed, standing_alone
from autograder.sandbox.inside.probes import seed

WHERE = "the answer `f` of `double`"
TRAVELS_NOT = f"{WHERE} uses `{{}}`, which cannot be sent to a worker. {{}}"


def alone(function, name: str = "g", **options):
    """What stands under the new name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(standing_alone(function, name, WHERE, **options), space)
    return space[name]


def refusal(function, **options) -> str:
    with pytest.raises(DeclarationError) as caught:
        standing_alone(function, "g", WHERE, **options)
    return str(caught.value)


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


# What travels.

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


# What is refused, and why.

TENSOR = torch.ones(2)
LAMBDA = lambda x: x + 1  # noqa: E731 - as some authors write a helper


@contextlib.contextmanager
def quietly():
    yield


@torch.no_grad()
def without_history(x):
    return 2 * x


def uses_a_tensor(x):
    return x + TENSOR


def uses_an_unknown_name(x):
    return nowhere(x)  # noqa: F821 - the slip


def uses_the_kit(x):
    return expect.shape(x)


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
            f"{WHERE} uses `nowhere`, which is not defined above it. Define it there or inside the function.",
        ),
        (
            uses_a_tensor,
            TRAVELS_NOT.format("TENSOR", "It is a Tensor. Use a number, string, function or module."),
        ),
        (
            uses_the_kit,
            TRAVELS_NOT.format(
                "expect",
                "Workers do not have autograder.authoring.expect. Copy what you need into this file.",
            ),
        ),
        (
            uses_the_border,
            TRAVELS_NOT.format(
                "seed",
                "Workers do not have autograder.sandbox.inside.probes. Copy what you need into this file.",
            ),
        ),
        (uses_a_lambda, TRAVELS_NOT.format("LAMBDA", "It is a lambda. Write it as a def.")),
        (
            uses_a_decorated_helper,
            TRAVELS_NOT.format("quietly", "It has decorators, which would be lost. Remove them."),
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
    want = TRAVELS_NOT.format(
        "expect", "Workers do not have autograder.authoring.expect. Copy what you need into this file."
    )
    assert want == refusal(uses_the_kit, inside=True)


# Exercises that are called.


def tiny(name: str, *parts: Exercise) -> Exercise:
    one = Exercise(name, order=1, parts=parts)

    @one.answer
    def right(x):
        return 2 * x

    return one


def test_an_exercise_that_is_no_part_is_refused():
    """In an answer, and in a mistake: nobody would play it."""
    other, whole = tiny("other"), tiny("whole")

    def calls(x):
        return other(x)

    words = "`calls` of `whole` calls `other`, which is not one of its parts. Add it to parts=."
    with pytest.raises(DeclarationError) as caught:
        whole.answer(calls)
    assert f"the answer {words}" == str(caught.value)

    @whole.check(points=1, hint="h")
    def is_right(whole):
        """is right"""

    with pytest.raises(DeclarationError) as caught:
        whole.mistake(fails=[is_right], says="s")(calls)
    assert f"mistake {words}" == str(caught.value)


def test_a_probe_brings_its_own_exercise_s_answer_nowhere():
    """It would lie beside the student's function, to be found."""
    one = tiny("one")

    def passes_itself(f, x):
        return f(one, x)

    with pytest.raises(
        DeclarationError,
        match=r"would put the right answer of `one` beside the student's code. Remove that call.",
    ):
        one.probe()(passes_itself)
