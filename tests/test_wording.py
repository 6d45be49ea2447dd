"""Words: what is said of each fault and of a case, the same in every run and on every machine."""

from __future__ import annotations

import pytest
import torch

from autograder.authoring import Exercise
from autograder.errors import ENDS as ALL_ENDS
from autograder.errors import Ended
from autograder.judging import wording
from autograder.judging.faults import ENDS, KINDS, LIMITS, ended, fault
from autograder.judging.wording import cleaned
from autograder.results import Outcome
from autograder.sandbox.inside.parsed import Lost

ERROR = {"error": "SyntaxError", "message": "expected ':'"}
WHERE = {"function": "f", "place": "cell 3", "line": 2, "code": "def f()"} | ERROR
SAID = [
    ("differs", {"words": "w did not move", "sort": "claim", "of": ""}, "w did not move"),
    ("beyond", {}, "its numbers are infinite, or too large to compute with"),
    (
        "raised",
        {"error": "ValueError", "message": "no", "place": "f:2:raise ValueError('no')"},
        "your code raised ValueError: no (in `f`, line 2: `raise ValueError('no')`)",
    ),
    ("raised", {"error": "KeyError", "message": "", "place": ""}, "your code raised KeyError"),
    (
        "raised",
        {"error": "E", "message": "", "place": "<lambda>:1:f = lambda: 1 / 0"},
        "your code raised E (in a lambda: `f = lambda: 1 / 0`)",
    ),
    ("raised", {"error": "E", "message": "", "place": ":1:x = 1 / 0"}, "your code raised E (in `x = 1 / 0`)"),
    ("malformed", {}, "it answered in a way that no function can"),
    ("not_written", {}, "it is not written yet: replace the line that raises NotImplementedError"),
    (
        "still_raises",
        {},
        "it is written, but still raises: delete the line `raise NotImplementedError(...)`",
    ),
    ("part_not_written", {"part": "g"}, "your `g` is not written yet"),
    ("part_absent", {"part": "g", "function": "f"}, "there is no function `g` in the file, which `f` calls"),
    (
        "name_lost",
        WHERE | {"name": "k", "code": "k = 1 / 0"},
        "the name `k` is not defined, since the line `k = 1 / 0` failed: SyntaxError: expected ':'",
    ),
    (
        "called_otherwise",
        {"function": "f", "right": "x, y", "own": "y, x"},
        "`f` is called as (x, y); yours takes (y, x)",
    ),
    (
        "called_otherwise",
        {
            "function": "f",
            "right": "x, y",
            "own": "x, net",
            "raised": fault("raised", error="TypeError", message="no", place=""),
        },
        "`f` is called as (x, y); yours takes (x, net); your code raised TypeError: no",
    ),
    (
        "told_before",
        {"function": "f"},
        "your `f` takes other parameters than it is called with, as its own checks say",
    ),
    (
        "misspelt",
        {"function": "f", "name": "bb", "other": "b"},
        "`f` never uses its parameter `bb` and reads `b` from outside the function: "
        "rename the parameter to `b`",
    ),
    (
        "differs",
        {"words": "got 1", "sort": "value", "of": "", "later": "first"},
        "a first call is right, but the next one is not: got 1",
    ),
    (
        "differs",
        {"words": "got 1", "sort": "value", "of": "", "later": "several"},
        "this shows only after several other calls: got 1",
    ),
    ("too_slow_before", {}, "not run, because an earlier check of this function ran out of time"),
    ("part_too_slow", {"part": "g"}, "not run, since your g ran out of time"),
    ("unreadable", {"problem": "the file is empty"}, "the file is empty"),
    (
        "not_permitted",
        {"limit": "package", "name": "d2l", "place": "file", "line": 2, "code": "import d2l"},
        "Grading runs without the package `d2l`, so your instructor reviews this (line 2)",
    ),
    (
        "not_permitted",
        {"limit": "thread", "name": "", "place": "f:2:t.start()"},
        "Grading runs without new threads, so your instructor reviews this (in `f`, line 2: `t.start()`)",
    ),
    (
        "left_behind",
        {"what": "dtype", "function": "f"},
        "`f` changes torch's default dtype, so later tensors get another dtype. Delete the line that "
        "sets it.",
    ),
    ("unread", {"problem": "the file is no notebook"}, "the file is no notebook"),
    ("absent", {"function": "f", "near": ""}, "there is no function `f` in the file"),
    ("absent", {"function": "f", "near": "F"}, "there is no function `f` in the file; did you mean `F`?"),
    (
        "lost_in_reading",
        WHERE,
        "the line `def f()` defines f, but cannot be read: SyntaxError: expected ':'",
    ),
    (
        "lost_in_loading",
        WHERE | {"place": "file"},
        "line 2 defines f, but fails: SyntaxError: expected ':'",
    ),
    ("ours", {"error": "TypeError", "message": "at /home/ada/x.py"}, "TypeError: at …/x.py"),
    ("ours", {"error": "AssertionError", "message": ""}, "AssertionError"),
]


