"""Loads the statements that an exercise needs into a worker, with doubles of parts and probes.

In: a worker and a parsed submission.  Out: the functions that exist now, and the statements that
failed.  The worker may report anything, so this must fit what was sent.  It runs no check.
"""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.authoring.exercise import Exercise
from autograder.reading.parsed import FailedStatement, ParsedSubmission
from autograder.sandbox.client import Worker
from autograder.sandbox.inside.precompiled import compiled
from autograder.wire import fits


@dataclass(frozen=True)
class Loaded:
    """What running statements gave: functions with their `loading.parameters`, and failures."""

    functions: Mapping[str, dict | None]
    failed: tuple[FailedStatement, ...]


def load(
    worker: Worker,
    exercise: Exercise,
    parsed: ParsedSubmission,
    functions: Sequence[str],
    seconds: float,
    sharing: tuple[Exercise, ...] = (),
    right_part: str = "",
) -> Loaded:
    """Run the statements that an exercise needs.  Raises Ended.

    functions: of all exercises.  sharing: exercises in this worker.  right_part: the part for
    which a right one stands, although the exercise has no doubles.
    """
    statements = [
        [needed.place, needed.line, needed.source]
        for needed in parsed.needed(exercise.function)
    ]
    report = worker.load(
        statements,
        list(functions),
        _compiled_doubles(exercise, right_part),
        seconds,
        _compiled_probes((exercise, *sharing)),
    )
    if not fits(_REPORT, report) or not report["functions"].keys() <= {
        *functions
    }:
        raise worker.protocol_error("load")
    sent = Counter((place, line) for place, line, _ in statements)
    failed = []
    for failure in report["failed"]:
        at = failure["place"], failure["line"]
        sent[at] -= 1
        # It was not run, or is reported twice.
        if sent[at] < 0:
            raise worker.protocol_error("load")
        statement = parsed.by_place[at]
        failed.append(
            FailedStatement(
                **failure,
                binds=statement.binds,
                first_line=statement.first_line,
            )
        )
    return Loaded(report["functions"], tuple(failed))


_REPORT = {
    "functions": {
        str: {
            "names": [str],
            "needed": int,
            "most": (int, None),
            "by_name": ([str], None),
            "text": str,
        }
    },
    "failed": [{"place": str, "line": int, "error": str, "message": str}],
}


@functools.lru_cache(maxsize=100)
def _compiled_doubles(exercise: Exercise, right_part: str) -> dict[str, dict]:
    """Return the doubles of each part, as a worker takes them."""
    doubles: dict[str, dict] = {}
    for part, sources in exercise.double_sources(right_part).items():
        doubles[part] = {}
        for kind, text in sources.items():
            if text:
                doubles[part][kind] = compiled(text, kind)
    return doubles


@functools.lru_cache(maxsize=100)
def _compiled_probes(exercises: tuple[Exercise, ...]) -> dict[str, str]:
    """Return the probes of these exercises and their parts."""
    probes: dict[str, str] = {}
    for exercise in exercises:
        for owner in (exercise, *exercise.parts):
            for key, probe in owner.probes.items():
                if key not in probes:
                    probes[key] = compiled(probe.source, "probe")
    return probes
