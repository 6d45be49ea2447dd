"""Reports and their folder: nothing is lost, and each file is for one reader."""

import contextlib
import csv
import json
import math
import re
import resource
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assessment import Assessment, Decision
from autograder.errors import Message
from autograder.reporting import atomic
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError
from autograder.reporting.view import View
from autograder.results import Outcome, Report, Result, said
from autograder.untrusted_text import is_printed, safe_name

NAME = "linear_regression"
RUN = {"seed": 1}
SECRET = (
    'Traceback (most recent call last):\n  File "judge.py", line 1\nKeyError: hidden\n'
)


def report(id="ann", earned=1.0, outcome=Outcome.PASSED, message="", **more) -> Report:
    """A report of one exercise with two checks, the second as told."""
    first = Result("sgd", "moves", "moves each parameter", 1, 1, Outcome.PASSED)
    second = Result(
        "sgd", "divides", "divides by the batch size", 1, earned, outcome, said(message)
    )
    return Report(id, f"{id}.py", NAME, (first, second), **more)


def broken(id="ann", message="the disk is full", log=SECRET) -> Report:
    """A report of a submission where the kit itself failed."""
    return report(id, 0, Outcome.GRADER_ERROR, message, log=log)


def opened(folder: Path, run=RUN) -> ResultsFolder:
    """The folder of this assignment."""
    book = ResultsFolder(folder, NAME)
    book.open(run)
    return book


def strict(path: Path) -> dict:
    """JSON as others read it, to whom NaN and Infinity are none."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text("utf-8"), parse_constant=refuse)


def waiting(folder: ResultsFolder) -> list[tuple[str, str]]:
    """Who needs review, and why."""
    return [(student.id, student.review) for student in folder.statistics.needs_review]


def rows(folder: Path) -> list[dict]:
    """The lines of grades.csv."""
    with open(folder / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_report_is_there_for_each_reader_and_for_the_next_run(tmp_path):
    """A program's JSON, a spreadsheet's CSV, a student's text and page; its key is known to
    the next run.
    """
    with opened(tmp_path) as folder:
        folder.add(report("bo"), "k")
        folder.add(report("ann", 0, Outcome.FAILED, "too far"), "k")
        folder.write()
    tree = strict(tmp_path / "results.json")
    assert (1, NAME, RUN) == (tree["schema"], tree["assignment"], tree["run"])
    assert ["ann", "bo"] == [s["id"] for s in tree["submissions"]]
    assert [("ann", "1", "1"), ("bo", "2", "2")] == [
        (r["id"], r["score"], r["sgd"]) for r in rows(tmp_path)
    ]
    names = sorted(path.name for path in (tmp_path / "feedback").iterdir())
    assert ["ann.html", "ann.txt", "bo.html", "bo.txt"] == names
    assert "too far" in (tmp_path / "feedback/ann.txt").read_text("utf-8")
    with opened(tmp_path, {"seed": 2}) as folder:
        known = (("ann", "k"), ("ann", "other"), ("cy", "k"))
        assert [True, False, False] == [folder.is_up_to_date(*one) for one in known]
        folder.add(report("cy"), "k")
        folder.write()
    tree = strict(tmp_path / "results.json")
    assert [RUN, RUN, None] == [student.get("run") for student in tree["submissions"]]


def test_a_failure_of_ours_gives_no_grade_and_costs_no_earlier_one(tmp_path):
    """The fields are empty, never a silent zero, and a person is told why; it is tried again."""
    with opened(tmp_path) as folder:
        folder.add(broken("bo"), "k")
        folder.add(report(), "k")
        folder.write()
        words = (tmp_path / "feedback/ann.txt").read_text("utf-8")
        folder.add(broken(), "k2")
        assert not folder.is_up_to_date("bo", "k")
    assert [("2", "2"), ("", "")] == [
        (row["score"], row["sgd"]) for row in rows(tmp_path)
    ]
    with opened(tmp_path) as folder:
        kept, _ = folder.reports()
        assert (2, "the disk is full") == (kept.score, kept.later_failure)
        folder.write()
        assert [(id, "the disk is full") for id in ("ann", "bo")] == waiting(folder)
        assert words == (tmp_path / "feedback/ann.txt").read_text("utf-8")
        by_hand = tuple(Decision(name, points=1) for name in kept.exercises)
        each = (
            kept,
            replace(kept, entered=(Decision(points=1),)),
            replace(kept, entered=by_hand),
        )
        assert ["the disk is full", "", ""] == [View(one).review for one in each]
        folder.add(report(), "k2")
        folder.write()
        assert [("bo", "the disk is full")] == waiting(folder)
        assert folder.is_up_to_date("ann", "k2")
        folder.add(report("bo"), "k")
        folder.write()
        assert [] == folder.statistics.changed  # bo had no grade before


@pytest.mark.parametrize("name", ["ann.html", "ann.txt", "ann.json"])
def test_a_student_whose_page_is_not_written_is_graded_again(
    tmp_path, monkeypatch, name
):
    """Whichever of a student's files was the last one before the run was killed."""
    write = atomic.write

    def killed(path, content):
        if path.name == name:
            raise KeyboardInterrupt
        write(path, content)

    with opened(tmp_path) as folder:
        with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            patch.setattr(atomic, "write", killed)
            folder.add(report(), "k")
        assert not folder.is_up_to_date("ann", "k")


