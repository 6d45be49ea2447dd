"""A report as plain text of 80 columns: the verdict first, then what to do about it."""

from __future__ import annotations

import enum
import re
import textwrap
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len

from autograder.languages import tr
from autograder.reporting import words
from autograder.reporting.words import points
from autograder.results import BY_HAND, Outcome, Report, Result
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# What stays in one piece: letters of the Latin script and code, or one other character, which takes what
# may not begin a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


class Kind(enum.StrEnum):
    """What a part is, for whoever sets each kind in its own way."""

    REASON = "reason"
    WHERE = "where"  # a place in the student's own code, where it is told apart from the reason
    EXAMPLE = "example"
    MISTAKE = "mistake"
    HINT = "hint"
    WITH_IT = "with it"  # what else was lost by the same cause
    ANSWER = "answer"  # a student's own, in words


EARNING = (Outcome.PASSED, Outcome.FOLLOWED)


@dataclass(frozen=True)
class Part:
    """One thing to read below a verdict.  code: lines of Python that belong to it, or that say it better."""

    kind: Kind
    text: str
    code: str = ""

    @property
    def lead(self) -> str:
        """What stands before the text, without its colon; "" where nothing does."""
        if self.kind is Kind.EXAMPLE:
            return str(words.EXAMPLE)
        if self.kind is Kind.HINT:
            return str(words.HINT)
        return str(words.LOST_WITH_IT) if self.kind is Kind.WITH_IT else ""

    @property
    def line(self) -> str:
        """The whole of it as plain text."""
        return words.LED.format(lead=self.lead, text=self.text) if self.lead else self.text


def text(report: Report) -> str:
    """The whole report, exercise by exercise."""
    head = words.EXCUSED_TEXT if report.is_excused else words.SUBMISSION
    head = (words.NOT_GRADED if report.needs_a_person else head).format(
        who=words.who(report.id, report.name),
        assignment=report.assignment,
        earned=points(report.score),
        worth=points(report.max_score),
    )
    if report.unread:
        head = words.UNREAD_ANSWERS.format(title=head, names=", ".join(report.unread))
    blocks = [_wrapped(head, "", "")]
    said = [tr(note) for note in (*report.notes, *report.flags)]
    said += filter(None, [words.of_all(report)])
    blocks += [_wrapped(words.NOTE.format(note=note), "", "  ") for note in said]
    for _, results in groupby(report.results, key=lambda r: r.exercise):
        blocks.append(exercise_text(list(results)))
    return "\n\n".join(blocks) + "\n"


def exercise_text(results: list[Result]) -> str:
    """One exercise's results: each check with its verdict, the difference, the input, and a hint."""
    earned, worth = sum(r.earned for r in results), sum(r.points for r in results)
    name = results[0].exercise
    lines = [words.EXERCISE.format(exercise=name, earned=points(earned), worth=points(worth))]
    same = {(r.outcome, r.message) for r in results}
    if len(same) == 1 and earned < worth and not any(r.example for r in results):
        # One reason for all: said once.
        lines.append(_wrapped(reason(results[0]), "      ", "      "))
        return "\n".join(lines)
    lines += [_entry(card) for card in cards(results)]
    return "\n".join(lines)


@dataclass(frozen=True)
class Card:
    """One check with all that is to be read of it.  with_it: those that failed by the same cause."""

    result: Result
    parts: tuple[Part, ...]
    with_it: tuple[Result, ...] = ()


def cards(results: list[Result]) -> list[Card]:
    """One exercise's results, each cause told once: what was lost by it stands below its first check."""
    by_cause: dict[str, list[Result]] = {}
    for result in results:
        if result.cause and result.outcome not in EARNING:
            by_cause.setdefault(result.cause, []).append(result)
    found = []
    for result in results:
        alike = by_cause.get(result.cause, [result]) if result.outcome not in EARNING else [result]
        if alike[0] is result:
            shown = [*parts(result)]
            if alike[1:]:
                names = "; ".join(
                    words.WITH_IT.format(title=r.title, earned=points(r.earned), worth=points(r.points))
                    for r in alike[1:]
                )
                shown.append(Part(Kind.WITH_IT, names))
            found.append(Card(result, tuple(shown), tuple(alike[1:])))
    return found


def _entry(card):
    result = card.result
    is_full = result.outcome in EARNING or (
        result.outcome is Outcome.DECIDED and result.earned >= result.points
    )
    mark = str(words.OK) if is_full else words.NOT_OK
    if result.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ):
        mark = words.UNKNOWN
    head = f"  {mark}  {words.part(result)}  "
    lines = [_wrapped(words.title(result), head, " " * len(head))]
    pad = " " * (len(head) + 1)
    for part in card.parts:
        is_code = part.kind is Kind.EXAMPLE and part.code
        lines += _code(part, pad) if is_code else [_wrapped(part.line, pad, pad + "  ")]
    return "\n".join(lines)


def _code(part, pad):
    """Lines to paste: each begins where the first does, and a comment goes on as one."""
    found = [_wrapped(words.TRY + words.COLON.rstrip(), pad, pad)]
    for line in part.code.splitlines():
        first = pad + "  "
        is_comment = line.startswith("#")
        found.append(_wrapped(line, first, first + ("# " if is_comment else "  ")))
    return found


def parts(result: Result) -> list[Part]:
    """What to read below a verdict: difference, smallest input, known mistake, hint, in this order."""
    if result.outcome is Outcome.PASSED or (result.check == BY_HAND and not result.message):
        return []
    found = [Part(Kind.REASON, reason(result))] if reason(result) else []  # a report may be limited
    if result.example:
        found.append(Part(Kind.EXAMPLE, result.example, result.code))
    if result.says:
        found.append(Part(Kind.MISTAKE, result.says))
    if result.hint:
        found.append(Part(Kind.HINT, result.hint))
    return found


def reason(result: Result) -> str:
    """What happened, in a sentence."""
    if result.cause.startswith("not_permitted") or result.check == BY_HAND:  # its message says it all
        return result.message
    if result.outcome is Outcome.DECIDED:
        return words.DECIDED.format(why=words.because(result.message))
    lead = words.UNREAD_LEAD if result.cause == words.UNREAD else words.LEADS.get(result.outcome, "")
    return lead + result.message


def _wrapped(line: str, first: str, rest: str) -> str:
    """The text in lines of WIDTH columns, with what stands before the first and the others.

    Between words, or in a script that has none, between letters.
    """
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
