"""What a row of review.csv says: what waits for a person, and what a person decided."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.assessment import Assessment, Decision
from autograder.errors import KitError
from autograder.languages import N_, listed, tr
from autograder.platforms import tables
from autograder.reporting.cards import because, points
from autograder.results import Outcome, Report, Result
from autograder.sentences import message
from autograder.untrusted_text import cell

Row = dict[str, str]  # title of a column -> what is in it

COUNTS, CONTENT = "file that counts", "content"
FILLED_IN = ("points", COUNTS, "comment")  # columns that a person fills in
# columns without which nobody knows what a row says
KNOWN = ("id", "exercise", "what", *FILLED_IN)
COLUMNS = (
    *("id", "name", "exercise", "what", "title", "text"),
    *("points", "of", COUNTS, "comment", CONTENT),
)
# What a row is about, in every language, if not about one check; a title in the next column
# says it again.
KINDS = FILES, REVIEW = N_("which file counts"), N_("needs review")
EXCUSED = N_("excused")
MAX_TEXT = 32_000  # characters: a cell of Excel has room for 32,767
EARLIER = N_(
    "An earlier submission was decided by hand: {decision}. Decide again for this one."
)

NO_EXERCISE = N_("No exercise {exercise}. Choose one of {known}.")
NO_CHECK = N_(
    "{what} is not exactly one check of {exercise}. Write one of {known}, or leave `what` empty."
)
NO_NAME = N_(
    "This row names no exercise. Write it into `exercise`, or leave `what` empty."
)
NO_POINTS = N_(
    '{points} is not a number from 0 to {most}. Write one, or "excused" in a row '
    "without an exercise."
)


class ReviewError(KitError):
    """The table cannot be read, or a row cannot be used; the sentence says what to do."""


@dataclass(frozen=True)
class Target:
    """What a row is about.  check: its name; "" for a whole exercise, or a whole submission."""

    exercise: str
    check: str
    title: str
    worth: float


def plain(text: str) -> str:
    """Return a cell's text in one form, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def content_cell(content: str) -> str:
    """Return a digest for a cell, with a letter, as a spreadsheet makes numbers of digits."""
    return f"c{content}" if content else ""


# --- what waits


def open_rows(assessment: Assessment) -> Iterator[Row]:
    """Yield a row for each decision that waits: on the submission, or on some exercises."""
    if not assessment.needs_review:
        return
    report = assessment.report
    if report.files:
        text = f"{assessment.reason}\n{'; '.join(report.files)}"
        yield _row(assessment, "", FILES, text)
        return
    failed: dict[str, str] = {}
    for result in assessment.results:
        if result.outcome is Outcome.GRADER_ERROR:
            failed.setdefault(result.exercise, message(result))
    if failed and failed.keys() == assessment.exercises.keys():
        failed = {"": assessment.reason}
    texts = {(exercise, REVIEW): text for exercise, text in failed.items()}
    for decision in assessment.outdated:
        key = decision.exercise, decision.check or REVIEW
        earlier = tr(EARLIER, decision=_in_words(decision))
        texts[key] = f"{earlier}\n{texts[key]}" if key in texts else earlier
    for (exercise, what), text in texts.items():
        yield _row(assessment, exercise, what, text)


def _row(assessment: Assessment, exercise: str, what: str, text: str) -> Row:
    report = assessment.report
    target = _target(exercise, what, report)
    # a spreadsheet may read each line as a row
    shown = "\n".join(map(cell, text.splitlines()))
    if len(shown) > MAX_TEXT:
        shown = shown[:MAX_TEXT] + " [...]"
    return {
        "id": cell(report.id),
        "name": cell(report.name),
        "exercise": cell(exercise),
        "what": what,
        "title": cell(target.title),
        "text": shown,
        "of": points(target.worth),
        CONTENT: content_cell(report.content),
    }


def _in_words(decision: Decision) -> str:
    if decision.is_excused:
        return tr("excused{why}", why=because(decision.comment))
    return points(decision.points or 0) + because(decision.comment)


# --- what a person decided


def decision_in(
    row: Mapping[str, str], report: Report
) -> tuple[Decision, Target]:
    """Return the decision in a row, and what it is about.  Raises ReviewError."""
    target = _target(row["exercise"], row["what"], report)
    written, comment = row["points"], row["comment"]
    if written.casefold() in (EXCUSED, tr(EXCUSED)) and not target.exercise:
        return Decision(comment=comment, is_excused=True), target
    given = None
    if written:
        given = tables.number(written)
        if (
            given is None or not 0 <= given <= target.worth
        ):  # false for NaN, too
            raise ReviewError(
                NO_POINTS, points=written, most=points(target.worth)
            )
    return Decision(target.exercise, target.check, given, comment), target


def _target(exercise: str, what: str, report: Report) -> Target:
    """Return what a row is about: the check has its name or its title.  Raises ReviewError."""
    kind_title = tr(what) if what in KINDS else ""
    if not exercise:
        if what and what not in KINDS:
            raise ReviewError(NO_NAME)
        return Target("", "", kind_title, report.max_score)
    results = report.exercises.get(exercise)
    if results is None:
        known = listed(report.exercises)
        raise ReviewError(NO_EXERCISE, exercise=exercise, known=known)
    if not what or what in KINDS:
        worth = sum(result.points for result in results)
        return Target(exercise, "", kind_title, worth)
    named = _named(what, results)
    if len(named) != 1:
        known = listed(result.check for result in named or results)
        raise ReviewError(NO_CHECK, exercise=exercise, what=what, known=known)
    return Target(exercise, named[0].check, tr(named[0].title), named[0].points)


def _named(what: str, results: Sequence[Result]) -> list[Result]:
    by_name = [result for result in results if result.check == what]
    if by_name:
        return by_name
    by_title = []
    for result in results:
        title = tr(result.title)
        if what in (title, plain(cell(title))):
            by_title.append(result)
    return by_title
