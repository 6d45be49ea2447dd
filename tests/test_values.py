"""The table of value types: what a check draws, copies and compares, from an author's file to
a student.
"""

from contextlib import closing

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from autograder.authoring import Exercise, expect, tensors
from autograder.errors import DeclarationError
from autograder.intake.submission import Submission
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings


@pytest.mark.parametrize(
    ("want", "words"),
    [
        (
            np.ones(2),
            "The right answer has a ndarray, which no check can copy and compare. Use tensors, ",
        ),
        ([{1, 2}], "The right answer has a set, which"),
        (
            float("nan"),
            "The right answer is nan for some inputs, so that no answer equals it. Draw",
        ),
        (
            {"a": torch.tensor([1.0, float("nan")])},
            "The right answer is nan for some inputs",
        ),
    ],
)
def test_a_right_answer_that_nothing_equals_is_an_author_s_error(want, words):
    """In a sentence that says what to use."""
    with pytest.raises(DeclarationError, match=words):
        expect.close(want, want)


def tallied(labels, seen):
    counts = {}
    for label in labels.tolist():
        counts[label] = counts.get(label, 0) + 1
    seen.append(len(labels))
    return counts


tally = Exercise("tally")
tally.answer(tallied)
SEEN = {"seen": st.lists(st.integers(0, 3), max_size=2)}
tally.contract(
    given=tensors(labels="n", elements=st.integers(0, 3), also=SEEN),
    points={"value": 3, "inputs_unchanged": 1},
)
APPEND = "seen.append(len(labels))"
COUNTER = "Counter(labels.tolist())"
RIGHT = (
    f"from collections import Counter\ndef tally(labels, seen):\n    {APPEND}\n    "
    f"return {COUNTER}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "earned"),
    [
        ("", "", 4),
        (APPEND, "pass", 0),
        (APPEND, "seen.clear()", 0),
        (COUNTER, "{}", 0),
        (COUNTER, "labels", 0),
    ],
)
def test_a_dict_is_returned_and_a_list_changes_in_place(old, new, earned):
    """A Counter is a dict; each call gets a list of its own, so that none is longer for the
    next.
    """
    with closing(
        Judge([tally], cases.draw("a", [tally], 1), Settings(slip_changes=0))
    ) as judge:
        report = judge.judge(
            Submission("ada", "ada.py", RIGHT.replace(old, new))
        )
    assert sum(result.earned for result in report.results) == earned, (
        report.results
    )
