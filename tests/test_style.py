"""A check of style, as an author writes one: it costs its own points, and nothing else looks
at it.
"""

from contextlib import closing

import part_probes
import pytest

from autograder import sentences
from autograder.auditing import auditor as auditing
from autograder.auditing.auditor import Auditor
from autograder.auditing.programs import Program
from autograder.authoring import Exercise, expect, tensors
from autograder.intake.submission import Submission
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings

mean_loss = Exercise("mean_loss")


@mean_loss.answer
def right(losses):
    return losses.sum() / len(losses)


docstring_of = mean_loss.probe(part_probes.docstring_of, reply=(str, None))


@mean_loss.check(points=1, of_style=True)
def has_a_docstring(mean_loss):
    """has a docstring"""
    expect.that(bool(docstring_of(mean_loss)), "it has no docstring")


@mean_loss.check(points=3, given=tensors(losses="n"))
def is_the_mean(mean_loss, losses):
    """gives the mean of the losses"""
    expect.agreement(mean_loss, right, losses)


ALL = [check.name for check in mean_loss.checks]
mean_loss.mistake("sums_up", "You do not divide.", fails=ALL).replace(
    " / len(losses)", ""
)

slope = Exercise("slope", parts=[mean_loss])


@slope.answer
def steep(losses):
    return mean_loss(losses) * 2


@slope.check(points=1, given=tensors(losses="n"))
def is_twice_the_mean(slope, losses):
    """gives twice the mean"""
    expect.agreement(slope, steep, losses)


EXERCISES = [mean_loss, slope]
SLOPE = "def slope(losses):\n    return mean_loss(losses) * 2\n"
WRITTEN = '    """The mean of the losses."""\n'


@pytest.fixture(scope="module")
def judge():
    with closing(
        Judge(EXERCISES, cases.draw("statistics", EXERCISES, 1), Settings())
    ) as judge:
        yield judge


@pytest.mark.parametrize("docstring", [WRITTEN, ""], ids=["written", "none"])
@pytest.mark.parametrize(
    ("value", "earned", "mistake", "has_slip"),
    [
        ("losses.mean()", 3, "", False),
        ("losses.sum()", 0, "sums_up", False),
        ("losses.meen()", 0, "", True),
    ],
)
def test_style_costs_its_own_points_and_changes_no_other_result(
    judge, docstring, value, earned, mistake, has_slip
):
    """The known mistake and the slip are found with and without a docstring."""
    text = f"def mean_loss(losses):\n{docstring}    return {value}\n{SLOPE}"
    report = judge.judge(Submission("ada", "ada.py", text))
    style, values, caller = report.results
    assert (style.earned == 1) == (docstring != "")
    assert values.earned == earned
    assert docstring or "it has no docstring" in sentences.message(style)
    found = values.mistake, values.slip is not None
    assert found == (mistake, has_slip)
    assert (style.mistake, style.slip) == ("", None)
    assert caller.earned == 1
    assert report.knock_on == {}  # the right part stands in


def test_the_docstring_of_a_stub_earns_nothing(judge):
    """The release wrote it, and the untouched notebook has it."""
    body = f"{WRITTEN}    raise NotImplementedError('mean_loss')\n"
    text = f"def mean_loss(losses):\n{body}{SLOPE}"
    style, values, _ = judge.judge(Submission("ada", "ada.py", text)).results
    assert (style.earned, values.earned) == (0, 0)
    assert sentences.message(style) == sentences.message(values)
    assert sentences.message(style).startswith("Not attempted yet.")


def test_no_known_mistake_fails_a_check_of_style():
    """Also if it is said to fail all checks."""
    (mistake,) = mean_loss.mistakes
    assert ALL == ["has_a_docstring", "is_the_mean"]
    assert mistake.fails == {"is_the_mean"}


def test_the_author_s_own_wrong_answer_may_be_wrong_in_style_alone(
    judge, monkeypatch
):
    """`autograder check` leaves style out for programs that the kit makes."""
    monkeypatch.setattr(auditing, "load_exercises", lambda name: EXERCISES)
    auditor = Auditor("statistics", Settings())
    auditor.judge = judge
    text = "def mean_loss(losses):\n    return losses.mean()\n"
    lost = {
        sort: auditor.look(Program("mean_loss", sort, "x.py", text)).failed
        for sort in ("wrong", "right", "mutant")
    }
    assert lost == {"wrong": ("has_a_docstring",), "right": (), "mutant": ()}
