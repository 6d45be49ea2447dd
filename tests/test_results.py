"""Reports: sums, JSON both ways, and who must look."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from autograder.results import NO_REASON, Outcome, Report, Result


def result(**changes) -> Result:
    known = Result("sgd", "moves", "moves it", 2, 2, Outcome.PASSED)
    return dataclasses.replace(known, **changes)


def report(*results: Result, **changes) -> Report:
    known = Report("ada", "ada/linear_regression.ipynb", "linear_regression", results)
    return dataclasses.replace(known, **changes)


FULL = report(
    result(),
    result(
        check="stays",
        points=1.5,
        earned=0,
        outcome=Outcome.FAILED,
        message="expected 1, got 2",
        example="x = [0.]",
        mistake="rebinds",
        says="You rebind it.",
        hint="In place? 学习 λ",
    ),
    flags=("there is a .py file too",),
    notes=("cell 3, line 1 could not be read: invalid syntax",),
    seconds=0.25,
    timings={"vector_add.seconds": 0.001},
)


def test_scores_are_sums():
    """The score adds what was earned, the maximum what there is to earn; of nothing both are 0."""
    assert (2, 3.5) == (FULL.score, FULL.max_score)
    assert (0, 0, False) == (report().score, report().max_score, report().needs_a_person)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_our_own_error_needs_a_person(outcome):
    """Whatever a student's code did needs none."""
    one = report(result(), result(outcome=outcome, earned=0), result())
    assert (outcome is Outcome.GRADER_ERROR) == one.needs_a_person


@pytest.mark.parametrize("one", [FULL, report(), report(result(outcome=Outcome.TIMEOUT, earned=0))])
def test_a_report_comes_back_from_json(one):
    """As text and back, nothing is lost."""
    text = json.dumps(one.to_json())
    assert one == Report.from_json(json.loads(text), one.assignment)


def test_json_has_the_keys_of_the_machine_interface():
    """The names that other programs read."""
    tree = FULL.to_json()
    names = [
        "id",
        "name",
        "file",
        "score",
        "max_score",
        "flags",
        "notes",
        "seconds",
        "timings",
        "figures",
        "follows",
        "late_days",
        "answers",
        "decisions",
        "files",
        "code",
        "content",
    ]
    assert sorted([*names, "checks"]) == sorted(tree)
    assert (2, 3.5, "ada") == (tree["score"], tree["max_score"], tree["id"])
    fields = {"exercise", "check", "title", "points", "earned", "outcome", "message", "mistake"}
    assert fields <= tree["checks"][0].keys()
    assert ["passed", "failed"] == [check["outcome"] for check in tree["checks"]]
    assert str is type(tree["checks"][0]["outcome"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda tree: tree.pop("seconds"), KeyError),
        (lambda tree: tree["checks"][0].update(outcome="splendid"), ValueError),
        (lambda tree: tree["checks"][0].update(weight=1), TypeError),
    ],
    ids=["half a report", "an unknown outcome", "a newer one"],
)
def test_a_report_that_another_program_wrote_is_not_guessed_at(change, error):
    """An older one has no name, which is read as none."""
    tree = FULL.to_json()
    del tree["name"]
    assert FULL == Report.from_json(tree, FULL.assignment)
    change(tree)
    with pytest.raises(error):
        Report.from_json(tree, FULL.assignment)


def test_whoever_needs_a_person_has_a_reason():
    """The first of our own messages that says something, whatever a student's check said before it."""
    failed = result(outcome=Outcome.FAILED, earned=0, message="expected 1, got 2")
    silent = result(outcome=Outcome.GRADER_ERROR, earned=0, message=" ")
    loud = result(outcome=Outcome.GRADER_ERROR, earned=0, message="the disk is full")
    assert "the disk is full" == report(failed, silent, loud, loud).reason
    assert NO_REASON == report(failed, silent).reason
    assert "" == report(failed).reason == report().reason


def test_a_traceback_of_ours_is_not_in_json():
    """It is for a file beside the results, and is no part of what happened."""
    logged = dataclasses.replace(FULL, log="Traceback of ours")
    assert FULL.to_json() == logged.to_json()
    assert "" == Report.from_json(logged.to_json(), FULL.assignment).log
    assert FULL == logged


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_times_that_are_no_numbers_leave_json_valid(odd):
    """JSON has no NaN and no Infinity, and the report still comes back."""
    one = report(result(), seconds=odd, timings={"whole": 1.0, "odd": odd})
    tree = json.loads(json.dumps(one.to_json(), allow_nan=False))
    assert (None, {"whole": 1.0}) == (tree["seconds"], tree["timings"])
    back = Report.from_json(tree, one.assignment)
    assert math.isnan(back.seconds)
    assert {"whole": 1.0} == back.timings
    assert tree == json.loads(json.dumps(back.to_json(), allow_nan=False))
