"""A submission as plain text of 80 columns: first the verdict, then what to do."""

import re
import textwrap
from collections.abc import Iterator

from rich.cells import cell_len

from autograder.assessment import Assessment
from autograder.languages import listed, tr
from autograder.reporting.cards import Card, Paragraph, Section
from autograder.reporting.view import BESIDE, WITH, View
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# of all other checks: ok
MARKS = {"failed": "--", "not_judged": "??", "carried_forward": "->"}
# Pieces that a line break must not split: Latin letters and code, or one other character
# together with the characters after it that must not start a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def text(assessment: Assessment) -> str:
    """Return the whole report, exercise by exercise."""
    view = View(assessment)
    title = view.title(tr(BESIDE, one=view.who, other=view.report.assignment))
    blocks = [wrapped(line) for line in (title, view.lead) if line]
    flags = map(tr, view.report.flags)
    for note in dict.fromkeys((*view.submitted_late, *view.notes, *flags)):
        if note and note not in view.lead:
            blocks.append(wrapped(tr("Note: {note}", note=note), more="  "))
    for section in view.sections:
        blocks.append("\n".join(_exercise(section)))
    return "\n\n".join(blocks) + "\n"


def _exercise(section: Section) -> Iterator[str]:
    """Yield an exercise: each check with its verdict, the difference, the input, and a hint."""
    yield section.title
    for line in (section.note, section.reason):
        if line:
            yield wrapped(line, " " * 6)
    if not section.reason:
        for card in section.cards:
            yield from _check(card)
    if section.measured:
        yield wrapped(section.measured, " " * 6)


def _check(card: Card) -> Iterator[str]:
    head = f"  {MARKS.get(card.verdict, tr('ok'))}  {card.share}  "
    pad = " " * (len(head) + 1)
    yield wrapped(card.title, head)
    for paragraph in card.paragraphs:
        if paragraph.code:
            yield from _code(paragraph, pad)
        else:
            yield wrapped(paragraph.line, pad, more="  ")
    if card.same:
        others = [tr(WITH, name=one.title, what=one.share) for one in card.same]
        same = Paragraph(
            "", listed(others, "; "), lead=tr("Fails for the same reason")
        )
        yield wrapped(same.line, pad, more="  ")


def _code(paragraph: Paragraph, pad: str) -> Iterator[str]:
    yield wrapped(tr("Try it") + tr(": ").rstrip(), pad)
    for line in paragraph.code.splitlines():
        code = line.lstrip(" ")
        indent = " " * (len(line) - len(code))
        # a wrapped comment continues as a comment
        more = "# " if code.startswith("#") else "  "
        yield wrapped(code, f"{pad}  {indent}", more=more)


def wrapped(line: str, first: str = "", more: str = "") -> str:
    """Return a text in lines of WIDTH columns, the first with a prefix.

    The others begin with as many blanks, and `more`.
    """
    line = escape_control_characters(line)
    rest = " " * len(first) + more
    if not _WIDE.search(first + line):
        filled = textwrap.TextWrapper(
            WIDTH, first, rest, break_on_hyphens=False
        )
        return filled.fill(line)
    lines = [first]
    for piece in _PIECE.findall(" ".join(line.split())):
        if (
            cell_len(lines[-1]) + cell_len(piece.rstrip()) > WIDTH
            and lines[-1].strip()
        ):
            lines.append(rest)
        lines[-1] += piece if lines[-1].strip() else piece.lstrip()
    return "\n".join(map(str.rstrip, lines))
