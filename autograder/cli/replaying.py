"""`autograder replay`: grades one submission again under the settings of its run, and says what differs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import settings
from autograder.cli.grading import KEPT, one_line
from autograder.cli.stop import Stop
from autograder.errors import N_
from autograder.grading.session import Session
from autograder.intake.places import Kind, kind
from autograder.intake.submission import SubmittedFile
from autograder.languages import speak, tr
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError
from autograder.reporting.words import UNREAD
from autograder.results import Report

MEASURED = "seconds", "timings", "figures"  # never the same twice


@dataclass(frozen=True)
class Differences:
    """How a replay differs.  facts: a line for each fact of the run that is another now."""

    report: bool
    facts: tuple[str, ...]


def replay(results: Path, id: str, file: Path | None) -> tuple[Report, Differences]:
    """Grade one submission again; its report.  file: where it is now, if not where it was.  Raises Stop."""
    try:
        assignment = json.loads(results.read_text(encoding="utf-8"))["assignment"]
        with ResultsFolder(results.parent, assignment, {}) as book:
            entry = book.entry(id)
        run = entry["run"]
        known = Report.from_json(entry["report"], assignment)  # older ones have not all fields
        chosen = settings.from_json(run["settings"])
    except ResultsFolderError as error:
        raise Stop.by(error) from None
    except (OSError, ValueError, KeyError, TypeError):
        words = N_("{results} has no report of {id!r}. Name a results.json of this kit, and a student in it.")
        raise Stop(words, results=results, id=id) from None
    speak(chosen.language)
    if file is None and all(result.cause == UNREAD for result in known.results):
        words = N_("{id} was not graded. {why} Name the right file with --file.")
        raise Stop(words, 1, id=id, why=known.reason)
    # A journal of before has no "below", and a path that leads through a student's links.
    path, below = file or Path(entry["path"]), file or entry.get("below")
    if not below or kind(path) is Kind.NOTHING:
        raise Stop("The submission is no longer at {path}. Name its new place with --file.", path=path)
    root = path.parent if file else Path(below)
    submission = SubmittedFile(id, path, known.file, known.flags, name=known.name, root=root).open()
    with one_line(KEPT), Session(assignment, chosen, with_gate=False) as session:
        report = session.report(submission)
        now = json.loads(json.dumps(session.facts))
    report = replace(report, late_days=known.late_days)  # of which the file says nothing
    facts = (
        tr("{name} changed from {then} to {now}", name=name, then=then, now=now.get(name))
        for name, then in run.items()
        if then != now.get(name)
    )
    return report, Differences(_judged(report) != _judged(known), tuple(facts))


def _judged(report: Report) -> dict:
    """What of a report must be the same, as it comes back from a file: JSON knows no tuples."""
    tree = json.loads(json.dumps(report.to_json()))
    return {name: value for name, value in tree.items() if name not in MEASURED}
