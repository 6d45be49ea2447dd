"""A report as plain text of 80 columns: first the verdict, then what to do."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from autograder.languages import tr
from autograder.reporting import words
from autograder.results import BY_HAND, UNKNOWN, Figure, Outcome, Report, Result
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# Pieces that a line break must not split: Latin letters and code, or one other character together with the
# characters after it that must not start a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@dataclass(frozen=True)
class Part:
    """One thing to read below a verdict.

    kind: reason, where, example, mistake, hint or answer; a page shows each in its own way.  lead: the label
    before the text, without its colon, or "".  code: lines of Python that belong to it, or replace the text.
    """

    kind: str
    text: str
    code: str = ""
    lead: str = ""

    @property
    def line(self) -> str:
        """The label and the text as plain text."""
        return tr("{lead}: {text}", lead=self.lead, text=self.text) if self.lead else self.text


@dataclass(frozen=True)
class Card:
    """One check with everything to read about it.

    with_it: other checks that failed for the same reason.  figures: for a page.
    """

    result: Result
    parts: tuple[Part, ...]
    with_it: tuple[Result, ...] = ()
    figures: tuple[Figure, ...] = ()


def cards(results: Sequence[Result]) -> list[Card]:
    """One exercise's results, each cause once: its first check lists the other checks lost by it."""
    alike: dict[object, list[Result]] = {}
    for number, result in enumerate(results):
        alike.setdefault(number if result.is_earned else result.cause or number, []).append(result)
    return [Card(first, tuple(parts(first)), tuple(others)) for first, *others in alike.values()]


def parts(result: Result) -> list[Part]:
    """What to read below a verdict: difference, smallest input, known mistake, hint, in this order."""
    if result.outcome is Outcome.PASSED or (result.check == BY_HAND and not result.message):
        return []
    found = (
        Part("reason", words.reason(result)),
        Part("example", result.example, result.code, tr("smallest failing input")),
        Part("mistake", result.says, lead=tr("Likely cause")),
        Part("hint", result.hint, lead=tr("Hint")),
    )
    return [part for part in found if part.text]  # a report may be limited


def text(report: Report) -> str:
    """The whole report, exercise by exercise."""
    who = f"{words.who(report.id, report.name)}, {report.assignment}"
    only, first = words.only_reason(report), words.lead(report)
    blocks = [_wrapped(words.headline_of(report, who)), *filter(None, [_wrapped(first)])]
    said = [note for note in (*report.notes, *map(tr, report.flags), words.of_all(report)) if note]
    blocks += [_wrapped(tr("Note: {note}", note=note), "", "  ") for note in said if note not in first]
    for name, results in report.exercises.items() if not only else ():
        note = words.rests_on(report, name)
        blocks.append(_exercise(results, note if note != first else ""))
    return "\n\n".join(blocks) + "\n"


def _exercise(results: list[Result], note: str) -> str:
    """One exercise's results: each check with its verdict, the difference, the input, and a hint."""
    pad = " " * 6
    lines = [words.exercise_title(results), *filter(None, [_wrapped(note, pad, pad)])]
    same = {(r.outcome, r.message) for r in results}
    if len(same) == 1 and results[0].earned < results[0].points and not any(r.example for r in results):
        lines.append(_wrapped(words.reason(results[0]), pad, pad))  # one reason for all: said once
    else:
        lines += map(_entry, cards(results))
    return "\n".join(lines)


def _entry(card):
    result = card.result
    is_full = result.is_earned or (result.outcome is Outcome.DECIDED and result.earned >= result.points)
    mark = "??" if result.outcome in UNKNOWN else tr("ok") if is_full else "--"
    head = f"  {mark}  {words.part(result)}  "
    lines = [_wrapped(words.title(result), head, " " * len(head))]
    pad = " " * (len(head) + 1)
    for part in card.parts:
        lines += _code(part, pad) if part.code else [_wrapped(part.line, pad, pad + "  ")]
    if card.with_it:
        others = "; ".join(f"{one.title} ({words.part(one)})" for one in card.with_it)
        line = tr("{lead}: {text}", lead=tr("Fails for the same reason"), text=others)
        lines.append(_wrapped(line, pad, pad + "  "))
    return "\n".join(lines)


def _code(part, pad):
    """Lines to paste, with equal indents; a wrapped comment continues as a comment."""
    found = [_wrapped(tr("Try it") + tr(": ").rstrip(), pad, pad)]
    first = pad + "  "
    for line in part.code.splitlines():
        found.append(_wrapped(line, first, first + ("# " if line.startswith("#") else "  ")))
    return found


def _wrapped(line: str, first: str = "", rest: str = "") -> str:
    """The text in lines of WIDTH columns, with a prefix for the first and for the others."""
    line = escape_control_characters(line)
    if not _WIDE.search(first + line):
        return textwrap.fill(
            line, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
    lines = [first]
    for piece in _PIECE.findall(" ".join(line.split())):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) > WIDTH and lines[-1].strip():
            lines.append(rest)
        lines[-1] += piece if lines[-1].strip() else piece.lstrip()
    return "\n".join(each.rstrip() for each in lines)
