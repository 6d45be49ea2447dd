"""Every attack program ends as its own line says, in each setting possible here, and harms nothing."""

from __future__ import annotations

import ast
import os
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from autograder.sandbox.preload import PRELOAD

from settings import HERE, PROGRAMS, SETTINGS, expected, run, why_not

OUTCOMES = {"blocked", "leak", "error", "timeout", "crashed", "protocol", "refused-value", "value"}
_runs: dict[str, Future] = {}


def started(setting: str) -> dict:
    """The result in a setting.  Two run at once, except where pytest-xdist spreads the tests already."""
    alone = "PYTEST_XDIST_WORKER" in os.environ
    if not _runs:
        pool = ThreadPoolExecutor(2)
        for each in [setting] if alone else [s for s in SETTINGS if not why_not(s)]:
            _runs[each] = pool.submit(run, each, PROGRAMS, PRELOAD)
    if setting not in _runs:
        _runs[setting] = ThreadPoolExecutor(1).submit(run, setting, PROGRAMS, PRELOAD)
    return _runs[setting].result()


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_attacks_end_as_expected(setting, record_property):
    if why_not(setting):
        pytest.skip(why_not(setting))
    result = started(setting)
    for row in result["rows"]:
        right = expected(row["program"], setting)
        row["expected"], row["wrong"] = "|".join(right), row["seen"] not in right
    record_property("hostile", result)
    assert not result["error"]
    wrong = [f"{r['program']}: {r['seen']}, {r['says']}" for r in result["rows"] if r["wrong"]]
    assert not wrong, "\n".join(wrong)
    assert [row["program"] for row in result["rows"]] == PROGRAMS
    assert result["uid"] == (0 if setting.startswith("root") else os.getuid() or 65534)
    assert ("bwrap" in result["walls"]) == ("bwrap" in setting)
    assert result["sibling"], "a worker that stood beside all attacks answers otherwise now"
    assert result["right"]
    assert result["left"] == 0, "processes are left behind"


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_says_what_it_attacks_and_what_to_expect(name):
    tree = ast.parse((HERE / "programs" / f"{name}.py").read_text())
    assert len(ast.get_docstring(tree)) > 15
    assert set(expected(name, "root")) | set(expected(name, "root, bwrap")) <= OUTCOMES
    assert any(isinstance(node, ast.FunctionDef) and node.name == "attack" for node in tree.body)


def test_there_are_enough_programs():
    assert len(PROGRAMS) >= 65