@pytest.mark.parametrize(("kind", "values", "words"), SAID, ids=[kind for kind, *_ in SAID])
def test_each_fault_has_its_words(kind, values, words):
    """Made of its values alone."""
    assert words == wording.message(fault(kind, **values))


def test_no_kind_of_fault_is_without_words():
    """Each has an outcome, and says whether the function was tried."""
    assert KINDS.keys() == {kind for kind, *_ in SAID}
    assert KINDS.keys() | {"ended"} == wording.SAID.keys()
    for outcome, tried in KINDS.values():
        assert outcome not in (Outcome.PASSED, Outcome.FOLLOWED)
        assert not (tried and outcome in (Outcome.MISSING, Outcome.GRADER_ERROR))


def test_each_limit_has_words():
    """What grading cannot permit is named."""
    assert set(LIMITS) == wording.LIMITS.keys()


def test_each_end_of_a_worker_has_an_outcome():
    """And the sandbox's own words; an end while its statements were run says so."""
    assert ENDS.keys() == {kind for kind, _ in ALL_ENDS.values()}
    words = "it ended its process with status 3"
    assert words == wording.message(ended(Ended("status", status=3)))
    assert f"while its cell was run: {words}" == wording.message(
        ended(Ended("status", status=3), loading=True)
    )
    outcomes = [ended(error).outcome for error in (Ended("slow", seconds=1), Ended("gone"), Ended("large"))]
    assert [Outcome.TIMEOUT, Outcome.CRASHED, Outcome.ERROR] == outcomes


def test_what_was_lost_is_a_note():
    """For the whole file, where it can be found."""
    lost = Lost("file", 4, "SyntaxError", "invalid syntax", "f", "def f(:")
    assert "line 4 could not be read: invalid syntax" == wording.note(lost)
    lost = Lost("cell 3", 4, "SyntaxError", "invalid syntax", "f", "def f(:")
    assert "the line `def f(:` could not be read: invalid syntax" == wording.note(lost)


def test_a_student_s_braces_are_no_format():
    """Whatever stands in a message is text."""
    raised = fault("raised", error="E{0}", message="{error} {", place="f:1:{x}")
    assert "your code raised E{0}: {error} { (in `f`, line 1: `{x}`)" == wording.message(raised)


@pytest.mark.parametrize(
    ("message", "want"),
    [
        ("<object at 0x7f3a12bc90>", "<object at 0x…>"),
        ("0xff stays", "0xff stays"),
        ("File /home/ada/course/f.py, line 3", "File …/f.py, line 3"),
        ("[Errno 2] No such file: '/tmp/x/y.csv'", "[Errno 2] No such file: '…/y.csv'"),
        ("a / b / c and 1/2/3", "a / b / c and 1/2/3"),
        ("two\n   lines\r\n", "two lines"),
        ("a\x00b\x1b[31mc", "a?b?[31mc"),
        ("x" * 1000, "x" * 399 + "…"),
        ("学习", "学习"),
        ("", ""),
    ],
    ids=lambda x: x[:20],
)
def test_messages_are_cleaned(message, want):
    """No addresses, no folders, no control characters, and a line or two at most."""
    assert want == cleaned(message)


def test_a_case_is_shown_without_what_only_the_judge_needs():
    """An exercise says what no student reads: the seed of a shuffle, the order of a replay."""
    one = Exercise("f", order=1, hidden_inputs=("number", "order"))
    case = {"batch_size": 2, "features": torch.zeros(1, 1), "number": 77, "order": [[0]]}
    assert "batch_size = 2, features = [[0.]]" == wording.inputs(one, case)
    assert "number = 77" == wording.inputs(Exercise("g", order=1), {"number": 77})
    assert "" == wording.inputs(one, {})