def test_a_traceback_of_ours_is_in_the_log_alone(tmp_path):
    """With the student and the time before it; neither a name nor what it quotes forges or
    steers it.
    """
    id = "ann\n2030-01-01 bo"
    with opened(tmp_path) as folder:
        folder.add(report("bo"), "k")
        assert not (tmp_path / "errors.log").exists()
        folder.add(broken(id, log=f"{SECRET}\x1b[2J\n2030-01-01 bo\n\udc80 λ\n"), "k")
        folder.write()
    log = (tmp_path / "errors.log").read_bytes()
    lines = log.decode("utf-8").splitlines()
    (head,) = [line for line in lines if line and not line.startswith(" ")]
    when, _, who = head.partition(" ")
    assert (r"ann\n2030-01-01 bo", True) == (who, when.endswith("+00:00"))
    assert {"    KeyError: hidden", r"    \udc80 λ"} < set(lines)
    assert b"\x1b" not in log
    others = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "errors.log"]
    assert 12 == len(others)
    assert [] == [
        path.name for path in others if "KeyError: hidden" in path.read_text("utf-8")
    ]


def test_json_is_valid_whatever_was_measured(tmp_path):
    """NaN and Infinity are no JSON: times that are none are null."""
    with opened(tmp_path) as folder:
        folder.add(report(seconds=math.nan), "k")
        folder.write()
    (one,) = strict(tmp_path / "results.json")["submissions"]
    assert one["seconds"] is None
    strict(tmp_path / "reports/ann.json")


@pytest.mark.parametrize(
    "content", [b"\0\xff", b"[]", b"{}", b'{"schema": 1, "key": "torn in the mid']
)
def test_a_damaged_file_is_graded_again_and_costs_no_other_student(tmp_path, content):
    """Its student waits in every list until then; what a killed run left half-written goes."""
    with opened(tmp_path) as folder:
        for id in ("ann", "bo"):
            folder.add(report(id), "k")
    (tmp_path / "reports/ann.json").write_bytes(content)
    for place in ("reports", "feedback", "."):
        (tmp_path / place / ".unfinished-1.tmp").write_text("half")
    with opened(tmp_path) as folder:
        assert not folder.is_up_to_date("ann", "k")
        folder.write()
        assert ["bo"] == [student.id for student in folder.statistics.students]
        assert [("bo", "2"), ("ann", "")] == [
            (row["id"], row["score"]) for row in rows(tmp_path)
        ]
        folder.add(report("ann"), "k")
    with opened(tmp_path) as folder:
        assert ["ann", "bo"] == [one.report.id for one in folder.reports()]
    assert [] == list(tmp_path.rglob("*.tmp"))


