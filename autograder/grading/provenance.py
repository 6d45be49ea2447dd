"""What a result depends on: a run's facts, a content's key, and the proof that a judge grades alike."""

import hashlib
from collections.abc import Mapping

from autograder import __version__, cache, courses
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.settings import Settings


def facts(cases: Cases, settings: Settings, walls: str) -> dict:
    """The facts that all reports of a run share, enough to grade in the same way again."""
    return {
        "settings": settings.to_json(),
        **proof(cases, settings),
        **cache.versions(),
        "walls": walls,
    }


def proof(cases: Cases, settings: Settings) -> dict[str, str]:
    """Digests of everything that decides a report.  A judge with another proof would grade differently."""
    bundled = courses.folder(courses.EXERCISES)
    hidden = [path for path in cache.sources() if path.is_relative_to(bundled)]
    rest = [path for path in cache.sources() if path not in hidden]
    return {
        "settings_digest": settings.digest,
        "cases": cases.hash,
        "checks": cache.digest([*hidden, *courses.sources()]),
        "kit": f"{__version__}+{cache.digest(rest, *cache.versions().values())}",
    }


def content_key(submission: Submission, run: Mapping[str, object], *more: str) -> str:
    """A digest that changes with the submission's content and with every fact of a run."""
    digest = hashlib.blake2b(submission.text.encode("utf-8", "surrogatepass"), digest_size=12)
    own = submission.suffix, submission.beside, submission.name, submission.problem, *submission.flags
    parts = *own, *map(str, run.values()), *more
    for part in parts:
        digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
