"""What a result depends on: a run's facts, a content's key, and the proof of a judge."""

import functools
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder import __version__, cache, courses
from autograder.errors import N_, SandboxError
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import listed, tr
from autograder.settings import Settings

OTHERWISE = N_(
    "A judge would grade differently ({what}). Install the same kit and versions everywhere."
)


@functools.cache
def _digests(course: Path | None) -> dict[str, str]:
    """Return digests of the hidden files and of the rest of the kit, as this process has them."""
    bundled = courses.folder(courses.EXERCISES)
    hidden: list[Path] = []
    others: list[Path] = []
    for path in cache.sources():
        (hidden if path.is_relative_to(bundled) else others).append(path)
    kit = cache.digest(others, *cache.versions().values())
    return {
        "checks": cache.digest([*hidden, *courses.sources()]),
        "kit": f"{__version__}+{kit}",
    }


def facts(cases: Cases, settings: Settings) -> dict[str, Any]:
    """Return the facts that all reports of a run share, enough to grade in the same way again."""
    return {
        "settings": settings.to_json(),
        "settings_digest": settings.digest,
        "cases": cases.hash,
        **_digests(courses.root()),
        **cache.versions(),
    }


def proof(cases: Cases, settings: Settings) -> dict[str, str]:
    """Return everything that decides a report, by name."""
    own = facts(cases, settings) | {"python": platform.python_version()}
    del own["settings"]  # of which there is a digest
    return own


def require_same(wanted: Mapping[str, str], own: Mapping[str, str]) -> None:
    """Raise SandboxError if a judge with its own proof would grade differently from the run."""
    differences = []
    for name, value in wanted.items():
        if own.get(name) != value:
            another = tr(
                "{name} is {value} instead of {want}",
                name=name,
                value=own.get(name),
                want=value,
            )
            differences.append(another)
    if differences:
        raise SandboxError(OTHERWISE, what=listed(differences))


def content_key(
    submission: Submission, run: Mapping[str, object], *more: str
) -> str:
    """Return a digest that changes with the submission's content and with every fact of a run."""
    messages = map(str, (submission.problem, *submission.flags))  # in English
    own = submission.suffix, submission.name, *messages
    return cache.digest(
        [], submission.text, *own, *map(str, run.values()), *more
    )
