"""Reports: sums, JSON both ways, and who must look."""

from __future__ import annotations

import dataclasses
import json

import pytest

from autograder.results import Outcome, Report, Result


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
    """The score adds what was earned, the maximum what there is to earn."""
    assert (2, 3.5) == (FULL.score, FULL.max_score)


def test_a_report_without_results_has_no_points():
    """Sums over nothing are 0."""
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
    names = ["id", "file", "score", "max_score", "flags", "notes", "seconds", "timings", "checks"]
    assert sorted(names) == sorted(tree)
    assert (2, 3.5, "ada") == (tree["score"], tree["max_score"], tree["id"])
    fields = {"exercise", "check", "title", "points", "earned", "outcome", "message", "mistake"}
    assert fields <= tree["checks"][0].keys()
    assert ["passed", "failed"] == [check["outcome"] for check in tree["checks"]]
    assert str is type(tree["checks"][0]["outcome"])


def test_an_unknown_outcome_is_refused():
    """A report that another program wrote is not guessed at."""
    tree = FULL.to_json()
    tree["checks"][0]["outcome"] = "splendid"
    with pytest.raises(ValueError, match="splendid"):
        Report.from_json(tree, "linear_regression")


@pytest.mark.parametrize("missing", ["id", "file", "flags", "notes", "seconds", "timings", "checks"])
def test_a_missing_key_is_refused(missing):
    """Half a report is none."""
    tree = FULL.to_json()
    del tree[missing]
    with pytest.raises(KeyError, match=missing):
        Report.from_json(tree, "linear_regression")


def test_an_unknown_field_of_a_check_is_refused():
    """A newer report is not read as an older one."""
    tree = FULL.to_json()
    tree["checks"][0]["weight"] = 1
    with pytest.raises(TypeError, match="weight"):
        Report.from_json(tree, "linear_regression")


def test_results_and_reports_are_frozen():
    """What happened cannot be changed afterwards."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.seconds = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.results[0].earned = 2


def test_outcomes_read_as_their_words():
    """The seven words that stand in results.json."""
    words = ["passed", "failed", "error", "timeout", "crashed", "missing", "grader_error"]
    assert words == [str(outcome) for outcome in Outcome]
