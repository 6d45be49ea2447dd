"""All words of this room, as constants: to translate the kit's reports, translate this file.

Names in braces are filled in by `str.format`.  The keys of results.json and the columns of grades.csv
are no words but names that programs read, and stand where they are written.
"""

from __future__ import annotations

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
LOST_WITH_IT, WITH_IT = "Lost with it", "{title} ({earned}/{worth})"

# A student's page: the mark, the colour and the word say the same, to be readable in grey and aloud.
PASSED, FAILED, NOT_JUDGED = ("✓", "passed"), ("✗", "not passed"), ("?", "not judged")
PAGE = "{who}: {earned} of {worth} points"
NOT_GRADED_PAGE = "{who}: not graded yet"
FILE = "{assignment}, {file}"
ABOUT_YOUR_FILE = "About your file"

# The class in tables.
STUDENT, POINTS, LOST_IN = "student", "points", "lost in"
SCORE, WORTH_KNOWING = "score", "worth knowing"
EXERCISES, MEAN, LOST_BY, MOST_OFTEN = "exercise", "mean", "lost by", "most often"
NOT_WRITTEN = "not written"
REASON, OFTEN = "{exercise} ({reason})", "{reason} ({times})"

# The results folder, to an instructor.
IN_VAIN = "graded again, in vain: {why}"
CANNOT_WRITE = "cannot write into {folder} ({why}): choose another folder with --out"
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
UNNAMED = "the autograder could not grade this submission"
NOTHING = "no file was handed in"
TEST = "{exercise}: {title}"


def who(id: str, name: str) -> str:
    """A student as a person reads them."""
    return WHO.format(name=name, id=id) if name else id


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"
