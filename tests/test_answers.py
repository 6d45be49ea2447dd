"""Answers as students write them: right ones in any style earn everything, wrong ones lose
their own.

Only those that are asked for are graded, many as a class is: `pytest tests/test_answers.py
-m "" -k NAME`. The default run has one of each exercise, and those of which a student reads
certain words.  The slow tests have a twelfth of the right answers, and a twentieth of the
wrong ones.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from course_helpers import with_code
from pasting_helpers import demand_that_it_runs_as_pasted

from autograder import exercises, sentences
from autograder.authoring.exercise import right_answers
from autograder.data import from_json
from autograder.intake.submission import Submission, open_submission, text_of
from autograder.judging import gate
from autograder.judging.report import report_exercise
from autograder.results import Report

# What no message to a student may name: who stands in for a part, how, and where it lies.
OURS = re.compile(
    r"_Part|_made|<locals>|\b(adapted|bounded|recorded)\b|Batches|Handover|autograder"
)
HERE = Path(__file__).parent
SAYS = "# says: "
FILES = {
    kind: sorted(
        p
        for p in (HERE / f"{kind}_answers").glob("*/*")
        if p.suffix in (".py", ".ipynb")
    )
    for kind in ("right", "wrong")
}


def name_of(path):
    return f"{path.parent.name}/{path.name}"


@pytest.fixture(scope="module")
def report_of(verdicts):
    """The report of an answer; its folder names its assignment."""
    return lambda path: verdicts[path.parent.name].judge(
        open_submission(path, "ada")
    )


def params(kind, step=1):
    """Each step-th file of a kind, marked by how often it is tried.

    All but the first of an exercise, or of an assignment if some are left out, are slow
    tests, unless they have words; most of these are exhaustive.
    """
    found = []
    seen = set()
    for i, path in enumerate(FILES[kind][::step]):
        text = path.read_text("utf-8", "replace")
        of = (
            path.parent.name,
            kind == "wrong" and step == 1 and text.split(":")[1],
        )
        rare = pytest.mark.exhaustive if i % 60 else pytest.mark.slow
        found.append(
            pytest.param(
                path,
                marks=[rare] * (of in seen and (step > 1 or SAYS not in text)),
            )
        )
        seen.add(of)
    return found


@pytest.mark.parametrize("path", params("right"), ids=name_of)
def test_a_right_answer_earns_every_point(report_of, path):
    """No right answer loses a point, whatever its style."""
    text = path.read_text(
        "utf-8", "replace"
    )  # a file may answer one exercise alone
    own = {
        one.name
        for one in exercises.load(path.parent.name)
        if one.function in text
    }
    results = [r for r in report_of(path).results if r.exercise in own]
    assert results
    assert [
        (r.check, sentences.message(r)) for r in results if r.lost > 0
    ] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "path",
    [p for p in FILES["right"] if p.match("linear_regression/*.py")][::8],
)
def test_a_right_answer_earns_every_point_in_the_released_notebook(
    verdicts, path
):
    """Among all other cells of the notebook, whose names take nothing away."""
    released = gate.notebook("assignments", "linear_regression").read_text()
    text = json.dumps(with_code(json.loads(released), text_of(path)))
    own = Submission("ada", "ada.ipynb", text, ".ipynb")
    report = verdicts["linear_regression"].judge(own)
    assert report.score == report.max_score


OTHERS = [
    pytest.param(path, marks=pytest.mark.exhaustive)
    for i, path in enumerate(FILES["wrong"])
    if i % 20
]


def trial_of(judges, path):
    """A trial of the function that a wrong answer's first line names."""
    judge = judges[path.parent.name]
    name = path.read_text().split(":")[1]
    (exercise,) = (e for e in judge.exercises if e.name == name.strip())
    parsed = judge.workers.parse(open_submission(path, "ada"))
    return judge.trial(exercise, parsed)


@pytest.mark.parametrize("path", params("wrong"), ids=name_of)
def test_a_wrong_function_loses_points(verdicts, path):
    """It is named in the file's first line, and tried alone."""
    _, second, *_ = path.read_text().split("\n")
    mistakes = verdicts[path.parent.name].mistakes
    results = report_exercise(trial_of(verdicts, path), mistakes)
    lost = [r for r in results if r.lost > 0]
    messages = [sentences.message(r) for r in results]
    assert lost
    assert all(sentences.message(r) for r in lost)
    assert [message for message in messages if OURS.search(message)] == []
    if second.startswith(SAYS):
        words = second.removeprefix(SAYS)
        read = (
            t
            for r in lost
            for t in (sentences.message(r), r.says, sentences.hint(r))
        )
        assert any(text.startswith(words) for text in read)


@pytest.mark.parametrize("path", params("wrong", step=10), ids=name_of)
def test_a_wrong_function_costs_no_other(report_of, path):
    """In a whole submission it alone loses; what runs several together may lose with it."""
    name = path.read_text().split(":")[1].strip()
    own = exercises.load(path.parent.name)
    together = {one.name for one in own if one.function != one.name}
    lost = {r.exercise for r in report_of(path).results if r.lost > 0}
    assert lost - together == {name}


@pytest.mark.parametrize(
    "path", [*params("wrong", step=20), *OTHERS], ids=name_of
)
def test_what_is_to_try_runs_as_pasted(judges, path):
    """After a right notebook nothing raises; after the wrong one it shows what a comment claims.

    And what is kept of the report is the report.
    """
    right = right_answers(exercises.load(path.parent.name))
    report = judges[path.parent.name].judge(open_submission(path, "ada"))
    read = from_json(Report, json.loads(json.dumps(asdict(report))))
    assert (read, read.figures) == (report, report.figures)
    demand_that_it_runs_as_pasted(report.results, right, path.read_text())
