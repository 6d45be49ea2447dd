"""Answers as students write them: right ones in any style earn everything, wrong ones lose
their own.

Only those that are asked for are graded, many as a class is: `pytest tests/test_answers.py
-m "" -k NAME`. The default run has one of each exercise, and those of which a student reads
certain words.  The slow tests have a twelfth of the right answers, and a twentieth of the
wrong ones.
"""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from course_helpers import with_code
from pasting_helpers import demand_that_it_runs_as_pasted

from autograder import exercises, sentences
from autograder.authoring.exercise import right_answers
from autograder.grading.machine import cores
from autograder.grading.session import Session
from autograder.intake.submission import Submission, open_submission, text_of
from autograder.judging import gate
from autograder.judging.report import report_exercise
from autograder.results import Outcome
from autograder.settings import Settings

# What no message to a student may name: who stands in for a part, how, and where it lies.
OURS = re.compile(
    r"_Part|_made|<locals>|\b(adapted|bounded|recorded|recordings)\b|Batches|Handover|autograder"
)
FEW = 25  # files, which a judge that is there has done before others could start
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
def reports(request):
    """The report of each right answer that a test of this run asks for; its folder names its
    assignment.
    """
    classes = defaultdict(set)
    for item in request.session.items:
        path = getattr(item, "callspec", None) and item.callspec.params.get("path")
        if path in FILES["right"]:
            classes[path.parent.name].add(path)
    graded = {}
    for assignment, paths in classes.items():
        files = {str(path): path for path in sorted(paths)}
        submissions = (open_submission(path, id) for id, path in files.items())
        if len(files) <= FEW:
            judge = request.getfixturevalue("verdicts")[assignment]
            graded |= {files[one.id]: judge.judge(one) for one in submissions}
            continue
        with Session(assignment, Settings(shrink_tries=0), jobs=cores()) as session:
            graded |= {
                files[s.id]: report for s, report in session.reports(submissions)
            }
    return graded


def params(kind, step=1):
    """Each step-th file of a kind, marked by how often it is tried.

    All but the first of an exercise, or of an assignment if some are left out, are slow
    tests, unless they have words; most of these are exhaustive.
    """
    found, seen = [], set()
    for i, path in enumerate(FILES[kind][::step]):
        text = path.read_text("utf-8", "replace")
        of = path.parent.name, kind == "wrong" and step == 1 and text.split(":")[1]
        rare = pytest.mark.exhaustive if i % 60 else pytest.mark.slow
        found.append(
            pytest.param(
                path, marks=[rare] * (of in seen and (step > 1 or SAYS not in text))
            )
        )
        seen.add(of)
    return found


@pytest.mark.parametrize("path", params("right"), ids=name_of)
def test_a_right_answer_earns_every_point(reports, path):
    """No right answer loses a point, whatever its style."""
    text = path.read_text("utf-8", "replace")  # a file may answer one exercise alone
    answered = {
        one.name for one in exercises.load(path.parent.name) if one.function in text
    }
    results = [
        r
        for r in reports[path].results
        if r.outcome is not Outcome.MISSING or r.exercise in answered
    ]
    lost = [
        (r.exercise, r.check, sentences.message(r))
        for r in results
        if r.earned < r.points
    ]

    assert results
    assert [] == lost


@pytest.mark.exhaustive
def test_a_right_answer_earns_every_point_in_the_released_notebook():
    """Among all other cells that the notebook has, whose names are theirs: they take nothing
    away.
    """
    name = "linear_regression"
    released = json.loads(
        gate.notebook("assignments", name).read_text(encoding="utf-8")
    )

    def handed_in():
        for path in [path for path in FILES["right"] if path.parent.name == name][::8]:
            text = text_of(path)
            notebook = (
                with_code(released, text) if path.suffix == ".py" else json.loads(text)
            )
            yield Submission(path.stem, path.name, json.dumps(notebook), ".ipynb")

    with Session(name, Settings(), jobs=cores()) as session:
        reports = {one.id: report for one, report in session.reports(handed_in())}
    assert len(reports) > 9
    assert [] == [
        id for id, report in reports.items() if report.score < report.max_score
    ]


OTHERS = [
    pytest.param(path, marks=pytest.mark.exhaustive)
    for i, path in enumerate(FILES["wrong"])
    if i % 20
]


def trial_of(judges, path):
    """A trial of the function that a wrong answer's first line names."""
    judge, name = (
        judges[path.parent.name],
        path.read_text(encoding="utf-8").split("\n")[0].split(":")[1],
    )
    (exercise,) = [e for e in judge.exercises if e.name == name.strip()]
    parsed, _ = judge.parse(open_submission(path, "ada"))
    return judge.trial(exercise, parsed)


@pytest.mark.parametrize("path", params("wrong"), ids=name_of)
def test_a_wrong_function_loses_points(verdicts, path):
    """It is named in the file's first line, and tried alone."""
    _, second, *_ = path.read_text(encoding="utf-8").split("\n")
    results = report_exercise(
        trial_of(verdicts, path), verdicts[path.parent.name].mistakes, False
    )
    lost = [r for r in results if r.earned < r.points]

    assert lost
    assert all(sentences.message(r) for r in lost)
    if second.startswith(SAYS):
        read = [
            words
            for r in lost
            for words in (sentences.message(r), r.says, sentences.hint(r))
        ]
        assert [] != [
            words for words in read if words.startswith(second.removeprefix(SAYS))
        ]
    assert [] == [
        sentences.message(r) for r in results if OURS.search(sentences.message(r))
    ]


@pytest.mark.parametrize("path", params("wrong", step=10), ids=name_of)
def test_a_wrong_function_costs_no_other(verdicts, path):
    """In a whole submission it alone loses; what runs several together may lose with it."""
    name = path.read_text(encoding="utf-8").split(":")[1].strip()
    together = {
        e.name for e in exercises.load(path.parent.name) if e.function != e.name
    }
    report = verdicts[path.parent.name].judge(open_submission(path, "ada"))

    assert {name} == {
        r.exercise for r in report.results if r.earned < r.points
    } - together


@pytest.mark.parametrize("path", [*params("wrong", step=20), *OTHERS], ids=name_of)
def test_what_is_to_try_runs_as_pasted(judges, path):
    """After a right notebook nothing raises; after the wrong one it shows what a comment claims."""
    right = right_answers(exercises.load(path.parent.name))
    results = report_exercise(
        trial_of(judges, path), judges[path.parent.name].mistakes, False
    )
    demand_that_it_runs_as_pasted(results, right, path.read_text("utf-8"))
