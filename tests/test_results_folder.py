"""A folder of results: nothing is lost, a failure of ours costs no grade, and each file is for one reader."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import re
import resource
import stat
import sys
from pathlib import Path

import pytest

from autograder.reporting.file_names import safe_name
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError, ResultsInUse, changes
from autograder.results import Outcome, Report, Result
from autograder.untrusted_text import is_printed

NAME = "linear_regression"
RUN = {"seed": 1}
SECRET = 'Traceback (most recent call last):\n  File "judge.py", line 1\nKeyError: hidden\n'


def report(id="ann", earned=1.0, outcome=Outcome.PASSED, message="", **more) -> Report:
    """A report of one exercise with two checks, the second as told."""
    first = Result("sgd", "moves", "moves each parameter", 1, 1, Outcome.PASSED)
    second = Result("sgd", "divides", "divides by the batch size", 1, earned, outcome, message)
    return Report(id, f"{id}.py", NAME, (first, second), **more)


def broken(id="ann", message="the disk is full", log=SECRET) -> Report:
    """A report of a submission where the kit itself failed."""
    return report(id, 0, Outcome.GRADER_ERROR, message, log=log)


def opened(folder: Path, run=RUN) -> ResultsFolder:
    """The folder of this assignment."""
    return ResultsFolder(folder, NAME, run)


def strict(path: Path) -> dict:
    """JSON as others read it, to whom NaN and Infinity are none."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text("utf-8"), parse_constant=refuse)


def rows(folder: Path) -> list[dict]:
    """The lines of grades.csv."""
    with open(folder / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_report_is_there_for_each_reader(tmp_path):
    """A program's JSON, a spreadsheet's CSV, a student's text and page."""
    with opened(tmp_path) as folder:
        folder.add(report("bo"), "k", tmp_path / "bo.py")
        folder.add(report("ann", 0, Outcome.FAILED, "too far"), "k", tmp_path / "ann.py")
        folder.write()
    tree = strict(tmp_path / "results.json")
    assert (1, NAME, RUN, ["ann", "bo"]) == (
        tree["schema"],
        tree["assignment"],
        tree["run"],
        [s["id"] for s in tree["submissions"]],
    )
    assert [("ann", "1", "1"), ("bo", "2", "2")] == [(r["id"], r["score"], r["sgd"]) for r in rows(tmp_path)]
    names = sorted(path.name for path in (tmp_path / "feedback").iterdir())
    assert ["ann.html", "ann.txt", "bo.html", "bo.txt"] == names
    assert "too far" in (tmp_path / "feedback/ann.txt").read_text("utf-8")
    assert "too far" in (tmp_path / "feedback/ann.html").read_text("utf-8")


def test_what_was_graded_is_known_to_the_next_run(tmp_path):
    """By its content's key; another key, or another student, is not known.  Another run is named."""
    with opened(tmp_path, {"seed": 0}) as folder:
        folder.add(report("ann"), "k", tmp_path / "ann.py")
    with opened(tmp_path) as folder:
        known = [folder.has("ann", "k"), folder.has("ann", "other"), folder.has("bo", "k")]
        entry = folder.entry("ann")
        folder.add(report("bo"), "k", tmp_path / "bo.py")
        runs = [entry.get("run") for entry in folder.entries()]
    assert [True, False, False] == known
    assert ("k", str(tmp_path / "ann.py"), {"seed": 0}) == (entry["key"], entry["path"], entry["run"])
    assert [{"seed": 0}, None] == runs


def test_a_failure_of_ours_gives_no_grade_and_is_tried_again(tmp_path):
    """The fields are empty, never a silent zero, and a person is told why."""
    with opened(tmp_path) as folder:
        folder.add(broken(), "k", tmp_path / "ann.py")
        folder.write()
        assert not folder.has("ann", "k")
        assert [("ann", "the disk is full")] == folder.statistics().needs_review
    assert [("", "")] == [(row["score"], row["sgd"]) for row in rows(tmp_path)]


def test_a_later_failure_of_ours_costs_no_earlier_grade(tmp_path):
    """The grade and the student's words stay, flagged, also for the next run; a later success mends it."""
    with opened(tmp_path) as folder:
        folder.add(report(), "k", tmp_path / "ann.py")
        words = (tmp_path / "feedback/ann.txt").read_text("utf-8")
        folder.add(broken(), "k2", tmp_path / "ann.py")
    with opened(tmp_path) as folder:
        (kept,) = folder.reports()
        assert (2, ("graded again, in vain: the disk is full",)) == (kept.score, kept.flags)
        assert [("ann", "the disk is full")] == folder.statistics().needs_review
        assert words == (tmp_path / "feedback/ann.txt").read_text("utf-8")
        folder.add(report(), "k2", tmp_path / "ann.py")
        assert [] == folder.statistics().needs_review
        assert folder.has("ann", "k2")


def test_a_traceback_of_ours_is_in_the_log_alone(tmp_path):
    """With the student and the time before it; a report without one makes no log."""
    with opened(tmp_path) as folder:
        folder.add(report("bo"), "k", tmp_path / "bo.py")
        assert not (tmp_path / "errors.log").exists()
        folder.add(broken("ann"), "k", tmp_path / "ann.py")
        folder.add(broken("cy"), "k", tmp_path / "cy.py")
        folder.write()
    log = (tmp_path / "errors.log").read_text("utf-8").splitlines()
    heads = [line.partition(" ") for line in log if line and not line.startswith(" ")]
    assert ["ann", "cy"] == [id for _, _, id in heads]
    assert all(when.endswith("+00:00") for when, _, _ in heads)
    assert 2 == log.count("    KeyError: hidden")
    others = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "errors.log"]
    assert 12 == len(others)
    assert [] == [path.name for path in others if "KeyError: hidden" in path.read_text("utf-8")]


