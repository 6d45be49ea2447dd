"""Grades programming exercises by hidden properties, with student code in locked workers.

A course's exercises and scripts import from here: all names of `autograder.authoring`, and
those below.  Each is imported when it is first used: `import autograder` imports no torch.

    from autograder import Exercise, expect, tensors
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.authoring import *
    from autograder.results import Report
    from autograder.settings import Settings

__version__ = "1.0.0"

__all__ = [
    "ANYTHING",
    "N_",
    "OWN",
    "OWN_IF_PASSED",
    "RECORDED",
    "RIGHT",
    "RIGHT_AS_OWN",
    "DeclarationError",
    "Exercise",
    "Figure",
    "Line",
    "Report",
    "Settings",
    "StudentError",
    "classes",
    "expect",
    "grade",
    "param",
    "phrase",
    "probabilities",
    "tensors",
]
# All other names are in authoring.
_HOMES = {"Report": "results", "Settings": "settings"}

# Else a type checker would take every name as known.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # It is misspelt, or a module, which Python imports next.
        if name not in __all__:
            raise AttributeError(
                f"module {__name__!r} has no attribute {name!r}"
            )
        return getattr(
            importlib.import_module(
                f"{__name__}.{_HOMES.get(name, 'authoring')}"
            ),
            name,
        )


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]


def grade(
    assignment: str, files: Mapping[str, Path], settings: Settings | None = None
) -> dict[str, Report]:
    """Return the report on each file, by the student's id, in the order given; from one judge.

    files: notebooks or Python files, one a student.  settings: by default those of the kit,
    with its public seed.  A file that cannot be read has a report that says so.  Raises
    DeclarationError, SandboxError or another KitError, with one sentence.
    """
    from autograder.grading.session import Session
    from autograder.intake.submission import open_submission
    from autograder.settings import Settings

    submissions = [
        open_submission(Path(path), id) for id, path in files.items()
    ]
    with Session(assignment, settings or Settings()) as session:
        return {
            submission.id: report
            for submission, report in session.reports(submissions)
        }
