"""Exercises: what an author declares, and what a function uses of its module, which travels with
it.
"""

from math import tau as circle

import pytest
import torch
from cli_helpers import NAME
from hypothesis import strategies as st

import autograder
from autograder.authoring import (
    Exercise,
)
from autograder.authoring.proxy import Student
from autograder.authoring.sources import Bundle
from autograder.errors import DeclarationError
from autograder.judging import gate
from autograder.sandbox.inside.probes import seed

GIVEN = st.fixed_dictionaries({"x": st.integers()})


def exercise(**changes) -> Exercise:
    return Exercise(**{"name": "double"} | changes)


def with_a_check() -> tuple[Exercise, object]:
    one = exercise()

    @one.check(points=2, given=GIVEN)
    def doubles(double, x):
        """doubles its number

        and more that a student does not read
        """

    return one, doubles


HALF = 0.5  # beside the answer: what a changed text uses travels with it


def with_an_answer() -> tuple[Exercise, object]:
    one, body = with_a_check()

    @one.answer
    def right(x):
        twice = x + x
        return twice + 0

    return one, body


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        (("    twice = x + x\n", "", "twice + 0", "x"), 3),
        (("+ 0", "+ HALF"), 6.5),
        (("x + x", "x + 0", "+ 0", "+ 1"), 4),
    ],
    ids=["two", "a constant", "one writes what the other replaces"],
)
def test_a_mistake_may_be_the_right_answer_with_texts_replaced(texts, want):
    """All together; it runs as any other, and has the name that it was given."""
    one, body = with_an_answer()
    made = one.mistake("goes_wrong", "You go wrong.", fails=[body]).replace(*texts)
    one.sample(dana=made)
    assert ([made], {"dana": made.source}) == (one.mistakes, one.students)
    space = {}
    exec(made.source, space)
    assert (want, 6) == (space["double"](3), one(3))
    assert ("goes_wrong", "You go wrong.", {"doubles"}) == (
        made.name,
        made.says,
        made.fails,
    )


def test_a_script_grades_files(tmp_path):
    """By one call: a report for each, also for one that cannot be read."""
    files = {"ada": gate.notebook("solutions", NAME), "bob": tmp_path / "none.py"}
    reports = autograder.grade(NAME, files)
    assert ["ada", "bob"] == [*reports]
    assert [reports["ada"].max_score, 0] == [
        report.score for report in reports.values()
    ]


WHERE = "the answer `f` of `double`"


def alone(function, name: str = "g"):
    """What stands under the new name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(Bundle(WHERE, []).source(function, name), space)
    return space[name]


def plain(x):
    return deco(x)  # its own name elsewhere stays: plain


def deco(function):
    return function


class Iterates:
    def __init__(self, n):
        self.n = n


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
    exec(Bundle(WHERE, []).source(uses_a_helper, "g"), space)
    space["TWO"] = space["twice"] = None
    assert 10 == space["g"](5)
    assert "twice_again" not in space


def uses_the_border(x):
    seed(x)
    return x


def test_a_check_calls_the_function_by_place_or_by_name():
    """The last parameters may be named; what would leave one out is refused."""
    given = []
    student = Student(
        lambda question: (given.append(question.args), 0.0), {}, names=("x", "y")
    )
    student(2, y=3)
    student(y=3, x=2)
    assert [(2, 3)] * 2 == given
    with pytest.raises(DeclarationError, match="y, which are not its last parameters"):
        student(y=3)


def repeats(n):
    return [] if n == 0 else [n, *repeats(n - 1)]


again = repeats


def uses_an_alias(n):
    return again(n)


def test_a_helper_under_another_name_may_call_itself():
    """By the name that it has where it was written."""
    assert [2, 1] == alone(uses_an_alias)(2)
