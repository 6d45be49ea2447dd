"""One exercise of a report, prepared for people: each cause once, with all that is to be read
about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder import sentences
from autograder.assessment import BY_HAND
from autograder.figure import Figure
from autograder.languages import N_, tr
from autograder.results import Outcome, Result

UNREAD = N_(
    "This submission needs review before it gets points. {why} If you can, submit "
    "the right file again, and "
    "only that one."
)
OURS = N_(
    "The grader failed, and you lose no points. Your instructor will review this."
)


@dataclass(frozen=True)
class Part:
    """One thing to read below a verdict."""

    kind: str  # reason, example, mistake or hint; a page shows each in its own way
    text: str
    code: str = ""  # lines of Python to paste in place of the text
    lead: str = ""  # the label before the text, without its colon
    raised: sentences.Raised | None = (
        None  # of a reason, if a line of the student's raised
    )

    @property
    def line(self) -> str:
        """The label and the text as plain text."""
        return (
            tr("{lead}: {text}", lead=self.lead, text=self.text)
            if self.lead
            else self.text
        )


@dataclass(frozen=True)
class Card:
    """One check, or several that failed by one mistake or slip."""

    result: Result
    title: str
    verdict: str  # passed, carried_forward, failed, not_judged or decided
    share: str  # the points earned of those possible, or ""
    parts: tuple[Part, ...] = ()
    same: tuple["Card", ...] = ()  # the other checks that failed for this reason
    figures: tuple[Figure, ...] = ()  # for a page


@dataclass(frozen=True)
class Section:
    """One exercise."""

    name: str
    title: str
    verdict: str
    note: str  # what to fix before it, or ""
    reason: str  # why all of it failed, if that is one thing
    cards: tuple[Card, ...]
    code: tuple[
        tuple[str, bool], ...
    ]  # the student's lines, each with whether it is to blame


def points(number: float) -> str:
    """Return a number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def headline(who: str, earned: str, worth: float) -> str:
    """Return a student or an exercise, and the points."""
    return tr(
        "{who}: {earned} of {worth} points", who=who, earned=earned, worth=points(worth)
    )


def because(comment: str) -> str:
    """Return a comment, with the punctuation after what it explains."""
    return tr(": ") + comment if comment else ""


def parts(result: Result) -> list[Part]:
    """Return what to read below a verdict: difference, smallest input, known mistake, hint, in
    this order.
    """
    if result.outcome is Outcome.PASSED or (
        result.check == BY_HAND and not result.fault
    ):
        return []
    possible = [
        Part("reason", reason(result), raised=sentences.raised(result)),
        Part("example", sentences.code(result), sentences.code(result)),
        Part("mistake", sentences.likely(result), lead=tr("Likely cause")),
        Part("hint", sentences.hint(result), lead=tr("Hint")),
    ]
    return [part for part in possible if part.text]  # a report may be limited


def reason(result: Result) -> str:
    """Return what happened, in a sentence."""
    if (
        result.cause.startswith("not_permitted") or result.check == BY_HAND
    ):  # its message says it all
        return sentences.message(result)
    if result.outcome is Outcome.DECIDED:
        return tr(
            "your instructor graded this{why}", why=because(sentences.message(result))
        )
    if (
        result.cause == "unread"
    ):  # it is unclear what was submitted, which is not the grader's fault either
        return tr(UNREAD, why=sentences.message(result))
    if result.outcome is Outcome.GRADER_ERROR:  # only the instructor learns why
        return tr(OURS)
    return sentences.lead(result) + sentences.message(result)


def earned(*results: Result) -> str:
    """Return what these earned together; ? if one of them waits for a person."""
    if any(result.outcome is Outcome.GRADER_ERROR for result in results):
        return "?"
    return points(sum(result.earned for result in results))


def section(
    results: Sequence[Result], figures: Sequence[Figure], code: str, note: str
) -> Section:
    """Return an exercise: each cause once.  code: the student's.  note: what to fix before it."""
    name = results[0].exercise
    own_figures = [figure for figure in figures if figure.exercise == name]
    shown: set[str] = set()
    cards = []
    for same in _by_cause(results):
        card = _card(same, own_figures, shown)
        if card.title:  # a report may be limited to points
            cards.append(card)
    title = headline(name, earned(*results), sum(result.points for result in results))
    return Section(
        name,
        title,
        _verdict(results),
        note,
        _only_reason(results),
        tuple(cards),
        _code(code, cards),
    )


def _by_cause(results: Sequence[Result]) -> list[list[Result]]:
    """Return the results, with those together that lost points by a known mistake, a slip, or
    a signature.
    """
    groups: dict[object, list[Result]] = {}
    for number, result in enumerate(results):
        is_signature = (
            result.fault is not None and result.fault.kind == "called_otherwise"
        )
        is_explained = not result.is_earned and (
            result.mistake or result.slip or is_signature
        )
        groups.setdefault(
            result.cause if is_explained and result.cause else number, []
        ).append(result)
    return [*groups.values()]


def _only_reason(results: Sequence[Result]) -> str:
    """Return why all of an exercise failed, if that is one thing without details; else ""."""
    first = results[0]
    if any(result.code or result.slip for result in results):
        return ""
    if (
        len({(result.outcome, sentences.message(result)) for result in results}) > 1
        or first.earned >= first.points
    ):
        return ""
    return reason(first)


def _code(code: str, cards: Sequence[Card]) -> tuple[tuple[str, bool], ...]:
    """Return the student's lines, each with whether it raised or has the slip."""
    marked = set()
    for card in cards:
        if card.result.slip:
            marked.add(card.result.slip.source.strip())
        for part in card.parts if not card.result.is_earned else ():
            if raised := part.raised:
                marked.add(raised.code.strip())
    return tuple((line, line.strip() in marked) for line in code.splitlines())


def _card(
    results: Sequence[Result], figures: Sequence[Figure], shown: set[str]
) -> Card:
    """Return the card of results that are alike.  shown: lines that stand above, to which it adds
    its own.
    """
    first, *others = results
    read = []
    for part in parts(first):
        if (
            first.code
            or first.outcome is Outcome.CARRIED_FORWARD
            or part.line not in shown
        ):
            read.append(part)
            shown.add(part.line)
    drawn: tuple[Figure, ...] = ()
    if not first.is_earned:
        checks = {result.check for result in results}
        drawn = tuple(
            sentences.worded(figure) for figure in figures if figure.check in checks
        )
    return Card(
        *_head(first),
        tuple(read),
        tuple(Card(*_head(other)) for other in others),
        drawn,
    )


def _head(result: Result) -> tuple[Result, str, str, str]:
    """Return a check's result, title, verdict and points; those that an instructor added have
    no maximum.
    """
    title, share = tr(result.title), f"{earned(result)}/{points(result.points)}"
    if result.check == BY_HAND:
        title = (
            tr("points from your instructor")
            if result.earned
            else tr("a comment from your instructor")
        )
        share = f"{result.earned:+g}" if result.earned else ""
    return result, title, _verdict([result]), share


def _verdict(results: Sequence[Result]) -> str:
    """Return the mark of a check, or of all checks of an exercise."""
    outcomes = {result.outcome for result in results}
    if Outcome.GRADER_ERROR in outcomes:
        return "not_judged"
    is_full = sum(result.earned for result in results) >= sum(
        result.points for result in results
    )
    if outcomes == {Outcome.DECIDED} or (is_full and Outcome.DECIDED in outcomes):
        return "decided"
    if not is_full:
        return "failed"
    return "carried_forward" if Outcome.CARRIED_FORWARD in outcomes else "passed"
