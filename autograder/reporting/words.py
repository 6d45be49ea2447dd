"""All texts of this package, as constants in English that are translated when they are used.

`str.format` fills in names in braces.  The keys of results.json and the columns of grades.csv are not here,
because programs read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograder.errors import N_
from autograder.languages import lazy, plural, tr
from autograder.results import BY_HAND, WRITTEN, Decision, Outcome, Report, Result

LANGUAGE = lazy("en")

# What happened, before the message of a check.
LEADS = {
    Outcome.TIMEOUT: lazy("your code ran out of time: "),
    Outcome.CRASHED: lazy("your code ended the program: "),
    Outcome.GRADER_ERROR: lazy(
        "The grader failed, and you lose no points. Your instructor will review this: "
    ),
}

# The same, if it is unclear what was submitted, which is not the grader's fault either.
UNREAD = "unread"  # the cause of such results
UNREAD_LEAD = lazy("This submission needs review before it gets points. ")

# Replaces the text of an exception, which can contain hidden inputs.
RAISED, RAISED_OTHER = lazy("your code raised {error}"), lazy("your code raised an exception")

# A student's text: a mark and a title together read as a sentence.
OK, NOT_OK, UNKNOWN = lazy("ok"), "--", "??"
WHO = "{name} ({id})"
EXERCISE = lazy("{exercise}: {earned} of {worth} points")
UNREAD_EXERCISE = lazy("{exercise}: answer not read yet")
PART, MORE_POINTS = "{earned}/{worth}", "{earned:+g}"
WAITS, DECIDED = lazy("answer not read yet ({question})"), lazy("your instructor graded this{why}")
GIVEN, COMMENTED_ON = lazy("points from your instructor"), lazy("a comment from your instructor")
IN_ALL, EXCUSED = lazy("your instructor gave {given} of {worth} points{why}"), lazy("excused{why}")
SO_FAR = lazy("{title} so far (answer not read yet: up to {more} more)")
NOTE = lazy("Note: {note}")
EXAMPLE = lazy("smallest failing input")
HINT = lazy("Hint")
LED, COLON = lazy("{lead}: {text}"), lazy(": ")
LOST_WITH_IT, WITH_IT = lazy("Fails for the same reason"), "{title} ({earned}/{worth})"

# A student's page: mark, color and word mean the same, so it is readable without color and aloud.
MARKS = {
    "passed": ("✓", lazy("passed")),
    "failed": ("✗", lazy("not passed")),
    "not_judged": ("?", lazy("not graded")),
    "decided": ("✎", lazy("graded by your instructor")),
}
STUDENT_PAGE = lazy("{who}: {earned} of {worth} points")
NOT_GRADED_PAGE, EXCUSED_PAGE = lazy("{who}: not graded yet"), lazy("{who}: excused")
FILE = "{assignment}, {file}"
SUBMITTED = lazy("Submitted {late}.")
ALL_HOLDS = lazy("All checks passed. Nothing to fix.")
FIX = lazy("Fix {names} first.")
WRITE, FIX_AND_WRITE = lazy("Write {unwritten} first."), lazy("Fix {names} and write {unwritten} first.")
ALSO = lazy(" That should also fix {rest}.")
ANSWER_IT = lazy("Answer the question {names}.")
STILL_FAILS = lazy("`{name}` still fails because of {parts}, which your instructor counted as right.")
RESTS_ON = lazy("This runs your own {parts}. Fix that first, then look here again.")
LIKELY, TRY_IT, TRY = (
    lazy("Likely cause"),
    lazy("Try it in your notebook with the smallest failing input"),
    lazy("Try it"),
)
LOST_BY_IT = plural("1 more check fails for the same reason", "{n} more checks fail for the same reason")
HOLDS = lazy("Passed")
# finds the line of code in a message of the judge
WHERE = lazy(r"(?P<what>.*) \((?P<place>in (?:`\w+`, line \d+|a lambda)): `(?P<code>.*)`\)")

# About an attempt, if students get feedback as they submit.
REVIEW_WAITS = lazy("Your instructor still has to review this submission.")
READER_WAITS = lazy("Your instructor still has to grade your written answers: {names}.")
ATTEMPT = lazy("Attempt {number}, submitted {at} UTC.")
NEXT_ANSWER = lazy("Submit again whenever you like. The next feedback comes after {at} UTC.")
MORE_LATER = lazy("This page shows more after the due date, {at} UTC.")
DATE_AND_SECONDS = "%Y-%m-%d %H:%M:%S"
ABOUT_YOUR_FILE = lazy("About your file")

# Other texts on nbgrader's feedback page.
PENALTY = lazy("Late penalty: {points} points.")
CONTENTS, COMMENT, COMMENTED, UP = (
    lazy("Contents"),
    lazy("Comment"),
    lazy("with a comment"),
    lazy("Back to top"),
)
VISIBLE_CHECK, ANSWER = lazy("The visible check"), lazy("Your answer: {name}")
CODE, TEXT = lazy("Code"), lazy("Text")

# Numbers with what they count, singular and plural.
STUDENTS = plural("1 student", "{n} students")
SUBMISSIONS = plural("1 submission", "{n} submissions")
OF_THEM = lazy("{n} of {count}")
RESULTS_IN, NOTHING_SAVED = (
    lazy("Results are in {folder}."),
    lazy("Nothing was saved. To save, add --out DIR."),
)
FILES_CHANGED = plural("1 file changed.", "{n} files changed.")
WAITING = plural(
    "1 written answer needs manual grading in formgrader.",
    "{n} written answers need manual grading in formgrader.",
)
MORE = plural("and 1 more with the same or a higher score", "and {n} more with the same or a higher score")
NEED = plural("1 needs review", "{n} need review")

# What happened, if no known mistake explains it: a kind of failure, and then the claim that fails.
KINDS = {
    Outcome.FAILED: lazy("wrong answer"),
    Outcome.ERROR: lazy("error"),
    Outcome.TIMEOUT: lazy("time limit"),
    Outcome.CRASHED: lazy("crash"),
    Outcome.MISSING: lazy("not defined"),
}
KNOCK_ON = lazy("knock-on of {parts}")
NOTHING_WRITTEN = lazy("nothing attempted")
UNNAMED = lazy('fails "{title}" ({kind}); cause unknown')

# The class's page.
DATE = "%Y-%m-%d %H:%M"
CLASS_PAGE = lazy("{assignment}: class report")
GRADED_OF, EXCUSED_COUNT = lazy("{n} of {all} graded"), lazy("{n} excused")
UNREAD_COUNT = plural("1 answer not read yet", "{n} answers not read yet")
STOPPED_RUN = plural(
    "The run was stopped: 1 submission is not graded yet. Run the same command again.",
    "The run was stopped: {n} submissions are not graded yet. Run the same command again.",
)
WAIT_IN = lazy("Decide in {file}, or ask for other files. Then run the same command again.")
QUARTILES = lazy("middle half {first} to {third}")
MORE_MISTAKES = plural("1 more mistake", "{n} more mistakes")
COPY_IDS, COPIED = lazy("copy ids"), lazy("copied")
CHANGED_HEAD, WAS = lazy("Changed since the last run"), lazy("{before} → {now}")
IDENTICAL_HEAD = lazy("Identical files")
IDENTICAL_IS = lazy("These files are identical byte for byte. That is a reason to ask, not a proof.")
DECISIONS = lazy("Decisions")
MEAN_OF, SECTIONS = lazy("mean {mean}/{worth}"), lazy("On this page")
YOUR_CODE = lazy("Your code")
GRADED, UNWRITTEN, LATE = lazy("{n} graded"), lazy("{n} not attempted"), lazy("{n} late")
MEDIAN = lazy("Median: {median} of {worth} points")
NOBODY = lazy("No grades yet.")
HISTOGRAM, RANGE, IN_BAR = lazy("Distribution of points"), "{low}–{high}", lazy("{label} points: {students}")
NEEDS_YOU = lazy("Needs your review")
NEEDS_NOBODY = lazy("Everything was graded. Nothing needs your review.")
MISTAKES, NO_MISTAKES = lazy("Mistakes"), lazy("No points were lost.")
MISTAKES_ARE = lazy("The most frequent first, counted once per student.")
FOLLOWS, FOLLOWS_FOR = lazy("{exercise} (knock-on)"), lazy("{exercise} (knock-on, {students})")
FOR_EXAMPLE, ON = lazy("for example"), lazy("with")
ALL_SECTIONS = lazy("all sections")
SHOW_THEM, SHOW_ALL = lazy("Show in the table"), lazy("Show all")
GRID, FIND, SHOWN_OF = lazy("Students"), lazy("Find a student"), lazy("{shown} of {all} shown")
ONLY = {
    "": lazy("all students"),
    "lost": lazy("lost points"),
    "full": lazy("full points"),
    "person": lazy("needs review"),
    "blank": lazy("not attempted"),
    "late": lazy("late"),
    "unread": lazy("answer not read yet"),
}
UNKNOWN_POINTS = "?"
CHECKS, CLAIM, SHARE, TELLS = lazy("Checks"), lazy("check"), lazy("pass rate"), lazy("discrimination")
DISCRIMINATION_NOTE = lazy(
    "Discrimination is the correlation between passing the check and the points in all other "
    "checks (corrected point-biserial, -1 to 1), over {students} who attempted "
    "something. {well} or more is good; inverted means that strong students fail the check, "
    'so reread its wording. "Chance" means less than two standard errors; for fewer than {few} '
    "students, there is no number."
)
TOO_FEW = lazy("too few students ({n})")
GOOD, WEAK, CHANCE, INVERTED = (
    lazy("good"),
    lazy("weak"),
    lazy("chance"),
    lazy("inverted"),
)
STOPPED_HEAD, STOPPED = lazy("Stopped by a time limit or the sandbox"), lazy("{exercise}: {how}")
WORTH_A_LOOK = lazy("Notes")

# The class in tables.
STUDENT, POINTS, LOST_IN = lazy("student"), lazy("points"), lazy("points lost in")
SCORE, WORTH_KNOWING = lazy("score"), lazy("notes")
EXERCISES, MEAN, LOST_BY, MOST_OFTEN = (
    lazy("exercise"),
    lazy("mean"),
    lazy("points lost by"),
    lazy("most common cause"),
)
NOT_WRITTEN = lazy("not attempted")
REASON, OFTEN = "{exercise} ({reason})", "{reason} ({times})"

# The results folder, to an instructor.
IN_VAIN = lazy("Regrading failed; the earlier result counts. {why}")
CANNOT_WRITE = N_("Cannot write to {folder} ({why}). Make it writable, or choose another folder.")
TAKES_NO_MORE = N_(
    "Cannot write to {folder} ({why}). What was graded is saved; free some space, then run "
    "the same command again."
)
IN_USE = N_("Another run is writing to {folder}. Wait until it ends.")
FOREIGN = N_("{file} was not written by this kit. Move it away, or choose another folder.")
OTHER_ASSIGNMENT = N_("{folder} has the results of {assignment}. Choose another folder with --out.")
EARLIER = lazy("not reached by the last run before it was stopped; this is the earlier result")
PENDING = lazy("Not graded yet, because the run was stopped.")
GONE = lazy("not among the submissions of the last run; this is the earlier result")
NO_RESULTS = N_("{path} is not a results.json of this kit. Name one, or its folder.")
SEVERAL_RESULTS = N_("{path} has several results. Name one of {names}.")
NO_JOURNAL = N_("{folder} has a results.json, but no reports.jsonl. Put it back, or choose another folder.")


def who(id: str, name: str) -> str:
    """A student's name and id for people."""
    return WHO.format(name=name, id=id) if name else id


