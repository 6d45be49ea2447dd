"""All words of this room, as constants in English; seen from outside, they are in the language spoken.

Names in braces are filled in by `str.format`.  The keys of results.json and the columns of grades.csv
are no words but names that programs read, and stand where they are written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from autograder.languages import Words, in_all, tr
from autograder.results import Outcome

LANGUAGE = "en"

# What happened, before the message of a check.
LEADS = {
    Outcome.TIMEOUT: "your code ran out of time: ",
    Outcome.CRASHED: "your code ended the program: ",
    Outcome.GRADER_ERROR: "the grader failed, which costs you nothing; a person will look: ",
}

# The same, where what was handed in is not certain: no fault of the grader's either.
UNREAD = "unread"  # the cause of such results
UNREAD_LEAD = "not graded, since a person must look first: "

# A student's text: the marks before a title read as a sentence with it.
OK, NOT_OK, UNKNOWN = "ok", "--", "??"
WHO = "{name} ({id})"
SUBMISSION = "{who}, {assignment}: {earned} of {worth} points"
NOT_GRADED = "{who}, {assignment}: not graded yet"
EXERCISE = "{exercise}: {earned} of {worth} points"
PART = "{earned}/{worth}"
NOTE = "Note: {note}"
EXAMPLE = "smallest input"
HINT = "Hint"
LED, COLON = "{lead}: {text}", ": "
LOST_WITH_IT, WITH_IT = "Lost with it", "{title} ({earned}/{worth})"

# A student's page: the mark, the colour and the word say the same, to be readable in grey and aloud.
MARKS = {"passed": ("✓", "passed"), "failed": ("✗", "not passed"), "not_judged": ("?", "not judged")}
STUDENT_PAGE = "{who}: {earned} of {worth} points"
NOT_GRADED_PAGE = "{who}: not graded yet"
FILE = "{assignment}, {file}"
HANDED_IN = "Handed in {late}."
ALL_HOLDS = "Everything holds: there is nothing to mend."
MEND = "Mend first: {names}."
MEND_AND = "Mend first: {names}; {rest} follows.", "Mend first: {names}; {rest} follow."
RESTS_ON = "It runs your own {parts}: mend that first, and look here again."
LIKELY, TRY_IT, TRY = "Likely", "Try it in your notebook, with the smallest input", "Try it"
LOST_BY_IT = "1 check more is lost by it", "{n} checks more are lost by it"
HOLDS = "What holds"
# where a message of the judge's says in which line it was
WHERE = r"(?P<what>.*) \((?P<place>in (?:`\w+`, line \d+|a lambda)): `(?P<code>.*)`\)"
ABOUT_YOUR_FILE = "About your file"

# What stands on nbgrader's feedback page besides.
PENALTY = "Late: {points} points are taken off."
CONTENTS, COMMENT, COMMENTED, UP = "Contents", "Comment", "with a comment", "up"
VISIBLE_CHECK, ANSWER = "The check that you can see", "Your answer: {name}"
CODE, TEXT = "Code", "Text"

# Numbers with what they count: of one, and of several.
STUDENTS = "1 student", "{n} students"
SUBMISSIONS = "1 submission", "{n} submissions"
HAND_INS = "1 hand-in", "{n} hand-ins"
RESULTS_IN, NOTHING_KEPT = "results in {folder}", "nothing is kept: name a folder with --out"
CHANGED, FILES_CHANGED = ("1 score changed", "{n} scores changed"), ("1 file changed", "{n} files changed")
WAITING = "1 answer waits for a reader, in formgrader.", "{n} answers wait for a reader, in formgrader."
MORE = "and 1 more, with no fewer points", "and {n} more, with no fewer points"
NEED = "1 needs a person", "{n} need a person"

# What happened, where no known mistake explains it: a cause, and then the claim that does not hold.
KINDS = {
    Outcome.FAILED: "a wrong answer",
    Outcome.ERROR: "an error",
    Outcome.TIMEOUT: "out of time",
    Outcome.CRASHED: "the program was ended",
    Outcome.MISSING: "there is no such function",
}
NOTHING_WRITTEN = "nothing is written yet"
UNNAMED = "{kind}, where it: {title}"

# The class's page.
DATE = "%Y-%m-%d %H:%M"
CLASS_PAGE = "{assignment}: the class"
GRADED, UNWRITTEN, LATE = "{n} graded", "{n} not written", "{n} late"
MEDIAN = "median {median} of {worth} points"
NOBODY = "Nobody is graded yet."
HISTOGRAM, RANGE, IN_BAR = "How the points spread", "{low}–{high}", "{label} points: {students}"
NEEDS_YOU = "Needs you"
NEEDS_NOBODY = "All were graded without one open question."
MISTAKES, NO_MISTAKES = "Mistakes", "No points were lost."
MISTAKES_ARE = "The most frequent first, each counted once for a student; {file} has them as a table."
FOLLOWS, FOLLOWS_FOR = "{exercise} follows", "{exercise} follows for {students}"
FOR_EXAMPLE, ON = "for example", "on"
SHOW_THEM, SHOW_ALL = "show in the grid", "show all"
GRID, FIND, SHOWN_OF = "Students", "Find a student", "{shown} of {all} shown"
ONLY = {
    "": "all",
    "lost": "lost points",
    "full": "full points",
    "person": "needs a person",
    "blank": "not written",
    "late": "late",
}
UNKNOWN_POINTS, ALL_POINTS = "?", "all"
CHECKS, CLAIM, SHARE, TELLS = "Checks", "claim", "have it", "tells apart"
TELLS_IS = (
    "How well a check tells strong students from weak ones: the correlation of having its points with the "
    "points in all other checks (corrected point-biserial), from -1 to 1, of those who wrote something. "
    "From {well} on it tells them apart well, below {some} it tells nothing; a negative one is lost by the "
    "strong, so look at its words."
)
TELLS_FEW = "Of fewer than {few} students it is mostly chance."
TELLS_WELL, TELLS_SOME, TELLS_NOTHING, TELLS_WRONGLY = "well", "a little", "nothing", "the wrong way round"
STOPPED_HEAD, STOPPED = "Stopped by a deadline or a wall", "{exercise}: {how}"
WORTH_A_LOOK = "Worth knowing"

# The class in tables.
STUDENT, POINTS, LOST_IN = "student", "points", "lost in"
SCORE, WORTH_KNOWING = "score", "worth knowing"
EXERCISES, MEAN, LOST_BY, MOST_OFTEN = "exercise", "mean", "lost by", "most often"
NOT_WRITTEN = "not written"
REASON, OFTEN = "{exercise} ({reason})", "{reason} ({times})"

# The results folder, to an instructor.
IN_VAIN = "graded again, in vain: {why}"
CANNOT_WRITE = "cannot write into {folder} ({why}): choose another folder with --out"
TAKES_NO_MORE = (
    "cannot write into {folder} ({why}): what was graded is kept; make room, and run the same command again"
)
IN_USE = "another run writes into {folder}: wait until it ends, or choose another folder with --out"
FOREIGN = "{file} was not written by this kit: choose another folder with --out"
OTHER_ASSIGNMENT = "{folder} holds the results of {assignment}: choose another folder with --out"
GONE = "not among what was handed in to the last run; this is the earlier result"
NO_RESULTS = "{file} is no results.json of this kit: name one, or its folder"

# Back to the platform, to an instructor: why a student has no points in the file.
NOT_IN_FILE = "nobody in the file has this id or name"
AMBIGUOUS = "several in the file may be this student"
SAME_ROW = "another student of the results may be the same person in the file"
OTHER_NAME = "the file has this id for {name}"
EXCUSED = "the file says {cell}, which stays"
NO_NUMBER = "Moodle's number is not known, so no feedback file: fill its grading worksheet with --into"
NO_PAGE = "there is no {file}, so no feedback file"

# What is wrong with a gradebook's file.
WHOSE = "{file} has no column that says whose row it is ({expected}); its columns: {columns}"
WHICH = "{file} has no column for {assignment}: say which with --column; its columns: {columns}"
SEVERAL = "{file} has several columns for {assignment}: say which with --column; its columns: {columns}"
WORTH = (
    "{column} is worth {theirs} points in {file}, and these results {ours}: "
    "take another file, or make them fit with --scale"
)
NO_SCALE = "{file} does not say what {column} is worth, so there is nothing to scale to: leave --scale out"

# Gradescope's page of a submission.
WAITS = "Not graded yet: {reason}. A person will look, and this costs you nothing."
COULD_NOT = "the autograder could not grade this submission"
NOTHING = "no file was handed in"
TEST = "{exercise}: {title}"


def who(id: str, name: str) -> str:
    """A student as a person reads them."""
    return tr(WHO, name=name, id=id) if name else id


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def many(said: tuple[str, str], number: int) -> str:
    """A number with what it counts: 1 student, 2 students."""
    return said[number != 1].replace("{n}", str(number))


def in_vain(flag: str) -> str:
    """Why a later grading failed, where a flag says so in any language; "" elsewhere."""
    leads = [said.format(why="") for said in in_all(IN_VAIN)]
    return next((flag.removeprefix(lead) for lead in leads if flag.startswith(lead)), "")


def late(flags: Iterable[str]) -> str:
    """The flag that says how late it was handed in; "" where none does."""
    return tr(next((flag for flag in flags if re.match(r"late\b", flag)), ""))


sys.modules[__name__].__class__ = Words