def test_a_log_cannot_be_forged_or_steer_a_terminal(tmp_path):
    """Neither by a student's name nor by what a traceback quotes."""
    id = "ann\n2030-01-01 bo"
    with opened(tmp_path) as folder:
        folder.add(broken(id, log="\x1b[2Jquoted\n2030-01-01 bo\n\udc80 λ\n"), "k", tmp_path / "ann.py")
    raw = (tmp_path / "errors.log").read_bytes()
    lines = raw.decode("utf-8").splitlines()
    assert 1 == len([line for line in lines if line and not line.startswith(" ")])
    assert lines[0].endswith(r" ann\n2030-01-01 bo")
    assert b"\x1b" not in raw
    assert r"    \udc80 λ" in lines


def test_json_is_valid_whatever_was_measured(tmp_path):
    """NaN and Infinity are no JSON: times that are none are null, or left out; an older journal has them."""
    odd = {"a": math.nan, "b": math.inf, "c": 1.5}
    with opened(tmp_path) as folder:
        folder.add(report(seconds=math.nan, timings=odd), "k", tmp_path / "ann.py")
        folder.write()
    (one,) = strict(tmp_path / "results.json")["submissions"]
    assert (None, {"c": 1.5}) == (one["seconds"], one["timings"])
    journal = tmp_path / "reports.jsonl"
    strict(journal)
    journal.write_text(journal.read_text("utf-8").replace('{"c": 1.5}', '{"c": Infinity}'), "utf-8")
    with opened(tmp_path) as folder:
        folder.write()
        assert [2] == [one.score for one in folder.reports()]
    (one,) = strict(tmp_path / "results.json")["submissions"]
    assert (None, {"c": None}) == (one["seconds"], one["timings"])


def test_results_without_their_journal_are_taken_over(tmp_path):
    """A folder that was copied without it loses nothing."""
    with opened(tmp_path) as folder:
        folder.add(report(), "k", tmp_path / "ann.py")
        folder.write()
        before = list(folder.entries())
    (tmp_path / "reports.jsonl").unlink()
    with opened(tmp_path) as folder:
        assert before == list(folder.entries())


