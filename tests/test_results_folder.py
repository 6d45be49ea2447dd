"""Reports and their folder: nothing is lost, and each file is for one reader."""

import contextlib
import json
import re
import resource
import sys
from dataclasses import asdict, replace

import pytest
from file_helpers import read_csv

from autograder.assessment import Assessment, Decision
from autograder.data import from_json
from autograder.errors import KitError, Message
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Outcome, Report, Result, said
from autograder.untrusted_text import is_printed, safe_name

NAME = "linear_regression"
RUN = {"seed": 1}
SECRET = 'Traceback (most recent call last):\n  File "judge.py", line 1\nKeyError: hidden\n'


def report(id="ann", earned=1.0, outcome=Outcome.PASSED, message="", **more):
    """A report of one exercise with two checks, the second as told."""
    first = Result("sgd", "moves", "moves each parameter", 1, 1, Outcome.PASSED)
    second = Result(
        "sgd",
        "divides",
        "divides by the batch size",
        1,
        earned,
        outcome,
        said(message),
    )
    return Report(id, f"{id}.py", NAME, (first, second), **more)


def broken(id="ann", message="the disk is full", log=SECRET):
    """A report of a submission where the kit itself failed."""
    return report(id, 0, Outcome.GRADER_ERROR, message, log=log)


def opened(folder, run=RUN):
    """The folder of this assignment."""
    book = ResultsFolder(folder, NAME)
    book.begin(run)
    return book


def strict(path):
    """JSON as others read it, to whom NaN and Infinity are none."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text(), parse_constant=refuse)


def waiting(folder):
    """Who needs review, and why."""
    return [
        (student.id, student.waits_for) for student in folder.statistics.waiting
    ]


def rows(folder):
    """The lines of grades.csv."""
    return read_csv(folder / "grades.csv")


def test_a_report_is_there_for_each_reader_and_for_the_next_run(tmp_path):
    """A program's JSON, a spreadsheet's CSV, a student's text and page."""
    with opened(tmp_path) as folder:
        folder.add(report("bo"), "k")
        folder.add(report("ann", 0, Outcome.FAILED, "too far"), "k")
        folder.write()
    tree = strict(tmp_path / "results.json")
    assert tree["schema"] == 1
    assert tree["assignment"] == NAME
    assert tree["run"] == RUN
    table = [(row["id"], row["score"], row["sgd"]) for row in rows(tmp_path)]
    assert table == [("ann", "1", "1"), ("bo", "2", "2")]
    names = sorted(path.name for path in (tmp_path / "feedback").iterdir())
    assert names == ["ann.html", "ann.txt", "bo.html", "bo.txt"]
    assert "too far" in (tmp_path / "feedback/ann.txt").read_text()
    with opened(tmp_path, {"seed": 2}) as folder:
        known = ("ann", "k"), ("ann", "other"), ("cy", "k")
        assert [folder.is_up_to_date(*one) for one in known] == [
            True,
            False,
            False,
        ]
        folder.add(report("cy"), "k")
        folder.write()
    tree = strict(tmp_path / "results.json")
    assert [student.get("run") for student in tree["submissions"]] == [
        RUN,
        RUN,
        None,
    ]


def test_who_is_not_graded_yet_has_the_reason_in_its_column(tmp_path):
    """The row has a cell below each title."""
    with opened(tmp_path) as folder:
        folder.head.pending = {"bo": "Bo"}
        folder.write()
    (row,) = rows(tmp_path)
    known = {title: value for title, value in row.items() if value}
    reason = "Not graded yet, because the run was stopped."
    assert known == {"id": "bo", "name": "Bo", "needs_review": reason}


