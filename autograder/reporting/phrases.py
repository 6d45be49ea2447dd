"""Phrases that pages, texts and tables share."""

from collections.abc import Iterable

from autograder.assessment import Decision, Lateness
from autograder.languages import N_, listed, tr
from autograder.results import Report

WITH = N_("{name} ({what})")


def points(number: float) -> str:
    """Return a number of points as a person writes it.

    >>> points(2.0), points(1.5)
    ('2', '1.5')
    """
    return f"{number:g}"


def headline(
    who: str,
    earned: str,
    worth: float,
) -> str:
    """Return a student or an exercise, and the points."""
    return tr(
        "{who}: {earned} of {worth} points",
        who=who,
        earned=earned,
        worth=points(worth),
    )


def because(comment: str) -> str:
    """Return a comment, with the punctuation after what it explains."""
    if comment:
        return tr(": ") + comment
    return ""


def in_words(decision: Decision, report: Report) -> str:
    """Return an instructor's decision in a few words."""
    comment = because(decision.comment)
    if decision.is_excused:
        return tr("excused{why}", why=comment)
    given = "" if decision.points is None else points(decision.points)
    if not decision.exercise and given:
        return tr(
            "your instructor gave {given} of {worth} points{why}",
            given=given,
            worth=points(report.max_score),
            why=comment,
        )
    if not decision.exercise:
        return decision.comment
    name = decision.exercise
    for result in report.exercises.get(name, []):
        if result.check == decision.check:
            name = tr(
                WITH,
                name=name,
                what=tr(result.title),
            )
    return name + because(given) + comment


def names_of(exercises: Iterable[str]) -> str:
    """Return the names of exercises, as code."""
    return listed(f"`{name}`" for name in exercises)


def all_in_words(decisions: Iterable[Decision], report: Report) -> str:
    """Return some of an instructor's decisions in a line."""
    sentences = (in_words(decision, report) for decision in decisions)
    return listed(sentences, "; ")


def lateness(late: Lateness | None) -> str:
    """Return how late it was submitted; "" if it was in time, or if nobody knows."""
    if late is None or late.days == 0:
        return ""
    if late.days is None:
        return tr("late")
    return tr("{days:.1f} days late", days=max(late.days, 0.1))