@pytest.mark.parametrize("line", [b"\0\xff\n", b'{"key": \n', b"[]\n", b"{}\n"])
def test_a_damaged_line_costs_no_other_report(tmp_path, line):
    """Neither what a broken disk left in the middle of a journal, nor what a killed run left half-written."""
    with opened(tmp_path) as folder:
        for id in ("ann", "bo"):
            folder.add(report(id), "k", tmp_path / id)
    journal = tmp_path / "reports.jsonl"
    first, second = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + line + second + b'{"key": "torn in the mid')
    (tmp_path / "feedback/.unfinished-1.tmp").write_text("half")
    with opened(tmp_path) as folder:
        folder.add(report("cy"), "k", tmp_path / "cy.py")
    with opened(tmp_path) as folder:
        assert ["ann", "bo", "cy"] == [one.id for one in folder.reports()]
    assert [] == list(tmp_path.rglob("*.tmp"))


def test_a_folder_of_others_is_left_alone(tmp_path):
    """Results of another program, or of another assignment, are not written over."""
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/results.json").write_text('{"mine": 1}')
    with pytest.raises(ResultsFolderError, match="was not written by this kit: choose another folder"):
        opened(tmp_path / "foreign")
    with opened(tmp_path / "other") as folder:
        folder.add(report(), "k", tmp_path / "ann.py")
    with pytest.raises(ResultsFolderError, match=f"holds the results of {NAME}: choose another folder"):
        ResultsFolder(tmp_path / "other", "vectorization", RUN)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    """Where a file stands in the way, say."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsFolderError, match=r"cannot write into .*: choose another folder with --out"):
        opened(tmp_path / "file")


def test_an_id_is_a_name_of_one_file():
    """No folder, and no control character, is in it; what had one is told from others by a digest."""
    assert ["李雷", "a-b c"] == [safe_name(id) for id in ("李雷", "a-b c")]
    for id, start in (("a/b", "a_b~"), ("", "~"), ("a\nb", "a_b~"), ("李" * 84, "李~")):
        assert re.fullmatch(f"(?:李){{65}}{start}[0-9a-f]{{16}}|{start}[0-9a-f]{{16}}", safe_name(id))
    names = [safe_name(id) for id in ("a_b", "a\x01b", "a\x02b", "a\u202eb", safe_name("a\x01b"), "a/b")]
    assert 6 == len(set(names))


def test_changes_name_the_checks(tmp_path):
    """Whose score differs from earlier results, and by which check."""
    for name, earned in (("old", 1), ("new", 0)):
        with opened(tmp_path / name) as folder:
            folder.add(report("ann", earned), "k", tmp_path / "ann.py")
            folder.add(report("bo"), "k", tmp_path / "bo.py")
            folder.write()
            now = list(folder.entries())
    file = tmp_path / "old" / "results.json"
    assert [("ann", 2, 1, ["sgd.divides"])] == list(changes(file.read_bytes(), now, file))
    with pytest.raises(ResultsFolderError, match=r"is no results\.json of this kit"):
        list(changes(b"{}", now, file))


def test_what_steers_a_terminal_stands_there_as_a_code(tmp_path):
    """In what people read, whoever wrote it: a name, a message, a note.  Programs read the id as it is."""
    id = "\x1b[2J\u202eann"
    odd = report(id, 0, Outcome.FAILED, "a \x9bword", notes=("\u2066a note",), flags=("a\rflag \x07",))
    with opened(tmp_path) as folder:
        folder.add(odd, "k", tmp_path / "ann.py")
        folder.write()
    for path in (*(tmp_path / "feedback").iterdir(), tmp_path / "grades.csv"):
        content = path.read_bytes().decode("utf-8-sig")
        assert [] == [c for c in content if c != "\n" and not is_printed(c)], path
        assert r"\x1b[2J\u202eann" in content
    assert [id] == [s["id"] for s in strict(tmp_path / "results.json")["submissions"]]


def test_a_spreadsheet_computes_nothing_of_what_a_student_named(tmp_path):
    """A mark in front makes it text, also where a semicolon divides cells; other names stay as they are."""
    ids = ["=1+1", "@SUM(1)", "\t-1", "\r+1", "＝1+1", " =1"]
    with opened(tmp_path) as folder:
        for number, id in enumerate([*ids, "ann", "ann;=1+1; @x"]):
            folder.add(report(id, flags=("late", "-1")), "k", tmp_path / f"{number}.py")
        folder.write()
    there = {row["id"]: row["flags"] for row in rows(tmp_path)}
    assert {"late; '-1"} == set(there.values())
    assert {"ann", "ann;'=1+1; '@x"} == {id for id in there if not id.startswith("'")}
    assert len(ids) == len([id for id in there if id.startswith("'")])


def test_one_run_at_a_time_writes_into_a_folder(tmp_path):
    """Another is told so; what is reopened afterwards is whole."""
    with opened(tmp_path) as book:
        book.add(report("ann"), "key", tmp_path / "ann.py")
        with pytest.raises(ResultsInUse, match=r"another run writes into .*: wait until it ends"):
            opened(tmp_path)
    with opened(tmp_path) as book:
        assert {"ann"} == book.ids()


@pytest.fixture
def small_files():
    """A limit on the size of files, as `ulimit -f` sets one, that can be changed."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_no_longer_fits_leaves_the_others(tmp_path, small_files):
    """One sentence says why, and nothing of the line is left."""
    with opened(tmp_path) as book:
        book.add(report("ann"), "key", tmp_path / "ann.py")
        book.write()
        before = (tmp_path / "reports.jsonl").read_bytes()
        small_files(len(before) + 100)
        with pytest.raises(ResultsFolderError, match=r"File too large.*what was graded is kept; make room"):
            book.add(report("bo"), "key", tmp_path / "bo.py")
        with pytest.raises(ResultsFolderError, match="make room"):
            book.write()
    assert before == (tmp_path / "reports.jsonl").read_bytes()
    assert ["ann"] == [s["id"] for s in strict(tmp_path / "results.json")["submissions"]]
    assert [] == list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("step", range(0, 60, 2))