def test_a_failure_of_ours_gives_no_grade_and_costs_no_earlier_one(tmp_path):
    """The fields are empty, never a silent zero; the reason is listed until it is graded."""
    why = "the disk is full"
    with opened(tmp_path) as folder:
        folder.add(broken("bo"), "k")
        folder.add(report(), "k")
        folder.add(broken(), "k2")
        folder.write()
        assert not folder.is_up_to_date("bo", "k")
    table = [(row["score"], row["sgd"]) for row in rows(tmp_path)]
    assert table == [("2", "2"), ("", "")]
    with opened(tmp_path) as folder:
        kept, _ = folder.assessments()
        assert kept.score == 2
        assert kept.later_failure == why
        assert replace(kept, entered=(Decision(points=1),)).waits_for == ""
        folder.write()
        assert waiting(folder) == [("ann", why), ("bo", why)]
        folder.add(report(), "k2")
        folder.write()
        assert folder.is_up_to_date("ann", "k2")
        assert waiting(folder) == [("bo", why)]


def test_a_traceback_of_ours_is_in_the_log_alone(tmp_path):
    """With the student and the time; neither a name nor what it quotes forges a line."""
    id = "ann\n2030-01-01 bo"
    with opened(tmp_path) as folder:
        folder.add(
            broken(id, log=f"{SECRET}\x1b[2J\n2030-01-01 bo\n\udc80 λ\n"), "k"
        )
        folder.write()
    log = (tmp_path / "errors.log").read_bytes()
    lines = log.decode("utf-8").splitlines()
    (head,) = (line for line in lines if line and not line.startswith(" "))
    when, _, who = head.partition(" ")
    assert who == r"ann\n2030-01-01 bo"
    assert when.endswith("+00:00")
    assert {"    KeyError: hidden", r"    \udc80 λ"} < set(lines)
    assert b"\x1b" not in log
    for path in tmp_path.rglob("*.*"):
        assert (
            path.name == "errors.log"
            or b"KeyError: hidden" not in path.read_bytes()
        )


@pytest.mark.parametrize(
    "content",
    [b"\0\xff", b"[]", b"{}", b'{"schema": 1, "key": "torn in the mid', None],
)
def test_a_damaged_file_is_graded_again_and_costs_no_other_student(
    tmp_path, content
):
    """Its student waits in every list; one whose file was deleted is forgotten."""
    path = tmp_path / "reports/ann.json"
    half = tmp_path / "reports/.unfinished-1.tmp"
    with opened(tmp_path) as folder:
        folder.add(report("ann"), "k")
        folder.add(report("bo"), "k")
        folder.write()
    half.touch()
    path.unlink() if content is None else path.write_bytes(content)
    with opened(tmp_path) as folder:
        assert not folder.is_up_to_date("ann", "k")
        folder.write()
        table = {row["id"]: row["score"] for row in rows(tmp_path)}
        assert table == (
            {"bo": "2"} if content is None else {"bo": "2", "ann": ""}
        )
        folder.add(report("ann"), "k")
        assert [one.report.id for one in folder.assessments()] == ["ann", "bo"]
    assert not half.exists()


def test_one_process_writes_at_a_time(tmp_path):
    """The other says so, and changes nothing."""
    with (
        opened(tmp_path),
        pytest.raises(KitError, match="Another run is writing to"),
    ):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("foreign", "was not written by this kit. Move it away"),
        ("other", f"has the results of {NAME}. Choose another folder"),
        (
            "file",
            r"Cannot write to .*\. Make it writable, or choose another folder.",
        ),
    ],
)
def test_a_folder_of_others_is_left_alone(tmp_path, name, words):
    """Results of another program or assignment are not written over; nor is a file."""
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/results.json").write_text('{"mine": 1}')
    (tmp_path / "file").touch()
    with opened(tmp_path / "other") as folder:
        folder.add(report(), "k")
    with pytest.raises(KitError, match=words):
        ResultsFolder(tmp_path / name, "vectorization")


def test_an_id_is_a_name_of_one_file():
    """No folder and no control character is in it; a digest tells others apart."""
    assert [safe_name(id) for id in ("李雷", "a-b c")] == ["李雷", "a-b c"]
    odd = {
        "a/b": "a_b",
        "": "",
        "a\nb": "a_b",
        "..": "..",
        "李" * 84: "李" * 66,
    }
    for id, start in odd.items():
        assert re.fullmatch(
            rf"{re.escape(start)}~[0-9a-f]{{16}}", safe_name(id)
        )
    ids = "a_b", "a\x01b", "a\x02b", "a\u202eb", safe_name("a\x01b"), "a/b"
    assert len({safe_name(id) for id in ids}) == 6


