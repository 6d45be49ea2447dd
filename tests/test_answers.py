"""Answers as students write them: right ones in any style earn everything, wrong ones lose their own."""

from pathlib import Path

import pytest

from autograder import batch, gate
from autograder.collect import Entry

HERE = Path(__file__).parent
FILES = {
    kind: sorted(p for p in (HERE / f"{kind}_answers").glob("*/*") if p.suffix in (".py", ".ipynb"))
    for kind in ("right", "wrong")
}


def name_of(path):
    return f"{path.parent.name}/{path.name}"


@pytest.fixture(scope="module")
def reports():
    """The report of each file, graded as a class is."""
    graded = {}
    for assignment in ("vectorization", "linear_regression"):
        files = [p for kind in FILES for p in FILES[kind] if p.parent.name == assignment]
        entries = [Entry(str(p), p, p.name) for p in files]
        with batch.Batch(gate.exam_of(assignment), batch.cores()) as pool:
            graded |= {entry.path: report for entry, report in pool.reports(entries)}
    return graded


@pytest.mark.parametrize("path", FILES["right"], ids=name_of)
def test_a_right_answer_earns_every_point(reports, path):
    """No right answer loses a point, whatever its style."""
    lost = [(r.exercise, r.check, r.message) for r in reports[path].results if r.earned < r.points]

    assert [] == lost


@pytest.mark.parametrize("path", FILES["wrong"], ids=name_of)
def test_a_wrong_function_loses_points_and_costs_no_other(reports, path):
    """The function named in the file's first line loses, and only end_to_end may lose with it."""
    wrong = path.read_text(encoding="utf-8").partition("\n")[0].split(":")[1].strip()
    lost = {r.exercise for r in reports[path].results if r.earned < r.points}

    assert {wrong} == lost - {"end_to_end"}
    assert all(r.message for r in reports[path].results if r.earned < r.points)


def test_there_are_enough_of_both():
    """The corpus does not shrink unseen."""
    assert len(FILES["right"]) >= 70
    assert len(FILES["wrong"]) >= 190
