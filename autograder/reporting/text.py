"""A submission as plain text of 80 columns: first the verdict, then what to do.

Only a line of code may be longer.
"""

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from autograder.assessment import Assessment
from autograder.languages import listed, tr
from autograder.reporting.cards import Card, Paragraph, Section
from autograder.reporting.phrases import WITH
from autograder.reporting.view import View
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
_CONSOLE = Console()  # without which rich breaks no lines
# of all other checks: ok
MARKS = {"failed": "--", "not_judged": "??", "carried_forward": "->"}


def text(assessment: Assessment) -> str:
    """Return the whole report, exercise by exercise."""
    view = View(assessment)
    title = view.title(listed([view.who, view.report.assignment]))
    blocks = [wrapped(line) for line in (title, view.lead) if line]
    flags = assessment.flags
    for note in dict.fromkeys((*view.submitted_late, *view.notes, *flags)):
        if note and note not in view.lead:
            blocks.append(wrapped(tr("Note: {note}", note=note), hang="  "))
    for section in view.sections:
        blocks.append("\n".join(_exercise(section)))
    if view.rule:
        blocks.append(wrapped(view.rule))
    return "\n\n".join(blocks) + "\n"


def _exercise(section: Section) -> Iterator[str]:
    """Yield an exercise: each check with its verdict, the difference, the input, and a hint."""
    yield section.title
    if section.before:
        yield wrapped(section.before, " " * 6)
    for card in section.cards:
        yield from _check(card)
    if section.measured:
        yield wrapped(section.measured, " " * 6)


def _check(card: Card) -> Iterator[str]:
    head = f"  {MARKS.get(card.verdict, tr('ok'))}  {card.share}  "
    pad = " " * (len(head) + 1)
    yield wrapped(card.title, head)
    for paragraph in card.paragraphs:
        if paragraph.kind == "example":
            yield from _example(paragraph.text, pad)
        else:
            yield wrapped(paragraph.line, pad, hang="  ")
    if card.others:
        titles = [
            tr(WITH, name=result.title, what=result.share)
            for result in card.others
        ]
        last = Paragraph("others", listed(titles, "; "))
        yield wrapped(last.line, pad, hang="  ")


def _example(code: str, pad: str) -> Iterator[str]:
    yield wrapped(tr("Try it") + tr(": ").rstrip(), pad)
    for line in code.splitlines():
        statement = line.lstrip(" ")
        indent = " " * (len(line) - len(statement))
        prefix = f"{pad}  {indent}"
        if statement.startswith("#"):
            yield wrapped(statement, prefix, hang="# ")
        else:
            # Python could not read half a line where a student pastes it.
            yield prefix + escape_control_characters(statement)


def wrapped(
    line: str,
    first: str = "",
    hang: str = "",
) -> str:
    """Return a text in lines of at most WIDTH columns, the first with a prefix.

    The others begin with as many blanks, and `hang`.
    """
    rest = " " * len(first) + hang
    shown = Text(escape_control_characters(line))
    lines = shown.wrap(_CONSOLE, WIDTH - cell_len(rest))
    return first + f"\n{rest}".join(line.plain.rstrip() for line in lines)
