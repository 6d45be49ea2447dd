"""The worked examples of docs/authoring.md, each a file: right answers pass, mistakes are as
declared.
"""

import doctest
import importlib
from pathlib import Path

import pytest
from warm import beside

from autograder.authoring import expect, strategies, values
from autograder.intake.submission import Submission
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings

PLACE = Path(__file__).parent.parent / "examples" / "exercises"
NAMES = sorted(path.stem for path in (PLACE / "layers").glob("[!_]*.py"))
OWN_KIND = {"linear", "scale_rows"}  # the others are of kinds that other tests look at


@pytest.fixture(scope="module")
def sandbox():
    """A judge without exercises, whose sandbox those of the examples use."""
    with Judge([], cases.draw("layers", [], 1), Settings()) as one:
        yield one


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[] if n in OWN_KIND else pytest.mark.exhaustive)
        for n in NAMES
    ],
)
def test_an_example_is_as_it_says(sandbox, monkeypatch, name):
    """Its right answer has every point; each mistake fails what it declares, and is named."""
    monkeypatch.syspath_prepend(PLACE)
    (exercise,) = [
        value
        for value in vars(importlib.import_module(f"layers.{name}")).values()
        if getattr(value, "right_source", "")
    ]
    judge = beside(sandbox, [exercise], cases.draw("layers", [exercise], 1), Settings())

    def lost(text: str) -> tuple[set[str], set[str]]:
        results = judge.judge(
            Submission("ada", "ada.py", f"import torch\n{text}")
        ).results
        wrong = [one for one in results if one.outcome != "passed"]
        return {one.check for one in wrong}, {one.mistake for one in wrong}

    assert (set(), set()) == lost(exercise.right_source)
    declared = {one.name: ({*one.fails}, {one.name}) for one in exercise.mistakes}
    assert declared == {one.name: lost(one.source) for one in exercise.mistakes}


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize(
    "module", [expect, strategies, values], ids=lambda m: m.__name__
)
def test_an_example_in_a_docstring_gives_what_it_says(module):
    """As an author reads it in `pydoc`."""
    result = doctest.testmod(module)
    assert result.attempted
    assert 0 == result.failed
