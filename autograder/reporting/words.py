"""All words of this room, as constants in English, which are read in the language that is spoken.

Names in braces are filled in by `str.format`.  The keys of results.json and the columns of grades.csv
are no words but names that programs read, and stand where they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograder.languages import in_all, lazy, plural, tr
from autograder.results import BY_HAND, WRITTEN, Decision, Outcome, Report, Result

LANGUAGE = lazy("en")

# What happened, before the message of a check.
LEADS = {
    Outcome.TIMEOUT: lazy("your code ran out of time: "),
    Outcome.CRASHED: lazy("your code ended the program: "),
    Outcome.GRADER_ERROR: lazy("the grader failed, which costs you nothing; a person will look: "),
}

# The same, where what was handed in is not certain: no fault of the grader's either.
UNREAD = "unread"  # the cause of such results
UNREAD_LEAD = lazy("not graded, since a person must look first: ")

# A student's text: the marks before a title read as a sentence with it.
OK, NOT_OK, UNKNOWN = lazy("ok"), "--", "??"
WHO = "{name} ({id})"
SUBMISSION = lazy("{who}, {assignment}: {earned} of {worth} points")
EXCUSED_TEXT = lazy("{who}, {assignment}: excused")
NOT_GRADED = lazy("{who}, {assignment}: not graded yet")
EXERCISE = lazy("{exercise}: {earned} of {worth} points")
PART, MORE_POINTS = "{earned}/{worth}", "{earned:+g}"
WAITS, DECIDED = lazy("not read yet: {question}"), lazy("your instructor graded this{why}")
GIVEN, COMMENTED_ON = lazy("points from your instructor"), lazy("a comment from your instructor")
IN_ALL, EXCUSED = lazy("your instructor gave {given} points in all{why}"), lazy("excused{why}")
UNREAD_ANSWERS = lazy("{title}; not read yet: {names}")
NOTE = lazy("Note: {note}")
EXAMPLE = lazy("smallest input")
HINT = lazy("Hint")
LED, COLON = lazy("{lead}: {text}"), lazy(": ")
LOST_WITH_IT, WITH_IT = lazy("Lost with it"), "{title} ({earned}/{worth})"

# A student's page: the mark, the colour and the word say the same, to be readable in grey and aloud.
MARKS = {
    "passed": ("✓", lazy("passed")),
    "failed": ("✗", lazy("not passed")),
    "not_judged": ("?", lazy("not judged")),
    "decided": ("✎", lazy("graded by your instructor")),
}
STUDENT_PAGE = lazy("{who}: {earned} of {worth} points")
NOT_GRADED_PAGE, EXCUSED_PAGE = lazy("{who}: not graded yet"), lazy("{who}: excused")
FILE = "{assignment}, {file}"
HANDED_IN = lazy("Handed in {late}.")
ALL_HOLDS = lazy("Everything holds: there is nothing to mend.")
MEND = lazy("Mend first: {names}.")
MEND_AND = plural("Mend first: {names}; {rest} follows.", "Mend first: {names}; {rest} follow.")
RESTS_ON = lazy("It runs your own {parts}: mend that first, and look here again.")
LIKELY, TRY_IT, TRY = lazy("Likely"), lazy("Try it in your notebook, with the smallest input"), lazy("Try it")
LOST_BY_IT = plural("1 check more is lost by it", "{n} checks more are lost by it")
HOLDS = lazy("What holds")
# where a message of the judge's says in which line it was
WHERE = lazy(r"(?P<what>.*) \((?P<place>in (?:`\w+`, line \d+|a lambda)): `(?P<code>.*)`\)")

# About an attempt, where feedback comes as students submit.
WAITS = lazy("This submission waits for your instructor.")
READER_WAITS = lazy("Your written answers wait for your instructor: {names}.")
ATTEMPT = lazy("Attempt {number}, submitted {at} UTC.")
NEXT_ANSWER = lazy("Submit again whenever you like. The next feedback comes after {at} UTC.")
MORE_LATER = lazy("This page says more after the due date, {at} UTC.")
DATE_AND_SECONDS = "%Y-%m-%d %H:%M:%S"
ABOUT_YOUR_FILE = lazy("About your file")

# What stands on nbgrader's feedback page besides.
PENALTY = lazy("Late: {points} points are taken off.")
CONTENTS, COMMENT, COMMENTED, UP = lazy("Contents"), lazy("Comment"), lazy("with a comment"), lazy("up")
VISIBLE_CHECK, ANSWER = lazy("The check that you can see"), lazy("Your answer: {name}")
CODE, TEXT = lazy("Code"), lazy("Text")

# Numbers with what they count: of one, and of several.
STUDENTS = plural("1 student", "{n} students")
SUBMISSIONS = plural("1 submission", "{n} submissions")
RESULTS_IN, NOTHING_KEPT = lazy("results in {folder}"), lazy("nothing is kept: name a folder with --out")
CHANGED, FILES_CHANGED = (
    plural("1 score changed", "{n} scores changed"),
    plural("1 file changed", "{n} files changed"),
)
WAITING = plural(
    "1 answer waits for a reader, in formgrader.", "{n} answers wait for a reader, in formgrader."
)
UNREAD_IN = plural(
    "1 answer is not read yet. Fill in its points in {file}, and run the same command again.",
    "{n} answers are not read yet. Fill in their points in {file}, and run the same command again.",
)
MORE = plural("and 1 more, with no fewer points", "and {n} more, with no fewer points")
NEED = plural("1 needs a person", "{n} need a person")

# What happened, where no known mistake explains it: a cause, and then the claim that does not hold.
KINDS = {
    Outcome.FAILED: lazy("a wrong answer"),
    Outcome.ERROR: lazy("an error"),
    Outcome.TIMEOUT: lazy("out of time"),
    Outcome.CRASHED: lazy("the program was ended"),
    Outcome.MISSING: lazy("there is no such function"),
}
NOTHING_WRITTEN = lazy("nothing is written yet")
UNNAMED = lazy("{kind}, where it: {title}")

# The class's page.
DATE = "%Y-%m-%d %H:%M"
CLASS_PAGE = lazy("{assignment}: class report")
GRADED_OF, EXCUSED_COUNT = lazy("{n} of {all} graded"), lazy("{n} excused")
UNREAD_COUNT = plural("1 answer not read yet", "{n} answers not read yet")
STOPPED_RUN = plural(
    "The run was stopped: 1 submission is not graded yet. Run the same command again.",
    "The run was stopped: {n} submissions are not graded yet. Run the same command again.",
)
WAIT_IN = lazy("What waits for a decision is in {file}. Fill it in, and run the same command again.")
QUARTILES = lazy("middle half {first} to {third}")
MORE_MISTAKES = plural("1 more mistake", "{n} more mistakes")
COPY_IDS, COPIED = lazy("copy ids"), lazy("copied")
CHANGED_HEAD, WAS = lazy("Changed since the last run"), lazy("{before} → {now}")
IDENTICAL_HEAD = lazy("Identical files")
IDENTICAL_IS = lazy("Equal byte by byte; a reason to ask, and no proof.")
DECISIONS = lazy("Decisions")
MEAN_OF, SECTIONS = lazy("mean {mean} of {worth}"), lazy("On this page")
YOUR_CODE = lazy("Your code")
GRADED, UNWRITTEN, LATE = lazy("{n} graded"), lazy("{n} not written"), lazy("{n} late")
MEDIAN = lazy("median {median} of {worth} points")
NOBODY = lazy("Nobody is graded yet.")
HISTOGRAM, RANGE, IN_BAR = lazy("How the points spread"), "{low}–{high}", lazy("{label} points: {students}")
NEEDS_YOU = lazy("Needs your review")
NEEDS_NOBODY = lazy("Everything was graded. Nothing needs your review.")
MISTAKES, NO_MISTAKES = lazy("Mistakes"), lazy("No points were lost.")
MISTAKES_ARE = lazy("The most frequent first, each counted once for a student; {file} has them as a table.")
FOLLOWS, FOLLOWS_FOR = lazy("{exercise} follows"), lazy("{exercise} follows for {students}")
FOR_EXAMPLE, ON = lazy("for example"), lazy("on")
SHOW_THEM, SHOW_ALL = lazy("show in the grid"), lazy("show all")
GRID, FIND, SHOWN_OF = lazy("Students"), lazy("Find a student"), lazy("{shown} of {all} shown")
ONLY = {
    "": lazy("all"),
    "lost": lazy("lost points"),
    "full": lazy("full points"),
    "person": lazy("needs a person"),
    "blank": lazy("not written"),
    "late": lazy("late"),
    "unread": lazy("not read yet"),
}
UNKNOWN_POINTS = "?"
CHECKS, CLAIM, SHARE, TELLS = lazy("Checks"), lazy("claim"), lazy("pass rate"), lazy("discrimination")
TELLS_IS = lazy(
    "Discrimination is the correlation of passing the check with the points in all other checks (corrected "
    "point-biserial), from -1 to 1, of the {n} students who wrote something. From {well} on it is good; "
    "inverted means that strong students fail the check, so read its words. "
    '"Chance" is less than two standard errors, or fewer than {few} students.'
)
TELLS_WELL, TELLS_SOME, TELLS_NOTHING, TELLS_WRONGLY = (
    lazy("good"),
    lazy("weak"),
    lazy("chance"),
    lazy("inverted"),
)
STOPPED_HEAD, STOPPED = lazy("Stopped by a deadline or a wall"), lazy("{exercise}: {how}")
WORTH_A_LOOK = lazy("Worth knowing")

# The class in tables.
STUDENT, POINTS, LOST_IN = lazy("student"), lazy("points"), lazy("lost in")
SCORE, WORTH_KNOWING = lazy("score"), lazy("worth knowing")
EXERCISES, MEAN, LOST_BY, MOST_OFTEN = lazy("exercise"), lazy("mean"), lazy("lost by"), lazy("most often")
NOT_WRITTEN = lazy("not written")
REASON, OFTEN = "{exercise} ({reason})", "{reason} ({times})"

# The results folder, to an instructor.
IN_VAIN = lazy("graded again, in vain: {why}")
CANNOT_WRITE = lazy("cannot write into {folder} ({why}): choose another folder with --out")
TAKES_NO_MORE = lazy(
    "cannot write into {folder} ({why}): what was graded is kept; make room, and run the same command again"
)
IN_USE = lazy("another run writes into {folder}: wait until it ends, or choose another folder with --out")
FOREIGN = lazy("{file} was not written by this kit: choose another folder with --out")
OTHER_ASSIGNMENT = lazy("{folder} holds the results of {assignment}: choose another folder with --out")
EARLIER = lazy("not among what the last run saw before it was stopped; this is the earlier result")
PENDING = lazy("not graded yet, because the run was stopped")
GONE = lazy("not among what was handed in to the last run; this is the earlier result")
NO_RESULTS = lazy("{file} is no results.json of this kit: name one, or its folder")


def who(id: str, name: str) -> str:
    """A student as a person reads them."""
    return WHO.format(name=name, id=id) if name else id


def because(comment: str) -> str:
    """A comment as it follows what it explains."""
    return f"{COLON}{comment}" if comment else ""


def title(result: Result) -> str:
    """What a result is about."""
    if result.check == BY_HAND:
        return str(GIVEN if result.earned else COMMENTED_ON)
    return result.title


def part(result: Result) -> str:
    """What a result earned of its points; what a person added is of none."""
    if result.check == BY_HAND:
        return MORE_POINTS.format(earned=result.earned) if result.earned else ""
    return PART.format(earned=points(result.earned), worth=points(result.points))


def not_read(question: str) -> str:
    """That an answer waits for a reader."""
    return WAITS.format(question=question)


def of_all(report: Report) -> str:
    """What a person decided or said of the whole submission; "" where they said nothing."""
    made = [one for one in report.decisions if not one.exercise]
    return "; ".join(map(decision, made))


def decision(one: Decision) -> str:
    """What a person decided, and why."""
    where = ".".join(filter(None, (one.exercise, one.check if one.check != WRITTEN else "")))
    if one.is_excused:
        return EXCUSED.format(why=because(one.comment))
    if one.points is None:
        return f"{where}{COLON}{one.comment}" if where else one.comment
    given = points(one.points)
    return (
        f"{where}{COLON}{given}{because(one.comment)}"
        if where
        else IN_ALL.format(given=given, why=because(one.comment))
    )


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def in_vain(flag: str) -> str:
    """Why a later grading failed, where a flag says so in any language; "" elsewhere."""
    leads = [said.format(why="") for said in in_all(IN_VAIN.english)]
    return next((flag.removeprefix(lead) for lead in leads if flag.startswith(lead)), "")


def late(flags: Iterable[str]) -> str:
    """The flag that says how late it was handed in; "" where none does."""
    return tr(next((flag for flag in flags if re.match(r"late\b", flag)), ""))