def graded_of(number: int, left: int) -> str:
    """How many submissions were graded, of how many if some were left."""
    count = SUBMISSIONS(number)
    return OF_THEM.format(n=number - left, count=count) if left else count


def because(comment: str) -> str:
    """A comment, with the punctuation after what it explains."""
    return f"{COLON}{comment}" if comment else ""


def title(result: Result) -> str:
    """What a result is about."""
    if result.check == BY_HAND:
        return str(GIVEN if result.earned else COMMENTED_ON)
    return result.title


def verdict(result: Result) -> str:
    """Its mark: a key of MARKS."""
    if result.outcome in (Outcome.PASSED, Outcome.FOLLOWED):
        return "passed"
    if result.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ):
        return "not_judged"
    return "decided" if result.outcome is Outcome.DECIDED else "failed"


def part(result: Result) -> str:
    """What a result earned of its points; points that an instructor added have no maximum."""
    if result.check == BY_HAND:
        return MORE_POINTS.format(earned=result.earned) if result.earned else ""
    return PART.format(earned=earned(result), worth=points(result.points))


def earned(*results: Result) -> str:
    """What these earned together; ? if one of them waits for a person."""
    waits = any(result.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ) for result in results)
    return UNKNOWN_POINTS if waits else points(sum(result.earned for result in results))


