"""A graded class, as its results.json has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.reporting import words
from autograder.reporting.results_folder import SCHEMA, ResultsFolderError
from autograder.results import Report

RESULTS = "results.json"


@dataclass(frozen=True)
class GradedClass:
    """What a results.json holds.  folder: where it lies.  pending: id -> why it is not graded."""

    assignment: str
    reports: tuple[Report, ...]
    folder: Path
    pending: Mapping[str, str] = field(default_factory=dict)

    @property
    def graded(self) -> list[Report]:
        """Those who have a grade."""
        return [report for report in self.reports if not report.needs_a_person]

    @property
    def waiting(self) -> dict[str, str]:
        """Those who have none: id -> why."""
        return {report.id: words.review(report) for report in self.reports if report.needs_a_person}

    @property
    def in_vain(self) -> dict[str, str]:
        """Those whose earlier grade counts: id -> why a later grading failed."""
        return {report.id: why for report in self.reports if (why := words.in_vain(report))}


def read(path: Path) -> GradedClass:
    """The class in a results.json, or in the folder that holds it.

    Raises ResultsFolderError, which names the folders below where the results of each assignment lie.
    """
    file = path / RESULTS if path.is_dir() else path
    if path.is_dir() and not file.exists():
        below = sorted(str(each.parent) for each in path.glob(f"*/{RESULTS}"))
        if below:
            raise ResultsFolderError(
                "{path} has several results. Name one of {names}.", path=path, names=", ".join(below)
            )
    try:
        tree = json.loads(file.read_bytes(), parse_constant=lambda name: None)
        if tree["schema"] != SCHEMA:
            raise ValueError
        name = tree["assignment"]
        reports = tuple(Report.from_json(each, name) for each in tree["submissions"])
        pending = dict.fromkeys(tree.get("pending", {}), str(words.PENDING))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ResultsFolderError(words.NO_RESULTS, file=file) from None
    for report in reports:  # an earlier result counts until there is another
        pending.pop(report.id, None)
    return GradedClass(name, reports, file.parent, pending)
