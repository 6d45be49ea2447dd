"""The maintainers' program for docs/measured.md: a table of verdicts, and each that is wrong."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from process_helpers import PATIENCE

AUDIT = Path(__file__).parent / "audit"


@pytest.fixture
def audit(monkeypatch):
    """Its program as a module."""
    monkeypatch.syspath_prepend(AUDIT)
    spec = importlib.util.spec_from_file_location(
        "audit_program", AUDIT / "__main__.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.exhaustive
def test_it_finds_no_wrong_verdict_of_the_smallest_assignment():
    """Its table has a row for each exercise, and one for all."""
    command = [
        sys.executable,
        str(AUDIT),
        "vectorization",
        "--mutants",
        "6",
        "--seeds",
        "2",
        "--shares",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    rows = [line.split(" | ")[0] for line in done.stdout.splitlines()]
    assert ["| exercise", "|---|---:|---:|---:|---:|", "| vector_add", "| all"] == [
        row for row in rows if row
    ]


def look(audit, sort, objection="", **shares):
    program = audit.looking.Program("f", sort, "x", "")
    return audit.Look(
        program,
        objection,
        {seed: {"c": share} if share else {} for seed, share in shares.items()},
    )


@pytest.mark.parametrize(
    ("seen", "drawn", "needed"), [(3, 40, "178"), (12, 147, ""), (9, 147, "")]
)
def test_a_check_with_too_few_cases_is_told_but_not_for_a_few_more_or_less(
    audit, seen, drawn, needed
):
    """Of 40 cases 3 showed it.  Of 147, which 9 in 100 ask for, as few as 9 may have shown it by
    chance.
    """

    class Check:
        name, cases, edge_cases, is_drawn = "c", drawn, (), True

    class Exercise:
        name, checks = "f", [Check]

    told = [
        *audit.thin_checks(
            Exercise, [look(audit, "mutant", "differs", one=seen / drawn)]
        )
    ]
    assert [f"it needs {needed}."] * bool(needed) == [
        line.rpartition(": ")[2] for line in told
    ]
