"""A report as plain text of 80 columns: the verdict first, then what to do about it."""

from __future__ import annotations

import textwrap
from itertools import groupby

from autograder.results import Outcome, Report, Result

WIDTH = 80
MARKS = {Outcome.PASSED: "ok", Outcome.GRADER_ERROR: "??"}
LEADS = {
    Outcome.TIMEOUT: "your code ran out of time: ",
    Outcome.CRASHED: "your code ended the program: ",
    Outcome.GRADER_ERROR: "the grader failed, which costs you nothing; a person will look: ",
}


def text(report: Report) -> str:
    """The whole report, exercise by exercise."""
    head = f"{report.id}, {report.assignment}: {points(report.score)} of {points(report.max_score)} points"
    blocks = [_wrapped(head, "", "")]
    blocks += [_wrapped(f"Note: {note}", "", "  ") for note in (*report.notes, *report.flags)]
    for _, results in groupby(report.results, key=lambda r: r.exercise):
        blocks.append(exercise_text(list(results)))
    return "\n\n".join(blocks) + "\n"


def exercise_text(results: list[Result]) -> str:
    """One exercise's results: each check with its verdict, the difference, the input, and a hint."""
    earned, worth = sum(r.earned for r in results), sum(r.points for r in results)
    lines = [f"{results[0].exercise}: {points(earned)} of {points(worth)} points"]
    same = {(r.outcome, r.message) for r in results}
    if len(same) == 1 and earned < worth and not any(r.example for r in results):
        # One reason for all: said once.
        lines.append(_wrapped(reason(results[0]), "      ", "      "))
        return "\n".join(lines)
    said = set()
    for result in results:
        lines.append(_entry(result, said))
    return "\n".join(lines)


def _entry(result, said):
    mark = MARKS.get(result.outcome, "--")
    head = f"  {mark}  {points(result.earned)}/{points(result.points)}  "
    lines = [_wrapped(result.title, head, " " * len(head))]
    pad = " " * (len(head) + 1)
    for part in words(result, said):
        lines.append(_wrapped(part, pad, pad + "  "))
    return "\n".join(lines)


def words(result: Result, said: set[str]) -> list[str]:
    """What to read below a verdict: difference, smallest input, known mistake, hint, in this order.

    said: what stood before in the same exercise; a mistake's explanation is not repeated.
    """
    if result.outcome is Outcome.PASSED:
        return []
    parts = [reason(result)]
    if result.says in said:
        return parts  # explained above, with an example and a hint
    if result.example:
        parts.append(f"smallest input: {result.example}")
    if result.says:
        parts.append(result.says)
        said.add(result.says)
    if result.hint:
        parts.append(f"Hint: {result.hint}")
    return parts


def reason(result: Result) -> str:
    """What happened, in a sentence."""
    return LEADS.get(result.outcome, "") + result.message


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def _wrapped(words, first, rest):
    return textwrap.fill(words, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
