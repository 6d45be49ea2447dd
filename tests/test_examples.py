"""The worked examples of docs/authoring.md, each a file: right answers pass, mistakes are as
declared.
"""

import doctest
import importlib
from pathlib import Path

import pytest
from warm import beside

from autograder.authoring import exercise, expect, strategies, values
from autograder.intake.submission import Submission
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings

PLACE = Path(__file__).parent.parent / "examples" / "exercises"
FILES = (path.stem for path in (PLACE / "layers").glob("[!_]*.py"))
NAMES = sorted({*FILES} - {"probes"})
OWN_KIND = {
    "linear",
    "scale_rows",
}  # the others are of kinds that other tests look at


@pytest.fixture(scope="module")
def sandbox():
    """A judge without exercises, whose sandbox those of the examples use."""
    with Judge([], cases.draw("layers", [], 1), Settings()) as one:
        yield one


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.exhaustive] * (name not in OWN_KIND)
        )
        for name in NAMES
    ],
)
def test_an_example_is_as_it_says(sandbox, monkeypatch, name):
    """Its right answer has every point; each mistake fails what it declares."""
    monkeypatch.syspath_prepend(PLACE)
    names = vars(importlib.import_module(f"layers.{name}"))
    (exercise,) = (
        one for one in names.values() if getattr(one, "right_source", "")
    )
    judge = beside(
        sandbox, [exercise], cases.draw("layers", [exercise], 1), Settings()
    )

    def lost(source):
        own = Submission("ada", "ada.py", f"import torch\n{source}")
        failed = [
            one for one in judge.judge(own).results if one.outcome != "passed"
        ]
        return {one.check for one in failed}, {one.mistake for one in failed}

    assert lost(exercise.right_source) == (set(), set())
    for mistake in exercise.mistakes:
        assert lost(mistake.source) == ({*mistake.fails}, {mistake.name})


@pytest.mark.filterwarnings(
    "ignore::hypothesis.errors.NonInteractiveExampleWarning"
)
@pytest.mark.parametrize(
    "module", [exercise, expect, strategies, values], ids=lambda m: m.__name__
)
def test_an_example_in_a_docstring_gives_what_it_says(module):
    """As an author reads it in `pydoc`."""
    result = doctest.testmod(module)
    assert result.attempted
    assert result.failed == 0
