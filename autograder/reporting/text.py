"""A report as plain text of 80 columns: first the verdict, then what to do."""

import re
import textwrap
from collections.abc import Iterator

from rich.cells import cell_len

from autograder import sentences
from autograder.languages import listed, tr
from autograder.reporting.cards import Section
from autograder.reporting.view import BESIDE, View
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# Pieces that a line break must not split: Latin letters and code, or one other character together with the
# characters after it that must not start a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def text(report: Report) -> str:
    """Return the whole report, exercise by exercise."""
    view = View(report)
    title = view.title(tr(BESIDE, one=view.who, other=report.assignment))
    blocks = [wrapped(line) for line in (title, view.lead) if line]
    flags = [flag for flag in map(tr, report.flags) if flag != view.late]
    for note in dict.fromkeys(
        (*view.submitted_late, *map(sentences.note, report.notes), *flags, view.on_the_whole)
    ):
        if note and note not in view.lead:
            blocks.append(wrapped(tr("Note: {note}", note=note), more="  "))
    return "\n\n".join([*blocks, *("\n".join(_exercise(section)) for section in view.sections)]) + "\n"


def _exercise(section: Section) -> Iterator[str]:
    """Yield an exercise: each check with its verdict, the difference, the input, and a hint."""
    yield section.title
    for line in filter(None, (section.note, section.reason)):
        yield wrapped(line, " " * 6)
    for card in () if section.reason else section.cards:
        is_full = card.verdict == "decided" and card.result.earned >= card.result.points
        is_full = is_full or card.result.is_earned
        mark = tr("ok") if is_full else "--"
        if card.verdict == "not_judged":
            mark = "??"
        head = f"  {mark}  {card.share}  "
        pad = " " * (len(head) + 1)
        yield wrapped(card.title, head)
        for part in card.parts:
            if part.code:
                yield wrapped(tr("Try it") + tr(": ").rstrip(), pad)
                for line in part.code.splitlines():  # a wrapped comment continues as a comment
                    code = line.lstrip(" ")
                    own = " " * (len(line) - len(code))
                    yield wrapped(code, f"{pad}  {own}", more="# " if code.startswith("#") else "  ")
            else:
                yield wrapped(part.line, pad, more="  ")
        if card.same:
            others = (tr("{name} ({what})", name=one.title, what=one.share) for one in card.same)
            line = tr("{lead}: {text}", lead=tr("Fails for the same reason"), text=listed(others, "; "))
            yield wrapped(line, pad, more="  ")


def wrapped(line: str, first: str = "", more: str = "") -> str:
    """Return a text in lines of WIDTH columns, with a prefix; below it stand as many blanks, and `more`."""
    line, rest = escape_control_characters(line), " " * len(first) + more
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
