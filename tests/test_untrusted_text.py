"""A lot of a student's worst text takes no longer than its size, and CPU time is bounded
around each reader.

Each place is named in docs/security.md.  What takes a time that grows by the square needs
minutes here.
"""

import contextlib
import json
import signal
from dataclasses import replace

import pytest

from autograder import sentences
from autograder.assessment import Assessment
from autograder.errors import Unread
from autograder.intake import released
from autograder.intake.submission import Submission, suffix_of, text_of
from autograder.judging import faults
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.languages import tr
from autograder.reading.notebooks import cells_of
from autograder.reading.parsed import FailedStatement
from autograder.reporting import pages, text
from autograder.results import Outcome, Result

N = 200_000
SECONDS = 6.0  # of CPU time; the slowest of them takes 1
NAME = "vectorization"

RESULT = Result("f", "value", "is right", 1, 0, Outcome.ERROR)
TEXTS = {
    "letters": "a" * N,
    "blanks": "x" + " " * N + "x",
    "blank lines": " \n" * (N // 2),
    "backslashes": "\\" * N,
    "quotes": '"' * N,
    "imports": "from a" * (N // 6),
    "brackets": "[" * N,
    "braces": '{"a":' * (N // 5),
    "slashes": "/a" * (N // 2),
    "assignments": "vector_add" * (N // 10) + " =",
}


@pytest.mark.parametrize("name", TEXTS)
def test_reading_a_file_and_telling_what_was_written_in_it_is_linear(
    name, tmp_path
):
    """As JSON, as the text of a cell, and as a program."""
    with cpu_limit(SECONDS):
        for whole in (
            TEXTS[name],
            '{"cells": ' + TEXTS[name],
            json.dumps({"cells": [cell(TEXTS[name])]}),
        ):
            with contextlib.suppress(Unread):
                cells_of(whole)
            assert suffix_of(whole, ".py") in (".py", ".ipynb")
    of = released.release_of(NAME)
    with cpu_limit(SECONDS):
        notebook = json.dumps({"cells": [cell(TEXTS[name])]})
        for pieces in (
            released.pieces(TEXTS[name], ".py"),
            released.pieces(notebook, ".ipynb"),
        ):
            of.has_any(pieces), of.own_code(pieces)
            of.code_of(of.functions, pieces)
        path = tmp_path / "a.py"
        path.write_text("# coding: " + TEXTS[name])
        assert text_of(path)


def cell(source):
    return {"cell_type": "code", "source": source, "metadata": {}}


@pytest.mark.parametrize("name", TEXTS)
def test_the_words_of_a_fault_are_short_and_made_in_linear_time(name):
    """Whatever a worker says: its exception's type and message, and where it was raised."""
    said = TEXTS[name]
    with cpu_limit(SECONDS):
        found = faults.fault(
            "raised", error=said, message=said, place=f"{said}:{said}:{said}"
        )
        lost = FailedStatement("file", 1, said, said, (said,), said)
        assert faults.cause_of(found)
        assert len(sentences.sentence(found)) <= 400
        for kind in sentences.TABLES["names"]:
            values = found.values | {"names": f"{said};a:{kind}:{said}:{said}"}
            read = replace(RESULT, fault=replace(found, values=values))
            assert len(sentences.names(read)) <= 400
        assert (
            len(
                sentences.sentence(
                    faults.fault("unread_line", lost=faults.statement(lost))
                )
            )
            <= 400
        )
        for kind in ("NameError", "RuntimeError", "TypeError", "ValueError"):
            sentences.explained(kind, said)
        assert tr(said) == said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blanks", "brackets"])
def test_judging_is_linear(judges, name):
    """The text in a docstring, a comment, a name and an exception: the report is as short as
    ever.
    """
    word = TEXTS[name].replace("\\", "/").replace('"', "'").replace("\n", " ")
    programs = [
        f'def vector_add(a, b):\n    "{word[:180_000]}"\n    return a + b\n',
        f"def vector_add(a, b):\n    raise ValueError({word[0]!r} * {N} + {word[:1000]!r})\n",
        f"def vector_ad(a, b): # {word[:180_000]}\n    return a + b\n",
        f"def v{'x' * 180_000}(a, b):\n    return a + b\n",
    ]
    judge = judges[NAME]
    with cpu_limit(SECONDS):
        for program in programs:
            report = Assessment(
                judge.judge(Submission("mal", "mal.py", program))
            )
            assert len(text.text(report)) < 20_000
            assert pages.page(report)


def test_outputs_and_strings_are_no_code(judges):
    """A right notebook keeps its points, however many brackets its outputs and a docstring have."""
    output = {
        "output_type": "stream",
        "name": "stdout",
        "text": ["tensor([[[1., 2.], [3., 4.]]])\n"] * 70_000,
    }
    code = f"def vector_add(a, b):\n    '{'[' * 210_000}'\n    return a + b"
    right = cell(code) | {"outputs": [output]}
    report = judges[NAME].judge(
        Submission("mei", "mei.ipynb", json.dumps({"cells": [right]}), ".ipynb")
    )
    assert report.score == report.max_score


def spin():
    while True:
        pass


def test_a_loop_without_end_is_stopped_and_the_timer_with_it():
    """Though it catches every exception, as other people's readers do."""
    with (
        pytest.raises(TookTooLong, match=r"more than 0\.05 s"),
        cpu_limit(0.05),
        contextlib.suppress(Exception),
    ):
        spin()
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
