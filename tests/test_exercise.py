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
        (("x + x", "x + 0", "+ 0", "+ 1"), 4),
    ],
    ids=["two", "one writes what the other replaces"],
)
def test_a_mistake_may_be_the_right_answer_with_texts_replaced(texts, want):
    """All together; it runs as any other, and has the name that it was given."""
    one, body = with_an_answer()
    made = one.mistake("goes_wrong", "You go wrong.", fails=[body]).replace(
        *texts
    )
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
    files = {
        "ada": gate.notebook("solutions", NAME),
        "bob": tmp_path / "none.py",
    }
    reports = autograder.grade(NAME, files)
    assert ["ada", "bob"] == [*reports]
    assert [reports["ada"].max_score, 0] == [
        report.score for report in reports.values()
    ]
