"""Exercises: what an author declares."""

import pytest
from cli_helpers import NAME
from hypothesis import strategies as st

import autograder
from autograder.authoring import (
    Exercise,
)
from autograder.judging import gate

GIVEN = st.fixed_dictionaries({"x": st.integers()})


def exercise(**changes):
    return Exercise(**{"name": "double"} | changes)


def with_a_check():
    one = exercise()

    @one.check(points=2, given=GIVEN)
    def doubles(double, x):
        """doubles its number

        and more that a student does not read
        """

    return one, doubles


def with_an_answer():
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
        (("x + x", "x + 1", "x + 1", "x + 2"), 5),
    ],
    ids=["two", "in turn"],
)
def test_a_mistake_may_be_the_right_answer_with_texts_replaced(texts, want):
    """All together; it runs as any other, and has the name that it was given."""
    one, body = with_an_answer()
    made = one.mistake("goes_wrong", "You go wrong.", fails=[body]).replace(
        *texts
    )
    assert one.mistakes == [made]
    space = {}
    exec(made.source, space)
    assert space["double"](3) == want
    assert one(3) == 6
    assert made.name == "goes_wrong"
    assert made.says == "You go wrong."
    assert made.fails == {"doubles"}


def test_a_script_grades_files(tmp_path):
    """By one call: a report for each, also for one that cannot be read."""
    files = {
        "ada": gate.notebook("solutions", NAME),
        "bob": tmp_path / "none.py",
    }
    reports = autograder.grade(NAME, files)
    assert [*reports] == ["ada", "bob"]
    assert [report.score for report in reports.values()] == [
        reports["ada"].max_score,
        0,
    ]
