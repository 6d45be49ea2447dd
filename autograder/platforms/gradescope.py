"""Gradescope: the download of "Export Submissions", and its autograder's results.json.

* Submissions: folders `submission_<number>`, and `submission_metadata.yml` beside them, whose
  keys are these folders' names, each with its `:submitters:` (`:name:`, `:sid:`, `:email:`).
* https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format: a `score`, or one
  for each of `tests`, is required.  A report that needs review has neither, so Gradescope treats
  the run as failed and informs the instructor: a sum of what could be judged would be a silent
  zero for the rest.
"""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from autograder import sentences
from autograder.assessment import Assessment
from autograder.errors import Message
from autograder.languages import tr
from autograder.platforms.platform import Owner, Platform
from autograder.results import Outcome, Result
from autograder.untrusted_text import escape_control_characters

# When students see the results, in Gradescope's words.
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]

METADATA = "submission_metadata.yml"
FOLDER = re.compile(r"^submission_(?P<id>[0-9]+)\Z")
# Of the metadata, only submissions' names and submitters: the rest is earlier results.
LISTED = re.compile(r"(?m)^\S.*|^  :submitters:.*(?:\n  - .*|\n    .*)*")
# bytes: it holds the results of earlier submissions
MAX_METADATA = 200 << 20
# characters of all submissions' names and submitters, which are some 100 for each
MAX_LISTED = 20 << 20
EMPTY = ("~", "null")  # a cell without a value


def owner(match: re.Match[str], is_folder: bool) -> Owner | None:
    """Return whose a folder is, by the submission's number alone."""
    flag = Message(
        "{metadata} does not name the student", {"metadata": METADATA}
    )
    if is_folder:
        return Owner(match["id"], flags=(flag,))
    return None


def submitters(folder: Path) -> dict[str, list[Owner]]:
    """Return name in a folder -> its submitters, by the metadata; none if it cannot be read.

    The id is the student's ID, as in Gradescope's own tables, else the e-mail address, else
    the submission's number.  Each member of a group has an entry.
    """
    owners: dict[str, list[Owner]] = {}
    path = folder / METADATA
    if path.is_symlink() or not path.is_file():
        return owners
    # Imported here, because few runs read such a file.
    import yaml

    class Loader(yaml.BaseLoader):
        """Reads no alias: a few of them can stand for a tree that fills the memory."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("no aliases")
            return super().compose_node(parent, index)

    # the last two: it has another form
    broken = OSError, yaml.YAMLError, RecursionError, AttributeError, TypeError
    with contextlib.suppress(*broken):
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = LISTED.findall(file.read(MAX_METADATA))
        listed = "\n".join(lines)[:MAX_LISTED]
        for name, values in yaml.load(listed, Loader=Loader).items():
            people = (values or {}).get(":submitters") or []
            number = ""
            if len(people) == 1:
                number = name.removeprefix("submission_")
            owners[name] = [_owner(person, number) for person in people]
    return owners


def _owner(person: dict[str, Any], number: str) -> Owner:
    """Return a submitter.  number: the submission's, which is the id if there is no better one."""
    cells = []
    for key in (":sid", ":email", ":name"):
        cell = str(person.get(key) or "")
        cells.append(cell if cell not in EMPTY else "")
    sid, email, name = cells
    return Owner(sid or email or number or name, name)


def results(
    assessment: Assessment,
    visibility: Visibility,
    message_of: Callable[[Result], str],
) -> dict[str, Any]:
    """Return a submission's results.json as JSON types.

    message_of: returns a check's text for students.
    """
    report = assessment.report
    if assessment.needs_review:
        reason = assessment.reason
        # only the instructor learns why the grader failed
        if any(result.cause == "ours" for result in report.results):
            reason = ""
        return without_a_score(reason, visibility)
    tests = []
    for result in assessment.results:
        is_passed = result.is_earned and (
            result.outcome is Outcome.PASSED or not result.lost
        )
        test = {
            "name": _name(result),
            "score": result.earned,
            "max_score": result.points,
            "status": "passed" if is_passed else "failed",
            "output": escape_control_characters(message_of(result)),
            "output_format": "text",
            "visibility": visibility,
        }
        tests.append(test)
    notes = [*map(sentences.sentence, report.notes), *assessment.flags]
    if not all(result.is_earned for result in assessment.results):
        notes.append(sentences.rule(assessment.partial_credit))
    graded = {"score": assessment.score, "tests": tests}
    return _head("\n".join(notes), visibility) | graded


def _name(result: Result) -> str:
    title = tr(result.title)
    name = tr("{exercise}: {title}", exercise=result.exercise, title=title)
    # nobody saw it pass
    if result.outcome is Outcome.CARRIED_FORWARD:
        return tr("{name} ({what})", name=name, what=tr("carried forward"))
    return name


def without_a_score(reason: str, visibility: Visibility) -> dict[str, Any]:
    """Return the results.json of a submission that needs review."""
    sentence = escape_control_characters(reason).strip() or tr(
        "The autograder could not grade this submission"
    )
    output = tr(
        "Not graded yet. {reason}. Your instructor will review it, and you lose no points.",
        reason=sentence.rstrip(".。"),
    )
    return _head(output, visibility) | {"tests": []}


def _head(output: str, visibility: Visibility) -> dict[str, Any]:
    return {
        "output": escape_control_characters(output),
        # It has a student's own words, so it is never HTML or Markdown.
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",  # ours, for the instructor
    }


PLATFORM = Platform(
    "gradescope", FOLDER, owner, submitters, has_gradebook=False
)