def test_a_stop_at_any_moment_leaves_results_and_journal_agreeing(tmp_path, step):
    """What stands in the journal stands in results.json, wherever between two lines of ours Ctrl-C comes."""
    seen, stopped = 0, False

    def trace(frame, event, arg):
        nonlocal seen, stopped
        if not re.search(r"results_folder\.py$|atomic\.py$", frame.f_code.co_filename):
            return None
        if event == "line":
            seen += 1
            if seen == step + 1:
                stopped = True
                raise KeyboardInterrupt
        return trace

    with opened(tmp_path) as book:
        book.add(report("ann"), "key", tmp_path / "ann.py")
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                book.add(report("bo"), "key", tmp_path / "bo.py")
        finally:
            sys.settrace(before)
        book.write()
        kept = [s["id"] for s in strict(tmp_path / "results.json")["submissions"]]
        lines = (tmp_path / "reports.jsonl").read_text("utf-8").splitlines()
        assert kept == [json.loads(line)["report"]["id"] for line in lines]
        assert ["ann", "bo"] == kept or stopped
    with opened(tmp_path) as book:
        assert frozenset(kept) == book.ids()


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644)])
def test_who_may_read_the_results_the_umask_says(tmp_path, mask, mode):
    """Of each file, and of each folder."""
    before = os.umask(mask)
    try:
        with opened(tmp_path / "out") as book:
            book.add(report("ann"), "key", tmp_path / "ann.py")
            book.write()
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {mode} == {stat.S_IMODE(path.stat().st_mode) for path in files}
    assert mode | (mode & 0o444) >> 2 == stat.S_IMODE((tmp_path / "out").stat().st_mode)