def not_read(question: str) -> str:
    """The note that an answer is not read yet."""
    return WAITS.format(question=question)


def of_all(report: Report) -> str:
    """The instructor's decision or comment on the whole submission, or ""."""
    return "; ".join(decision(report, one) for one in report.decisions if not one.exercise)


def decision(report: Report, one: Decision) -> str:
    """A decision of the instructor, and why."""
    if one.is_excused:
        return EXCUSED.format(why=because(one.comment))
    if not one.exercise:
        if one.points is None:
            return one.comment
        given, worth = points(one.points), points(report.max_score)
        return IN_ALL.format(given=given, worth=worth, why=because(one.comment))
    key = one.exercise, one.check
    named = next((r.title for r in report.results if (r.exercise, r.check) == key and r.check != WRITTEN), "")
    where = REASON.format(exercise=one.exercise, reason=named) if named else one.exercise
    return f"{where}{because('' if one.points is None else points(one.points))}{because(one.comment)}"


def decisions(report: Report) -> list[str]:
    """All decisions on a submission, one text each."""
    return [decision(report, one) for one in report.decisions]


def review(report: Report) -> str:
    """Why it needs review, with the exercises if it is not all of them; "" if it does not."""
    ours = {r.exercise: "" for r in report.results if r.outcome is Outcome.GRADER_ERROR}
    is_all = not {r.exercise for r in report.results} - ours.keys()
    where = "" if is_all or not report.reason else f"{', '.join(ours)}{COLON}"
    return regrading_failed(report) or f"{where}{report.reason}"


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def regrading_failed(report: Report) -> str:
    """Why a later grading failed, from its flag; "" if none failed, or the instructor decided."""
    flags, lead = report.flags if report.of_all is None else (), IN_VAIN.format(why="")
    return next((flag.removeprefix(lead) for flag in flags if flag.startswith(lead)), "")


def late(flags: Iterable[str]) -> str:
    """The flag with how late it was submitted, or ""."""
    return tr(next((flag for flag in flags if re.match(r"late\b", flag)), ""))
