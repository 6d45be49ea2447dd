"""A report as plain text of 80 columns: first the verdict, then what to do."""

from __future__ import annotations

import re
import textwrap

from rich.cells import cell_len

from autograder.languages import tr
from autograder.reporting.cards import Card, Part, Section
from autograder.reporting.view import View
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# Pieces that a line break must not split: Latin letters and code, or one other character together with the
# characters after it that must not start a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def text(report: Report) -> str:
    """The whole report, exercise by exercise."""
    view = View(report)
    blocks = [_wrapped(view.title(f"{view.who}, {report.assignment}")), *filter(None, [_wrapped(view.lead)])]
    for note in (*report.notes, *map(tr, report.flags), view.on_the_whole):
        if note and note not in view.lead:
            blocks.append(_wrapped(tr("Note: {note}", note=note), "", "  "))
    return "\n\n".join([*blocks, *map(_exercise, view.sections)]) + "\n"


def _exercise(section: Section) -> str:
    """One exercise: each check with its verdict, the difference, the input, and a hint."""
    pad = " " * 6
    lines = [section.title, *(_wrapped(line, pad, pad) for line in (section.note, section.reason) if line)]
    return "\n".join(lines if section.reason else [*lines, *map(_entry, section.cards)])


def _entry(card: Card) -> str:
    result = card.result
    is_full = result.is_earned or (card.verdict == "decided" and result.earned >= result.points)
    mark = "??" if card.verdict == "not_judged" else tr("ok") if is_full else "--"
    head = f"  {mark}  {card.share}  "
    lines = [_wrapped(card.title, head, " " * len(head))]
    pad = " " * (len(head) + 1)
    for part in card.parts:
        if part.kind != "answer":  # the student has it
            lines += _code(part, pad) if part.code else [_wrapped(part.line, pad, pad + "  ")]
    if card.same:
        others = "; ".join(f"{one.title} ({one.share})" for one in card.same)
        line = tr("{lead}: {text}", lead=tr("Fails for the same reason"), text=others)
        lines.append(_wrapped(line, pad, pad + "  "))
    return "\n".join(lines)


def _code(part: Part, pad: str) -> list[str]:
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