def test_what_a_student_named_steers_no_terminal_and_no_spreadsheet(tmp_path):
    """It is shown as a code; a mark in front of a formula makes it text."""
    ids = "\x1b[2J\u202eann", "=1+1", "@SUM(1)", "＝1+1", " =1", "bo;=1+1; @x"
    odd = {
        "notes": (said("\u2066a note"),),
        "flags": tuple(map(Message, ("late", "-1", "a\rflag \x07"))),
    }
    with opened(tmp_path) as folder:
        for id in ids:
            folder.add(report(id, 0, Outcome.FAILED, "a \x9bword", **odd), "k")
        folder.write()
    for path in (*(tmp_path / "feedback").iterdir(), tmp_path / "grades.csv"):
        content = path.read_bytes().decode("utf-8-sig")
        assert [c for c in content if c != "\n" and not is_printed(c)] == [], (
            path
        )
    table = {row["id"]: row["flags"] for row in rows(tmp_path)}
    plain = {id for id in table if not id.startswith("'")}
    assert plain == {r"\x1b[2J\u202eann", "bo;'=1+1; '@x"}
    assert table["'=1+1"] == r"late; '-1; a\rflag \x07"
    assert {
        s["id"] for s in strict(tmp_path / "results.json")["submissions"]
    } == {*ids}


@pytest.fixture
def small_files():
    """A limit on the size of files, as `ulimit -f` sets one, that can be changed."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(
        resource.RLIMIT_FSIZE, (size, before[1])
    )
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_no_longer_fits_leaves_the_others(tmp_path, small_files):
    """One sentence says why, and nothing of the file is left."""
    with opened(tmp_path) as book:
        book.add(report("ann"), "key")
        book.write()
        small_files(400)
        with pytest.raises(
            KitError,
            match=r"File too large.*What was graded is saved; free some space",
        ):
            book.add(report("bo"), "key")
        with pytest.raises(KitError, match="free some space"):
            book.write()
    assert [path.name for path in (tmp_path / "reports").glob("*.json")] == [
        "ann.json"
    ]
    assert [
        s["id"] for s in strict(tmp_path / "results.json")["submissions"]
    ] == ["ann"]
    assert list(tmp_path.rglob("*.tmp")) == []


@pytest.mark.parametrize("step", range(0, 60, 2))
def test_a_stop_at_any_moment_leaves_results_and_files_agreeing(tmp_path, step):
    """Who has a file is in results.json, wherever between two lines of ours Ctrl-C comes."""
    seen = 0
    stopped = False

    def trace(frame, event, arg):
        nonlocal seen, stopped
        if not re.search(
            r"(results_folder|student_files|atomic)\.py$",
            frame.f_code.co_filename,
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
        kept = [
            s["id"] for s in strict(tmp_path / "results.json")["submissions"]
        ]
        assert (
            sorted(path.stem for path in (tmp_path / "reports").glob("*.json"))
            == kept
        )
        assert kept == ["ann", "bo"] or stopped
    with opened(tmp_path) as book:
        assert [student.report.id for student in book.assessments()] == kept


def test_a_report_comes_back_from_json():
    """As text and back, nothing is lost but a traceback of ours."""
    lost = report(
        "ada",
        0,
        Outcome.TIMEOUT,
        "expected 1",
        flags=(Message("a {what}", {"what": "flag"}),),
        notes=(said("a note"),),
        timings={"a": Message("{s} s", {"s": 1})},
    )
    tree = json.loads(json.dumps(asdict(replace(lost, log="Traceback"))))
    assert from_json(Report, tree) == lost
    written = json.loads(json.dumps(Assessment(lost).to_json()))
    assert sorted(written) == sorted(KEYS.split())


# What programs of others may read.
KEYS = """id name file score max_score flags notes timings figures knock_on
late_days late_penalty checks decisions files code content needs_review"""
