"""Keeps verdicts between runs, so that only what changed since is looked at again."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import cache, courses
from autograder.auditing.verdicts import Program, Verdict

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

MAX_VERDICTS = 5000  # verdicts of an assignment; a check of the kit's own has 700


def keys(assignment: str, exercises: Sequence["Exercise"], *settings: str) -> Callable[[Program], str]:
    """Return a function that gives a digest of all that the verdict on a program depends on.

    settings: what else verdicts depend on.
    """
    folder = courses.folder(courses.SOLUTIONS, assignment)
    visible = filter(Path.exists, (folder / f"test_{assignment}.py", folder / "selfcheck.py"))
    seen, bases = cache.digest(visible, *settings), {}
    for exercise in exercises:
        callers = [other for other in exercises if exercise in other.parts]
        for is_mistake, own in ((True, [exercise, *callers]), (False, [exercise])):
            bases[exercise.name, is_mistake] = cache.digest(_files(own), seen)

    def key(program: Program) -> str:
        base = bases[program.exercise, program.sort == "mistake"]
        return cache.digest([], base, program.sort, program.suffix, program.text)

    return key


def _files(exercises: Sequence["Exercise"]) -> list[Path]:
    """Return the course's files that declare these exercises, and all that the text of one of them names."""
    names = {exercise.checks[0].body.__module__.rpartition(".")[2] for exercise in exercises} | {"__init__"}
    files, found = courses.sources(), set[Path]()
    while more := {path for path in files if path not in found and path.stem in names}:
        found |= more
        names |= {word for path in more for word in re.findall(r"\w+", path.read_text("utf-8", "replace"))}
    return sorted(found)


def verdicts(
    assignment: str,
    programs: Sequence[tuple[str, Program]],
    judged: Callable[[list[Program]], Iterator[Verdict]],
) -> Iterator[Verdict]:
    """Yield the verdict on each of these programs, in their order: an earlier run's, or a judge's.

    programs: with their keys.  What was judged is kept, also if the run is stopped.
    """
    folder = courses.folder(courses.SOLUTIONS, assignment)
    name = f"audit-{assignment}-{cache.digest([], str(folder))}"
    known = json.loads((cache.read(name) or {}).get("verdicts", b"{}"))
    earlier = [known.get(key) for key, _ in programs]  # before any is added: two may have one text
    anew = judged([program for (_, program), stored in zip(programs, earlier) if stored is None])
    try:
        for (key, program), stored in zip(programs, earlier):
            if stored is None:
                verdict = next(anew)
                known[key] = {field: value for field, value in vars(verdict).items() if field != "program"}
            else:
                fields: dict[str, Any] = {
                    k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()
                }
                verdict = Verdict(program, **fields)
            yield verdict
    finally:
        newest = dict([*known.items()][-MAX_VERDICTS:])
        cache.write(name, {"verdicts": json.dumps(newest).encode()})