def test_a_student_is_forgotten_by_deleting_the_file(tmp_path):
    """All that is written from the files is written without it."""
    with opened(tmp_path) as folder:
        for id in ("ann", "bo"):
            folder.add(report(id), "k")
        folder.write()
    (tmp_path / "reports/ann.json").unlink()
    with opened(tmp_path) as folder:
        folder.write()
    assert ["bo"] == [
        student["id"] for student in strict(tmp_path / "results.json")["submissions"]
    ]
    assert ["bo"] == [row["id"] for row in rows(tmp_path)]
    assert "ann.html" not in (tmp_path / "index.html").read_text("utf-8")


def test_what_is_written_from_the_files_is_never_read(tmp_path):
    """Whatever somebody made of it."""
    with opened(tmp_path) as folder:
        folder.add(report(), "k")
        folder.write()
        before = (tmp_path / "results.json").read_bytes()
    for name in ("results.json", "grades.csv", "index.html"):
        (tmp_path / name).write_text("{")
    with opened(tmp_path) as folder:
        folder.write()
    assert before == (tmp_path / "results.json").read_bytes()


def test_one_process_writes_at_a_time(tmp_path):
    """The other says so, and changes nothing."""
    with (
        opened(tmp_path),
        pytest.raises(ResultsFolderError, match="Another run is writing to"),
    ):
        opened(tmp_path)


def test_a_folder_of_others_is_left_alone(tmp_path):
    """Results of another program, or of another assignment, are not written over; nor is a file."""
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/results.json").write_text('{"mine": 1}')
    (tmp_path / "file").write_text("")
    with opened(tmp_path / "other") as folder:
        folder.add(report(), "k")
    for name, words in {
        "foreign": "was not written by this kit. Move it away",
        "other": f"has the results of {NAME}. Choose another folder",
        "file": r"Cannot write to .*\. Make it writable, or choose another folder.",
    }.items():
        with pytest.raises(ResultsFolderError, match=words):
            ResultsFolder(tmp_path / name, "vectorization")


def test_an_id_is_a_name_of_one_file():
    """No folder, and no control character, is in it; what had one is told from others by a
    digest.
    """
    assert ["李雷", "a-b c"] == [safe_name(id) for id in ("李雷", "a-b c")]
    odd = {
        "a/b": "a_b",
        "": "",
        "a\nb": "a_b",
        ".": ".",
        "..": "..",
        "李" * 84: "李" * 66,
    }
    for id, start in odd.items():
        assert re.fullmatch(rf"{re.escape(start)}~[0-9a-f]{{16}}", safe_name(id))
    names = [
        safe_name(id)
        for id in ("a_b", "a\x01b", "a\x02b", "a\u202eb", safe_name("a\x01b"), "a/b")
    ]
    assert 6 == len(set(names))


def test_what_a_student_named_steers_no_terminal_and_no_spreadsheet(tmp_path):
    """It stands there as a code, whoever wrote it; a mark in front of a formula makes it text."""
    id, ids = "\x1b[2J\u202eann", ["=1+1", "@SUM(1)", "＝1+1", " =1"]
    odd = report(
        id,
        0,
        Outcome.FAILED,
        "a \x9bword",
        notes=(said("\u2066a note"),),
        flags=(Message("a\rflag \x07"),),
    )
    with opened(tmp_path) as folder:
        folder.add(odd, "k")
        for other in [*ids, "ann", "ann;=1+1; @x"]:
            folder.add(report(other, flags=(Message("late"), Message("-1"))), "k")
        folder.write()
    for path in (*(tmp_path / "feedback").iterdir(), tmp_path / "grades.csv"):
        content = path.read_bytes().decode("utf-8-sig")
        assert [] == [c for c in content if c != "\n" and not is_printed(c)], path
    assert {id, *ids} < {
        s["id"] for s in strict(tmp_path / "results.json")["submissions"]
    }
    there = {row["id"]: row["flags"] for row in rows(tmp_path)}
    assert "late; '-1" == there["ann"]
    assert {r"\x1b[2J\u202eann", "ann", "ann;'=1+1; '@x"} == {
        one for one in there if not one.startswith("'")
    }


