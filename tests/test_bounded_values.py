"""What a worker says is decoded into bounded kinds: no check meets a value that it cannot compute with."""

from __future__ import annotations

import json

import pytest

from autograder import wire
from autograder.authoring import Exercise, expect, tensors
from autograder.judging import cases
from autograder.judging.check_runner import CheckRunner
from autograder.results import Outcome
from autograder.settings import Settings
from autograder.wire import Other, Raised, WireError


def decoded(tree, **bounds):
    return wire.unpack(json.dumps(tree).encode(), bytearray(), **bounds)


@pytest.mark.parametrize("number", [2**63, -(2**63), 1 << 4000, -(10**400)])
def test_a_number_beyond_64_bits_is_none(number):
    """Whole numbers as a tensor can hold them cross; what is computed with the largest is a number too."""
    assert [Other("whole number beyond 64 bits")] == decoded([number])
    assert Other("whole number beyond 64 bits") == wire.opened(wire.pack(number))
    assert [2**63 - 1, 1 - 2**63] == decoded([2**63 - 1, 1 - 2**63])


def test_words_are_cut():
    """A message of megabytes is searched, compared and shown in part."""
    words = "a" * (1 << 20)
    raised = decoded({"raised": [words, words, words]})
    assert Raised("a" * 100, "a" * 2000, "a" * 300) == raised
    assert Other("a" * 100) == decoded({"other": words})


@pytest.mark.parametrize(
    ("tree", "rows"),
    [
        ({"$": ["float32", 1 << 24, 0]}, wire.MAX_ROWS),
        ([{"$": ["float32", 600, 0]}] * 2, 1000),
        ({"numpy": {"$": ["float32", 1001, 0]}}, 1000),
    ],
)
def test_rows_are_counted_where_they_take_no_bytes(tree, rows):
    """As lists, 2**24 of them take a gigabyte, and a tensor without elements may claim 2**40."""
    with pytest.raises(WireError, match="the frame has too many rows"):
        decoded(tree, rows=rows)
    assert (1000, 0) == decoded({"$": ["float32", 1000, 0]}).shape  # a wrong answer, of a shape to name


@pytest.mark.parametrize("error", ["OverflowError", "ZeroDivisionError"])
def test_arithmetic_that_ends_is_the_answers_fault(error):
    """The reference has passed the same body with the same cases; any other exception is ours."""
    made = Exercise("made", order=1)

    @made.check(points=1, given=tensors(x="n"), hint="Is there a number?")
    def adds_up(made, x):
        """gives a number"""
        value = made(x)
        if error == "OverflowError":
            int(value)
        expect.that(1 // value == 1, "no")

    drawn = cases.draw("made", [made], 1)
    prepared = CheckRunner(made, made.checks[0], drawn, Settings())
    answer = float("inf") if error == "OverflowError" else 0
    found = prepared.judged(prepared.cases[0], {}, lambda question: (answer, 0.0), frozenset())
    assert (Outcome.FAILED, "beyond") == (found.outcome, found.kind)
    found = prepared.judged(prepared.cases[0], {}, lambda question: ("text", 0.0), frozenset())
    assert Outcome.GRADER_ERROR is found.outcome
