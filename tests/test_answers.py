"""Answers as students write them: right ones in any style earn everything, wrong ones lose their own.

Graded as a class is, and only those that are asked for: `pytest tests/test_answers.py -k NAME`.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from autograder import exercises
from autograder.grading.machine import cores
from autograder.grading.session import Session
from autograder.intake.submission import open_submission
from autograder.settings import Settings

HERE = Path(__file__).parent
FILES = {
    kind: sorted(p for p in (HERE / f"{kind}_answers").glob("*/*") if p.suffix in (".py", ".ipynb"))
    for kind in ("right", "wrong")
}


def name_of(path):
    return f"{path.parent.name}/{path.name}"


@pytest.fixture(scope="module")
def reports(request):
    """The report of each file that a test of this run asks for; a folder's name is its assignment's."""
    classes = defaultdict(set)
    for item in request.session.items:
        path = getattr(item, "callspec", None) and item.callspec.params.get("path")
        if path in FILES["right"] or path in FILES["wrong"]:
            classes[path.parent.name].add(path)
    graded = {}
    for assignment, paths in classes.items():
        files = {str(path): path for path in sorted(paths)}
        submissions = (open_submission(path, id, file=path.name) for id, path in files.items())
        with Session(assignment, Settings(), jobs=min(cores(), len(files))) as session:
            graded |= {files[s.id]: report for s, report in session.reports(submissions)}
    return graded


@pytest.mark.parametrize("path", FILES["right"], ids=name_of)
def test_a_right_answer_earns_every_point(reports, path):
    """No right answer loses a point, whatever its style."""
    lost = [(r.exercise, r.check, r.message) for r in reports[path].results if r.earned < r.points]

    assert [] == lost


# Every fourth of the wrong ones in each run of the tests; all are slow tests.
SOME = {
    path
    for assignment in exercises.assignments()
    for path in [p for p in FILES["wrong"] if p.parent.name == assignment][::4]
}
WRONG = [pytest.param(path, marks=[pytest.mark.slow] * (path not in SOME)) for path in FILES["wrong"]]


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_wrong_function_loses_points_and_costs_no_other(reports, path):
    """The function named in the file's first line loses; what runs several together may lose with it."""
    wrong = path.read_text(encoding="utf-8").partition("\n")[0].split(":")[1].strip()
    together = {e.name for e in exercises.of(path.parent.name) if e.function != e.name}
    lost = {r.exercise for r in reports[path].results if r.earned < r.points}

    assert {wrong} == lost - together
    assert all(r.message for r in reports[path].results if r.earned < r.points)


def test_there_are_enough_of_both():
    """The corpus does not shrink unseen, and no assignment is without."""
    assert len(FILES["right"]) >= 70
    assert len(FILES["wrong"]) >= 190
    for files in FILES.values():
        assert set(exercises.assignments()) == {path.parent.name for path in files}
