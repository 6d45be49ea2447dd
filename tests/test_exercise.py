"""Exercises: what an author declares, and what a function uses of its module, which travels with it."""

from math import tau as circle

import pytest
import torch
from cli_helpers import NAME

import autograder
from autograder.authoring.proxy import Student
from autograder.authoring.sources import standing_alone
from autograder.errors import DeclarationError
from autograder.judging import gate


def test_a_script_grades_files(tmp_path):
    """By one call: a report for each, also for one that cannot be read."""
    files = {"ada": gate.notebook("solutions", NAME), "bob": tmp_path / "none.py"}
    reports = autograder.grade(NAME, files)
    assert ["ada", "bob"] == [*reports]
    assert [reports["ada"].max_score, 0] == [report.score for report in reports.values()]


WHERE = "the answer `f` of `double`"


def alone(function):
    """What stands under another name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(standing_alone(function, "g", WHERE), space)
    return space["g"]


class Iterates:
    def __init__(self, n):
        self.n = n


TWO, WORDS, BOUND = 2, ["a", ("b", None)], float(2**0.5)
DTYPES = {"single": torch.float32}


def twice(x):
    return TWO * x


def twice_again(x):
    return twice(x) + 0


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


def test_a_check_calls_the_function_by_place_or_by_name():
    """The last parameters may be named; what would leave one out is refused."""
    given = []
    student = Student(lambda question: (given.append(question.given), 0.0), {}, names=("x", "y"))
    student(2, y=3)
    student(y=3, x=2)
    assert [(2, 3)] * 2 == given
    with pytest.raises(DeclarationError, match="y, which are not its last parameters"):
        student(y=3)
