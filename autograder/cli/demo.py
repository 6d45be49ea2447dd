"""A sample class of students, in nbgrader's layout: right in different styles, and wrong as students are.

Each exercise declares which students answer it differently from the reference (`Exercise.sample`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from autograder import exercises
from autograder.judging import gate

MARKS = "### ", "NotImplementedError", "<!-- "  # lines of a solution that no student writes
ALL_RIGHT, EMPTY, UNTOUCHED = "amal", "quinn", "rosa"  # whatever the exercises are


def write_class(folder: Path, names: Sequence[str]) -> int:
    """Write the submissions of the sample class below `folder/submitted`; how many students there are."""
    students = {ALL_RIGHT, EMPTY, UNTOUCHED}.union(
        *(e.students for name in names for e in exercises.of(name))
    )
    for name in names:
        stub = json.loads(gate.stub(name).text)
        reference, answers = _sources(json.loads(gate.reference(name).text))
        for number, student in enumerate(sorted(students)):
            path = folder / "submitted" / student / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            if student == EMPTY:
                path.write_bytes(b"")
                continue
            own = {e.name: e.students[student] for e in exercises.of(name) if student in e.students}
            said = answers if number % 3 == 1 else {}  # the others leave the question out
            sources = {} if student == UNTOUCHED else reference | own | said
            notebook = json.loads(json.dumps(stub))
            for cell in notebook["cells"]:
                if cell.get("id") in sources:
                    cell["source"] = sources[cell["id"]].splitlines(True)
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            path.write_text(text, encoding="utf-8")
    return len(students)


def _sources(notebook: dict) -> tuple[dict[str, str], dict[str, str]]:
    """The code or the answer of each solution cell, without its markers."""
    sources: dict[str, dict[str, str]] = {"code": {}, "markdown": {}}
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            lines = "".join(cell["source"]).splitlines(True)
            kept = [line for line in lines if not any(mark in line for mark in MARKS)]
            sources[cell["cell_type"]][cell["id"]] = "".join(kept)
    return sources["code"], sources["markdown"]
