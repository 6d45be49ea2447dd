"""Keeps verdicts between runs, so that only what changed since is looked at again."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import cache, courses
from autograder.auditing.programs import Program, Verdict
from autograder.authoring.exercise import Exercise

MAX_VERDICTS = 5000  # verdicts of an assignment; a check of the kit's own has 700


class VerdictCache:
    """The verdicts of an assignment.  settings: what else they depend on."""

    def __init__(self, assignment: str, exercises: Sequence[Exercise], *settings: str):
        folder = courses.folder(courses.SOLUTIONS, assignment)
        visible = filter(Path.exists, (folder / f"test_{assignment}.py", folder / "selfcheck.py"))
        seen = cache.digest(visible, *settings)
        self._name = f"audit-{assignment}-{cache.digest([], str(folder))}"
        self._bases = {}
        for exercise in exercises:
            callers = [other for other in exercises if exercise in other.parts]
            for sort, own in (("mistake", [exercise, *callers]), ("", [exercise])):
                self._bases[exercise.name, sort] = cache.digest(_files(own), seen)
        self._known = json.loads((cache.read(self._name) or {}).get("verdicts", b"{}"))

    def get(self, program: Program) -> Verdict | None:
        """Return an earlier verdict, if nothing that it depends on has changed."""
        stored = self._known.get(self._key(program))
        if stored is None:
            return None
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
        return Verdict(program, **fields)

    def add(self, verdict: Verdict) -> Verdict:
        """Keep it, and return it."""
        fields = {name: value for name, value in vars(verdict).items() if name != "program"}
        self._known[self._key(verdict.program)] = fields
        return verdict

    def save(self) -> None:
        """Write them for the next run."""
        newest = dict([*self._known.items()][-MAX_VERDICTS:])
        cache.write(self._name, {"verdicts": json.dumps(newest).encode()})

    def _key(self, program: Program) -> str:
        base = self._bases[program.exercise, "mistake" if program.sort == "mistake" else ""]
        return cache.digest([], base, program.sort, program.suffix, program.text)


def _files(exercises: Sequence[Exercise]) -> list[Path]:
    """Return the course's files that declare these exercises, and all that the text of one of them names."""
    names = {exercise.checks[0].body.__module__.rpartition(".")[2] for exercise in exercises} | {"__init__"}
    files, found = courses.sources(), set[Path]()
    while more := {path for path in files if path not in found and path.stem in names}:
        found |= more
        names |= {word for path in more for word in re.findall(r"\w+", path.read_text("utf-8", "replace"))}
    return sorted(found)
