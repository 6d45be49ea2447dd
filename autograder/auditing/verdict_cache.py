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
    from autograder.reading.parsed import ParsedSubmission

MAX_VERDICTS = 5000  # verdicts of an assignment; a check of the kit's own has 700


def keys(
    assignment: str, exercises: Sequence["Exercise"], reference: "ParsedSubmission", *settings: str
) -> Callable[[Program], str]:
    """Return a function that gives a digest of all that the verdict on a program depends on.

    reference: its functions decide what an oracle may say.  settings: what else verdicts depend on.
    """
    folder = courses.folder(courses.SOLUTIONS, assignment)
    seen, bases = cache.digest(sorted(folder.glob("*.py")), *settings), {}
    for exercise in exercises:
        callers = [other for other in exercises if exercise in other.parts]
        for is_mistake, own in ((True, [exercise, *callers]), (False, [exercise])):
            texts = [statement.source for e in own for statement in reference.needed(e.function)]
            bases[exercise.name, is_mistake] = cache.digest(_files(own), seen, exercise.name, *texts)

    def key(program: Program) -> str:
        base = bases[program.exercise, program.sort == "mistake"]
        return cache.digest([], base, program.sort, program.suffix, program.text)

    return key


def _files(exercises: Sequence["Exercise"]) -> list[Path]:
    """Return the course's files that declare these exercises, and all that the text of one of them names."""
    bodies = [check.body for exercise in exercises for check in (*exercise.checks, *exercise.oracles)]
    names = {body.__module__.rpartition(".")[2] for body in bodies} | {"__init__"}
    names |= {mistake.place.partition(".")[0] for exercise in exercises for mistake in exercise.mistakes}
    files, found = courses.sources(), set[Path]()
    while more := {path for path in files if path not in found and path.stem in names}:
        found |= more
        names |= {word for path in more for word in re.findall(r"\w+", path.read_text("utf-8", "replace"))}
    return sorted(found)


def verdicts(
    assignment: str,
    programs: Sequence[tuple[str, Program]],
    judged: Callable[[list[Program]], Iterator[Verdict]],
    sources: str,
) -> Iterator[Verdict]:
    """Yield the verdict on each of these programs, in their order: an earlier run's, or a judge's.

    programs: with their keys.  sources: what `digest_of_sources` gave before any judge read these files: if
    it is another now, verdicts may be those on other checks, and are not kept.  Else what was judged is kept,
    also if the run is stopped.
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
        if sources == digest_of_sources():
            newest = dict([*known.items()][-MAX_VERDICTS:])
            cache.write(name, {"verdicts": json.dumps(newest).encode()})


def digest_of_sources() -> str:
    """Return a digest of the course's exercises, as their files are now."""
    return cache.digest(courses.sources())
