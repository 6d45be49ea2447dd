"""Changes to other people's code: each fits what is installed, is undone, or refuses loudly."""

import contextlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbgrader.api
import pytest
from cli_helpers import RIGHT
from hypothesis.internal.conjecture.providers import HypothesisProvider
from nbgrader.nbgraderformat import common

from autograder import patches
from autograder.grading.session import Session
from autograder.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
MINED = "_maybe_draw_constant"
HAVE = importlib.metadata.version("hypothesis")
REFUSED = (
    f"hypothesis {HAVE} has no hypothesis.internal.conjecture.providers.HypothesisProvider.{MINED} as this "
    "kit knows it, and the cases would depend on which modules are loaded: install a version that was seen "
    f"to fit ({patches.MINED_CONSTANTS.seen})"
)


@pytest.mark.parametrize(
    "patch", [*patches.ALL, *patches.NBGRADER], ids=lambda patch: f"{patch.package}.{patch.attribute}"
)
def test_every_patch_fits_what_is_installed(patch):
    """And says what goes wrong without, and which versions it was seen to fit."""
    assert hasattr(patch.owner(), patch.attribute)
    assert patch.since
    assert re.fullmatch(r"[\d.]+( to [\d.]+)?", patch.seen)


def test_mined_constants_are_off_for_a_while():
    """Hypothesis is as it was before, also where drawing fails."""
    found = [vars(HypothesisProvider)[MINED]]
    with contextlib.suppress(ZeroDivisionError), patches.without_mined_constants():
        found.append(vars(HypothesisProvider)[MINED](None, "integer", {}))
        raise ZeroDivisionError
    assert [found[0], None] == found
    assert found[0] is vars(HypothesisProvider)[MINED]


@pytest.mark.parametrize("change", ["gone", "with other parameters", "no function"])
def test_hypothesis_without_the_attribute_is_refused(monkeypatch, change):
    """By the session of every door, before a case is drawn, in one sentence that names the version."""
    if change == "gone":
        monkeypatch.delattr(HypothesisProvider, MINED)
    else:
        others = {"with other parameters": lambda self, kind, *, constraints=None: None, "no function": 5}
        monkeypatch.setattr(HypothesisProvider, MINED, others[change])

    for use in (patches.check, lambda: Session("vectorization", Settings(seed=5))):
        with pytest.raises(patches.PatchError) as caught:
            use()
        assert REFUSED == str(caught.value)
    with pytest.raises(patches.PatchError), patches.without_mined_constants():
        pytest.fail("it was patched all the same")


def test_the_command_line_says_it_in_one_line(tmp_path):
    """Nobody is graded, and there is no traceback."""
    (tmp_path / "ann.py").write_text(RIGHT)
    shadow = tmp_path / "first" / "hypothesis.py"  # of each process, since judges are processes of their own
    shadow.parent.mkdir()
    shadow.write_text(
        f"import sys\nsys.path.remove({str(shadow.parent)!r})\ndel sys.modules['hypothesis']\n"
        "from hypothesis.internal.conjecture.providers import HypothesisProvider\n"
        f"del HypothesisProvider.{MINED}\n"
    )
    words = ["grade", "ann.py", "--assignment", "vectorization", "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": str(shadow.parent)}
    command = [sys.executable, "-m", "autograder.cli", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert (1, f"autograder: {REFUSED}\n") == (done.returncode, done.stderr)
    assert [] == json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["submissions"]


def test_nbgrader_makes_each_engine_once_and_is_then_as_before():
    """For a class: one gradebook is one engine."""
    before = nbgrader.api.create_engine, nbgrader.api.Base.metadata.create_all, common.jsonschema
    with patches.nbgrader_made_once():
        made = [nbgrader.api.create_engine("sqlite://") for _ in range(2)]
        assert made[0] is made[1]
    after = nbgrader.api.create_engine, nbgrader.api.Base.metadata.create_all, common.jsonschema
    assert before == after


@pytest.mark.parametrize(
    ("value", "fits"), [({"points": 5}, True), ({"points": "5"}, False), ({}, False), ([], False)]
)
def test_a_schema_that_is_looked_at_once_judges_alike(value, fits):
    """As jsonschema's own validate, with the same words."""
    schema = {"type": "object", "properties": {"points": {"type": "number"}}, "required": ["points"]}
    said = []
    for validate in (jsonschema.validate, _validate_once()):
        try:
            validate(value, schema)
            said.append("")
        except jsonschema.ValidationError as error:
            said.append(error.message)
    assert said[0] == said[1]
    assert fits == (said[1] == "")


def _validate_once():
    with patches.nbgrader_made_once():
        return common.jsonschema.validate


@pytest.mark.parametrize("there", [True, False])
def test_the_grammar_that_no_notebook_needs_is_hidden_for_a_while(monkeypatch, there):
    """Where it is imported already it stays; else whoever asks later finds it."""
    name = "rfc3987_syntax"
    if there:
        monkeypatch.setitem(sys.modules, name, json)
    else:
        monkeypatch.delitem(sys.modules, name, raising=False)
    before = sys.modules.get(name)
    with patches.without_iri_grammar():
        assert there == (sys.modules[name] is not None)
    assert (before, there) == (sys.modules.get(name), name in sys.modules)
