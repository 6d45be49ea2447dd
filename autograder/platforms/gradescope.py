"""Gradescope: the download of "Export Submissions", and a report as its autograder's
results.json.

* Submissions: folders `submission_<number>`, and `submission_metadata.yml` beside them,
whose keys are
  these folders' names, each with its `:submitters:` (`:name:`, `:sid:`, `:email:`).
* https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format: a `score`,
or one for each of
  `tests`, is required.  A report that needs review has neither, so Gradescope treats the
  run as failed and
  informs the instructor: a sum of what could be judged would be a silent zero for the rest.
"""

import contextlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import yaml

from autograder import sentences
from autograder.errors import Message
from autograder.languages import N_, tr
from autograder.platforms.platform import Claim, Owner, Platform
from autograder.results import Outcome, Report, Result
from autograder.untrusted_text import escape_control_characters

# When students see the results, in Gradescope's words.
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"submission_(?P<id>[0-9]+)")
# Of the metadata, only submissions' names and submitters: the rest is each student's
# earlier results.
LISTED = re.compile(r"(?m)^\S.*|^  :submitters:.*(?:\n  - .*|\n    .*)*")
MAX_METADATA = (
    200 << 20
)  # bytes: it holds the results of each student's earlier submissions
MAX_LISTED = (
    20 << 20
)  # characters of all submissions' names and submitters, which are some 100 for each
EARNING = (Outcome.PASSED, Outcome.CARRIED_FORWARD)
COULD_NOT = N_("The autograder could not grade this submission")
NOT_NAMED = N_("{metadata} does not name the student")
WAITS = N_(
    "Not graded yet. {reason}. Your instructor will review it, and you lose no points."
)


def read(name: str, is_folder: bool) -> list[Claim]:
    """Return all readings of a name, by the submission's number alone."""
    match = FOLDER.fullmatch(name) if is_folder else None
    flag = Message(NOT_NAMED, {"metadata": METADATA})
    return [Claim(Owner(match["id"], flags=(flag,)))] if match else []


class _Loader(yaml.BaseLoader):
    """Reads no alias: a few of them can stand for a tree that fills the memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("no aliases")
        return super().compose_node(parent, index)


def submitters(folder: Path) -> dict[str, tuple[Owner, ...]]:
    """Return name in a folder -> its submitters, by the metadata; none if it cannot be read.

    The id is the student's ID, as in Gradescope's own tables, else the e-mail address, else
    the submission's number.  Each member of a group has an entry.
    """
    owners_of: dict[str, tuple[Owner, ...]] = {}
    # the last two: it has another form
    with contextlib.suppress(
        OSError, yaml.YAMLError, RecursionError, AttributeError, TypeError
    ):
        if (folder / METADATA).is_symlink():
            return {}
        with open(folder / METADATA, encoding="utf-8", errors="replace") as file:
            listed = "\n".join(LISTED.findall(file.read(MAX_METADATA)))
        tree = yaml.load(listed if len(listed) <= MAX_LISTED else "", Loader=_Loader)
        for folder_name, values in tree.items():
            owners = []
            people = (values or {}).get(":submitters") or []
            number = folder_name.removeprefix("submission_") if len(people) == 1 else ""
            for person in people:
                cells = (person.get(key) for key in (":sid", ":email", ":name"))
                sid, email, name = (
                    "" if cell in ("~", "null") else str(cell or "") for cell in cells
                )
                owners.append(Owner(sid or email or number or name, name))
            owners_of[folder_name] = tuple(owners)
    return owners_of


def results(
    report: Report, visibility: Visibility, message_of: Callable[[Result], str]
) -> dict[str, Any]:
    """Return a submission's results.json as JSON types.  message_of: returns a check's text for
    students.
    """
    if report.needs_review:
        is_ours = any(
            result.cause == "ours" for result in report.results
        )  # only the instructor learns why
        return without_a_score("" if is_ours else sentences.reason(report), visibility)
    tree = {
        "score": report.score,
        **_head(
            "\n".join((*map(sentences.note, report.notes), *map(tr, report.flags))),
            visibility,
        ),
        "tests": [
            {
                "name": _name(result),
                "score": result.earned,
                "max_score": result.points,
                "status": "passed" if result.outcome in EARNING else "failed",
                "output": escape_control_characters(message_of(result)),
                "output_format": "text",
                "visibility": visibility,
            }
            for result in report.results
        ],
    }
    if math.isfinite(report.seconds):
        tree["execution_time"] = round(report.seconds)
    return tree


def _name(result: Result) -> str:
    name = tr("{exercise}: {title}", exercise=result.exercise, title=tr(result.title))
    if (
        result.outcome is Outcome.CARRIED_FORWARD
    ):  # its points count, but nobody saw it pass
        return tr("{name} ({what})", name=name, what=tr("carried forward"))
    return name


def without_a_score(reason: str, visibility: Visibility) -> dict[str, Any]:
    """Return the results.json of a submission that needs review."""
    sentence = (escape_control_characters(reason).strip() or tr(COULD_NOT)).rstrip(
        ".。"
    )
    return {**_head(tr(WAITS, reason=sentence), visibility), "tests": []}


def _head(output: str, visibility: Visibility) -> dict[str, Any]:
    return {
        "output": escape_control_characters(output),
        "output_format": "text",  # a student's own words are in it: never HTML or Markdown
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",  # ours, for the instructor
    }


PLATFORM = Platform("gradescope", read, submitters=submitters)