@pytest.fixture
def small_files():
    """A limit on the size of files, as `ulimit -f` sets one, that can be changed."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_no_longer_fits_leaves_the_others(tmp_path, small_files):
    """One sentence says why, and nothing of the file is left."""
    with opened(tmp_path) as book:
        book.add(report("ann"), "key")
        book.write()
        small_files(400)
        with pytest.raises(
            ResultsFolderError,
            match=r"File too large.*What was graded is saved; free some space",
        ):
            book.add(report("bo"), "key")
        with pytest.raises(ResultsFolderError, match="free some space"):
            book.write()
    assert ["ann.json"] == [path.name for path in (tmp_path / "reports").glob("*.json")]
    assert ["ann"] == [
        s["id"] for s in strict(tmp_path / "results.json")["submissions"]
    ]
    assert [] == list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("step", range(0, 60, 2))
def test_a_stop_at_any_moment_leaves_results_and_files_agreeing(tmp_path, step):
    """Who has a file is in results.json, wherever between two lines of ours Ctrl-C comes."""
    seen, stopped = 0, False

    def trace(frame, event, arg):
        nonlocal seen, stopped
        if not re.search(
            r"(results_folder|student_files|atomic)\.py$", frame.f_code.co_filename
        ):
            return None
        if event == "line":
            seen += 1
            if seen == step + 1:
                stopped = True
                raise KeyboardInterrupt
        return trace

    with opened(tmp_path) as book:
        book.add(report("ann"), "key")
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                book.add(report("bo"), "key")
        finally:
            sys.settrace(before)
        book.write()
        kept = [s["id"] for s in strict(tmp_path / "results.json")["submissions"]]
        assert kept == sorted(
            path.stem for path in (tmp_path / "reports").glob("*.json")
        )
        assert ["ann", "bo"] == kept or stopped
    with opened(tmp_path) as book:
        assert frozenset(kept) == book.ids()


def result(**changes) -> Result:
    known = Result("sgd", "moves", "moves it", 2, 2, Outcome.PASSED)
    return replace(known, **changes)


def report_of(*results: Result, **changes) -> Report:
    known = Report("ada", "ada/linear_regression.ipynb", "linear_regression", results)
    return replace(known, **changes)


FULL = report_of(
    result(),
    result(
        check="stays",
        points=1.5,
        earned=0,
        outcome=Outcome.FAILED,
        fault=said("expected 1, got 2"),
        mistake="rebinds",
        says="You rebind it.",
    ),
    flags=(Message("there is {file} too", {"file": "a.py"}),),
    notes=(said("cell 3, line 1 could not be read: invalid syntax"),),
    seconds=0.25,
    timings={"sgd": Message("{factor:.2g} times as fast", {"factor": 2.5})},
)


@pytest.mark.parametrize(
    "one", [FULL, report_of(), report_of(result(outcome=Outcome.TIMEOUT, earned=0))]
)
def test_a_report_comes_back_from_json(one):
    """As text and back, nothing is lost, but for a traceback of ours; its keys are those
    others read.
    """
    tree = json.loads(json.dumps(replace(one, log="Traceback").to_json()))
    assert one == Report.from_json(tree)
    written = json.loads(json.dumps(Assessment(one).to_json()))
    names = (
        "id name file score max_score flags notes seconds timings figures knock_on "
        "late_days late_penalty"
    )
    names += " checks decisions files code content needs_review"
    assert sorted(names.split()) == sorted(written)
    fields = {
        "exercise",
        "check",
        "title",
        "points",
        "earned",
        "outcome",
        "message",
        "mistake",
    }
    assert [True] * len(written["checks"]) == [
        fields <= check.keys() for check in written["checks"]
    ]
