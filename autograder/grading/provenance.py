"""What a result depends on: a run's facts, which its judges must share, and a content's key."""

import functools
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder import __version__, cache, courses
from autograder.errors import SandboxError
from autograder.intake.released import release_of
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.languages import listed, tr
from autograder.settings import Settings


@functools.cache
def _digests(course: Path | None, assignment: str) -> dict[str, str]:
    """Return digests of the hidden files and of the rest of the kit, as this process has them."""
    bundled = courses.folder(courses.EXERCISES)
    hidden: list[Path] = []
    public: list[Path] = []
    for path in cache.sources():
        (hidden if path.is_relative_to(bundled) else public).append(path)
    kit = cache.digest(public, *cache.versions().values())
    calls = []
    for function, names in release_of(assignment).keywords.items():
        calls.append(f"{function}({','.join(sorted(names))})")
    return {
        "checks": cache.digest([*hidden, *courses.sources()], *calls),
        "kit": f"{__version__}+{kit}",
    }


def facts(cases: Cases, settings: Settings) -> dict[str, Any]:
    """Return the facts that all reports of a run share, enough to grade in the same way again."""
    return {
        "settings": settings.to_json(),
        "settings_digest": settings.digest,
        "cases": cases.hash,
        **_digests(courses.root(), cases.assignment),
        **cache.versions(),
        "python": platform.python_version(),
    }


def require_same(run: Mapping[str, Any], judge: Mapping[str, Any]) -> None:
    """Raise SandboxError if a judge with these facts would grade differently from the run."""
    differences = []
    for name, want in run.items():
        if (value := judge.get(name)) != want:
            difference = tr(
                "{name} is {value} instead of {want}",
                name=name,
                value=value,
                want=want,
            )
            differences.append(difference)
    if differences:
        raise SandboxError(
            "A judge would grade differently ({what}). Install the same kit and versions "
            "everywhere.",
            what=listed(differences),
        )


def content_key(
    submission: Submission, run: Mapping[str, object], *parts: str
) -> str:
    """Return a digest that changes with the submission's content and with every fact of a run."""
    # In English, so that a course's language does not grade everything again.
    messages = map(str, (submission.problem, *submission.flags))
    content = submission.text, submission.suffix, submission.name
    return cache.digest(
        [], *content, *messages, *map(str, run.values()), *parts
    )
