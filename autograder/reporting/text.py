"""A report as plain text of 80 columns: first the verdict, then what to do."""

from __future__ import annotations

import enum
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len

from autograder.languages import tr
from autograder.reporting import words
from autograder.reporting.causes import is_blank, is_unwritten, lost_checks, names_of
from autograder.reporting.words import points
from autograder.results import BY_HAND, WRITTEN, Figure, Outcome, Report, Result
from autograder.untrusted_text import escape_control_characters

WIDTH = 80
# Pieces that a line break must not split: Latin letters and code, or one other character together with the
# characters after it that must not start a line.
_PIECE = re.compile(r"[!-~]+[ ]*|[^!-~][，。；：？！、）”》]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


class Kind(enum.StrEnum):
    """What a part is, for pages that show each kind in its own way."""

    REASON = "reason"
    WHERE = "where"  # a place in the student's own code, if it is separate from the reason
    EXAMPLE = "example"
    MISTAKE = "mistake"
    HINT = "hint"
    WITH_IT = "with it"  # other checks that fail for the same reason
    ANSWER = "answer"  # the student's own answer in words


EARNING = (Outcome.PASSED, Outcome.FOLLOWED)


@dataclass(frozen=True)
class Part:
    """One thing to read below a verdict.  code: lines of Python that belong to it, or replace the text."""

    kind: Kind
    text: str
    code: str = ""

    @property
    def lead(self) -> str:
        """The label before the text, without its colon, or ""."""
        leads = {
            Kind.EXAMPLE: words.EXAMPLE,
            Kind.MISTAKE: words.LIKELY,
            Kind.HINT: words.HINT,
            Kind.WITH_IT: words.LOST_WITH_IT,
        }
        return str(leads.get(self.kind, ""))

    @property
    def line(self) -> str:
        """The label and the text as plain text."""
        return words.LED.format(lead=self.lead, text=self.text) if self.lead else self.text


def text(report: Report) -> str:
    """The whole report, exercise by exercise."""
    who = f"{words.who(report.id, report.name)}, {report.assignment}"
    only, first = only_reason(report), lead(report)
    blocks = [_wrapped(headline(report, who), "", ""), *filter(None, [_wrapped(first, "", "")])]
    said = [note for note in (*report.notes, *map(tr, report.flags), words.of_all(report)) if note]
    blocks += [_wrapped(words.NOTE.format(note=note), "", "  ") for note in said if note not in first]
    for name, results in groupby(() if only else report.results, key=lambda r: r.exercise):
        note = rests_on(report, name)
        blocks.append(_exercise_text([*results], note if note != first else ""))
    return "\n\n".join(blocks) + "\n"


def headline(report: Report, who: str) -> str:
    """The student and the points, as far as they are known."""
    if report.is_excused or report.needs_a_person:
        return (words.EXCUSED_PAGE if report.is_excused else words.NOT_GRADED_PAGE).format(who=who)
    waits = sum(r.points for r in report.results if r.exercise in report.unread)
    earned, worth = points(report.score), points(report.max_score - waits)
    title = words.STUDENT_PAGE.format(who=who, earned=earned, worth=worth)
    return words.SO_FAR.format(title=title, more=points(waits)) if waits else title


def only_reason(report: Report) -> str:
    """Why nothing was judged, in a sentence; "" if something was."""
    judged = [result for result in report.results if result.check != WRITTEN]
    is_ours = all(r.outcome is Outcome.GRADER_ERROR for r in judged)
    if is_ours and report.of_all is not None:
        return words.of_all(report)
    is_one = is_ours and len({r.message for r in judged}) == 1
    return reason(judged[0]) if is_one or (is_blank(report) and not report.decisions) else ""


def lead(report: Report) -> str:
    """What to do first, in a sentence or two."""
    if only := only_reason(report):
        return only
    lost: dict[str, list[Result]] = {}
    for result in lost_checks(report):
        lost.setdefault(result.exercise, []).append(result)
    follows = [name for name in lost if report.follows.get(name)]
    own = [name for name in lost if name not in follows and lost[name][0].check != WRITTEN]
    waits = [r for r in report.results if r.outcome is Outcome.GRADER_ERROR]
    if waits and not own:
        return reason(waits[0]) if report.needs_a_person else ""
    if not lost:
        waiting = words.READER_WAITS.format(names=", ".join(report.unread))
        holds = str(words.ALL_HOLDS) if report.score >= report.max_score else ""  # else a person says why
        return waiting if report.unread else holds
    if not own:  # answers in words come after functions
        return rests_on(report, follows[0]) if follows else words.ANSWER_IT.format(names=names_of(lost))
    fix = names_of(name for name in own if not all(map(is_unwritten, lost[name])))
    write = names_of(name for name in own if all(map(is_unwritten, lost[name])))
    sentence = (words.FIX_AND_WRITE if write else words.FIX) if fix else words.WRITE
    also = words.ALSO.format(rest=names_of(follows)) if follows else ""
    return sentence.format(names=fix, unwritten=write) + also


def rests_on(report: Report, name: str) -> str:
    """The sentence of an exercise that runs the student's own functions, if they lost points."""
    lost = {result.exercise for result in lost_checks(report)}
    parts = report.follows.get(name, ()) if name in lost else ()
    decided = {one.exercise for one in report.decisions if one.points is not None}
    if decided.intersection(parts) and lost.isdisjoint(parts):
        return words.STILL_FAILS.format(name=name, parts=names_of(filter(decided.__contains__, parts)))
    return words.RESTS_ON.format(parts=names_of(filter(lost.__contains__, parts))) if parts else ""


def _exercise_text(results: list[Result], note: str) -> str:
    """One exercise's results: each check with its verdict, the difference, the input, and a hint."""
    lines = [exercise_title(results), *filter(None, [_wrapped(note, "      ", "      ")])]
    same = {(r.outcome, r.message) for r in results}
    if len(same) == 1 and results[0].earned < results[0].points and not any(r.example for r in results):
        # One reason for all: said once.
        lines.append(_wrapped(reason(results[0]), "      ", "      "))
        return "\n".join(lines)
    lines += [_entry(card) for card in cards(results)]
    return "\n".join(lines)


def exercise_title(results: Sequence[Result]) -> str:
    """Its name and points, as far as they are known."""
    earned, worth = words.earned(*results), sum(r.points for r in results)
    title = words.UNREAD_EXERCISE if results[0].outcome is Outcome.NOT_READ else words.EXERCISE
    return title.format(exercise=results[0].exercise, earned=earned, worth=points(worth))


@dataclass(frozen=True)
class Card:
    """One check with everything to read about it.

    with_it: other checks that failed for the same reason.  figures: for a page.
    """

    result: Result
    parts: tuple[Part, ...]
    with_it: tuple[Result, ...] = ()
    figures: tuple[Figure, ...] = ()


def cards(results: list[Result]) -> list[Card]:
    """One exercise's results, each cause once: its first check lists the other checks lost by it."""
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
                    words.WITH_IT.format(title=r.title, earned=words.earned(r), worth=points(r.points))
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
    """Lines to paste, with equal indents; a wrapped comment continues as a comment."""
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
