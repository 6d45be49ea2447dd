"""Reading a file takes a time that grows with its size and no faster; what is too much is said."""

from __future__ import annotations

import json
import random
import time

import pytest
from sampling import some_of

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


def test_parts_that_nest_too_deep_are_said_so():
    """JSON it is, but nobody can read it."""
    text = notebook(RIGHT).replace('"outputs": []', '"outputs": [' + "[" * 100_000 + "]" * 100_000 + "]")
    assert "the file cannot be read as a notebook: its parts nest too deep" == str(
        read(text, ".ipynb").problem
    )


def test_long_numbers_in_outputs_disturb_nobody():
    """Python reads no whole number of 5000 digits, and a notebook may hold one."""
    text = notebook(RIGHT).replace('"outputs": []', '"outputs": [' + "9" * 5000 + "]")
    assert read(text, ".ipynb").problem is None


@pytest.mark.parametrize(
    ("text", "suffix", "problem"),
    [
        ("x = 1\n" * 20_001, ".py", "the file holds more than 20,000 statements"),
        ("(\n" * 20_001, ".py", "the file holds more than 20,000 statements"),
        (
            json.dumps({"cells": [{}] * 5001}),
            ".ipynb",
            "the file holds more than 5,000 cells",
        ),
    ],
)
def test_too_much_is_said(text, suffix, problem):
    """Instead of a time that a person would not wait."""
    assert problem == str(read(text, suffix).problem)


# What grew by the square: n of something.
GROWS = {
    "each needs the next": lambda n: (
        "\n".join(f"a{i} = a{i + 1}" for i in range(n)) + "\ndef train(): return a0"
    ),
    "each needs the one before": lambda n: (
        "\n".join(f"a{i} = a{i - 1}" for i in range(n)) + f"\ntrain = a{n - 1}"
    ),
    "one line": lambda n: "train = 1; " * n,
    "broken lines": lambda n: "a = (\n" * n,
    "blank lines": lambda n: "(\n" + "\n" * n + "x",
    "magics": lambda n: "!ls\n" * n,
    "tiny cells": lambda n: json.dumps({"cells": [{"cell_type": "code", "source": "import a"}] * (n // 4)}),
}


@pytest.mark.parametrize("name", some_of(GROWS, 3))
def test_the_time_grows_with_the_size(name):
    """20,000 of anything take no longer than a reader may: by CPU time, on a busy machine too."""
    text = GROWS[name](19_900)
    start = time.process_time()
    got = read(text, ".ipynb" if text.startswith("{") else ".py")
    assert Settings().load_seconds > time.process_time() - start
    assert got.problem is None


def test_statements_on_one_line_are_cut_where_they_end():
    """In characters of more than one byte too, and over several lines."""
    text = "é = 'ü'; train = [é,\n 'ß']; linreg = train\nsgd = 1;\n"
    found = [(each.line, each.source) for each in read(text).statements]
    assert [(1, "é = 'ü'"), (1, "train = [é,\n 'ß']"), (2, "linreg = train"), (3, "sgd = 1")] == found


def test_a_long_chain_is_kept_whole():
    """What the last of many statements needs, in their order."""
    numbers = list(range(500))
    random.Random(1).shuffle(numbers)
    lines = [f"a{i} = a{i + 1}" for i in numbers]
    got = read("\n".join(["other = 1", *lines, "def train(): return a0"]))
    assert [*lines, "def train(): return a0"] == [each.source for each in got.statements]
