"""Words: what is said of each fault and of a case, the same in every run and on every machine."""

from __future__ import annotations

import pytest
import torch

from autograder import languages
from autograder.authoring import Exercise
from autograder.errors import ENDS as ALL_ENDS
from autograder.errors import Ended
from autograder.judging import wording
from autograder.judging.faults import ENDS, KINDS, LIMITS, ended, fault
from autograder.judging.wording import cleaned
from autograder.results import Outcome

SAID = [  # of those that no report elsewhere has
    ("beyond", {}, "its numbers are infinite or too large to compute with"),
    ("raised", {"error": "KeyError", "message": "", "place": ""}, "your code raised KeyError"),
    ("raised", {"error": "E", "message": "", "place": ":1:x = 1 / 0"}, "your code raised E (in `x = 1 / 0`)"),
    (
        "raised",
        {"error": "E{0}", "message": "{error} {", "place": "f:1:{x}"},
        "your code raised E{0}: {error} { (in `f`, line 1: `{x}`)",
    ),
    (
        "name_lost",
        {"function": "f", "place": "cell 3", "line": 2, "name": "k", "code": "k = 1 / 0"}
        | {"error": "SyntaxError", "message": "expected ':'"},
        "`k` is not defined, because the line `k = 1 / 0` failed: SyntaxError: expected ':'",
    ),
    (
        "differs",
        {"words": "got 1", "sort": "value", "of": "", "later": "several"},
        "this shows only after several other calls: got 1",
    ),
    (
        "not_permitted",
        {"limit": "thread", "name": "", "place": "f:2:t.start()"},
        "Grading runs without new threads, so this needs review (in `f`, line 2: `t.start()`)",
    ),
    ("ours", {"error": "TypeError", "message": "at /home/ada/x.py"}, "TypeError: at …/x.py"),
    ("ours", {"error": "AssertionError", "message": ""}, "AssertionError"),
]


@pytest.mark.parametrize(("kind", "values", "words"), SAID, ids=[kind for kind, *_ in SAID])
def test_each_fault_has_its_words(kind, values, words):
    """Made of its values alone; whatever stands in a student's text is no format."""
    assert words == wording.message(fault(kind, **values))


def test_an_empty_message_leaves_no_colon_in_chinese():
    """Whose colon is another character."""
    with languages.spoken("zh"):
        assert "你的代码抛出了 KeyError" == wording.message(
            fault("raised", error="KeyError", message="", place="")
        )


def test_nothing_is_without_words():
    """Each kind of fault has an outcome, and each limit and end of a worker is named."""
    assert KINDS.keys() | {"ended"} == wording.SAID.keys()
    assert {outcome for outcome, _ in KINDS.values()}.isdisjoint((Outcome.PASSED, Outcome.FOLLOWED))
    assert set(LIMITS) == wording.LIMITS.keys()
    assert ENDS.keys() == {kind for kind, _ in ALL_ENDS.values()}
    outcomes = [ended(error).outcome for error in (Ended("slow", seconds=1), Ended("gone"), Ended("large"))]
    assert [Outcome.TIMEOUT, Outcome.CRASHED, Outcome.ERROR] == outcomes


@pytest.mark.parametrize(
    ("message", "want"),
    [
        ("<object at 0x7f3a12bc90>", "<object at 0x…>"),
        ("File /home/ada/course/f.py, line 3", "File …/f.py, line 3"),
        ("[Errno 2] No such file: '/tmp/x/y.csv'", "[Errno 2] No such file: '…/y.csv'"),
        ("two\n   lines\r\n", "two lines"),
        ("a\x00b\x1b[31mc", "a?b?[31mc"),
        ("x" * 1000, "x" * 399 + "…"),
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
