"""Reading a file takes a time that grows with its size and no faster; what is too much is said."""

from __future__ import annotations

import json
import time

import pytest

from autograder import exercises
from autograder.errors import Ended
from autograder.intake.submission import Submission
from autograder.sandbox.inside import reader
from autograder.sandbox.inside.parsed import ParsedSubmission
from autograder.settings import Settings

FUNCTIONS = ["data_iter", "linreg", "squared_loss", "sgd", "train"]
RIGHT = "import torch\n" + "\n".join(
    exercise.right_source
    for exercise in exercises.of("linear_regression")
    if exercise.function == exercise.name
)


@pytest.fixture
def judge(judges):
    return judges["linear_regression"]


def notebook(source: str, outputs=()) -> str:
    """A notebook with one code cell."""
    cell = {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def read(text: str, suffix: str = ".py") -> ParsedSubmission:
    return ParsedSubmission.from_wire(reader.read(text, suffix, FUNCTIONS))


def test_outputs_are_no_code(judge):
    """A right notebook keeps its points, however many brackets its outputs have."""
    lines = ["tensor([[[1., 2.], [3., 4.]]])\n"] * 70_000
    output = {"output_type": "stream", "name": "stdout", "text": lines}
    report = judge.judge(Submission("mei", "mei.ipynb", notebook(RIGHT, [output]), ".ipynb"))
    assert report.max_score == report.score


def test_a_reader_that_ends_is_for_a_person(judge, monkeypatch):
    """Never a zero, and the sandbox lives on."""
    worker, sandbox = type(judge.sandbox.worker()), judge.sandbox

    def ends(self, *args, **kwargs):
        raise Ended("slow", seconds=4)

    with monkeypatch.context() as patch:
        patch.setattr(worker, "apply", ends)
        report = judge.judge(Submission("mei", "mei.py", RIGHT))
    assert report.needs_a_person
    assert "the file could not be read: it did not finish within 4 s" == report.reason
    assert sandbox is judge.sandbox
    assert judge.judge(Submission("mei", "mei.py", RIGHT)).score == report.max_score


def test_long_numbers_in_outputs_disturb_nobody():
    """Python reads no whole number of 5000 digits, and a notebook may hold one."""
    text = notebook(RIGHT).replace('"outputs": []', '"outputs": [' + "9" * 5000 + "]")
    assert read(text, ".ipynb").problem is None


@pytest.mark.parametrize(
    ("text", "suffix", "problem"),
    [
        ("x = 1\n" * 20_001, ".py", "20,000 statements"),
        (json.dumps({"cells": [{}] * 5001}), ".ipynb", "5,000 cells"),
    ],
)
def test_too_much_is_said(text, suffix, problem):
    """Instead of a time that a person would not wait."""
    want = f"The file has more than {problem}. Delete those that are not needed."
    assert want == str(read(text, suffix).problem)


# What grew by the square: n of something.
GROWS = {
    "each needs the next": lambda n: (
        "\n".join(f"a{i} = a{i + 1}" for i in range(n)) + "\ndef train(): return a0"
    ),
    "one line": lambda n: "train = 1; " * n,
    "blank lines": lambda n: "(\n" + "\n" * n + "x",
    "tiny cells": lambda n: json.dumps({"cells": [{"cell_type": "code", "source": "import a"}] * (n // 4)}),
}


@pytest.mark.parametrize("name", GROWS)
def test_the_time_grows_with_the_size(name):
    """20,000 of anything take no longer than a reader may: by CPU time, on a busy machine too."""
    text = GROWS[name](19_900)
    start = time.process_time()
    got = read(text, ".ipynb" if text.startswith("{") else ".py")
    assert Settings().load_seconds > time.process_time() - start
    assert got.problem is None
