"""What an audit leaves in a folder: audit.json with every program, and audit.html to read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.judging.verdicts import Verdict
from autograder.reporting.atomic import write
from autograder.reporting.audit_summary import AuditSummary
from autograder.reporting.rendering import page

SCHEMA = 1


def write_results(
    out: Path, assignment: str, facts: Mapping[str, object], looked: Sequence[Verdict], found: AuditSummary
) -> list[Path]:
    """Both files of an assignment, into OUT/<assignment>/; their paths.  Raises OSError."""
    folder = out / assignment
    folder.mkdir(parents=True, exist_ok=True)
    tree = {
        "schema": SCHEMA,
        "assignment": assignment,
        "run": dict(facts),
        "totals": found.totals,
        "exercises": [dataclasses.asdict(one) for one in found.exercises],
        "undrawn": dict(found.undrawn),
        "programs": [_row(one) for one in looked],
    }
    write(folder / "audit.json", json.dumps(tree, ensure_ascii=False, indent=1))
    html = page(
        "audit.html",
        styles=("base.css", "audit.css"),
        assignment=assignment,
        facts=facts,
        found=found,
        with_shares=any(check.needed for one in found.exercises for check in one.checks),
    )
    write(folder / "audit.html", html)
    return [folder / "audit.json", folder / "audit.html"]


def _row(verdict: Verdict) -> dict:
    """A program and what was said of it, side by side; its text may be long, and stands elsewhere."""
    row = dataclasses.asdict(verdict)
    program = row.pop("program")
    del program["text"], program["suffix"]
    return {"id": verdict.program.id, **program, "kind": verdict.kind, **row}
