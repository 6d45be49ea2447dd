"""Reports: sums, JSON both ways, and who must look."""

import dataclasses
import json

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


@pytest.mark.parametrize("outcome", Outcome)
def test_only_our_own_error_needs_a_person_and_has_a_reason(outcome):
    """The first of our own messages that says something; whatever a student's code did needs none."""
    one = report(result(), result(outcome=outcome, earned=0, message=" "), result())
    assert (outcome is Outcome.GRADER_ERROR) == one.needs_a_person
    assert (NO_REASON if one.needs_a_person else "") == one.reason
    assert (4, 6) == (one.score, one.max_score)
    failed = result(outcome=Outcome.FAILED, earned=0, message="expected 1, got 2")
    loud = result(outcome=Outcome.GRADER_ERROR, earned=0, message="the disk is full")
    assert "the disk is full" == report(failed, *one.results, loud, loud).reason
    assert (0, 0, False, "") == (
        report().score,
        report().max_score,
        report().needs_a_person,
        report().reason,
    )


@pytest.mark.parametrize("one", [FULL, report(), report(result(outcome=Outcome.TIMEOUT, earned=0))])
def test_a_report_comes_back_from_json(one):
    """As text and back, nothing is lost, but for a traceback of ours; its keys are those others read."""
    tree = json.loads(json.dumps(dataclasses.replace(one, log="Traceback").to_json()))
    assert one == Report.from_json(tree, one.assignment)
    names = "id name file score max_score flags notes seconds timings figures follows late_days checks"
    names += " answers decisions files code content"
    assert sorted(names.split()) == sorted(tree)
    fields = {"exercise", "check", "title", "points", "earned", "outcome", "message", "mistake"}
    assert [True] * len(tree["checks"]) == [fields <= check.keys() for check in tree["checks"]]


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
