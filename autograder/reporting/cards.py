"""One exercise of a report, prepared for people: each cause once, with all that is to be read about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder import sentences
from autograder.languages import N_, tr
from autograder.results import BY_HAND, Figure, Outcome, Report, Result

UNREAD = N_(
    "This submission needs review before it gets points. {why} If you can, submit the right file again, and "
    "only that one."
)
OURS = N_("The grader failed, and you lose no points. Your instructor will review this.")


@dataclass(frozen=True)
class Part:
    """One thing to read below a verdict."""

    kind: str  # reason, example, mistake or hint; a page shows each in its own way
    text: str
    code: str = ""  # lines of Python to paste in place of the text
    lead: str = ""  # the label before the text, without its colon
    raised: sentences.Raised | None = None  # of a reason, if a line of the student's raised

    @property
    def line(self) -> str:
        """The label and the text as plain text."""
        return tr("{lead}: {text}", lead=self.lead, text=self.text) if self.lead else self.text


@dataclass(frozen=True)
class Card:
    """One check, or several that failed for one reason."""

    result: Result
    title: str
    verdict: str  # passed, failed, not_judged or decided
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
    code: tuple[tuple[str, bool], ...]  # the student's lines, each with whether it raised


def points(number: float) -> str:
    """Return a number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def headline(who: str, earned: str, worth: float) -> str:
    """Return a student or an exercise, and the points."""
    return tr("{who}: {earned} of {worth} points", who=who, earned=earned, worth=points(worth))


def because(comment: str) -> str:
    """Return a comment, with the punctuation after what it explains."""
    return tr(": ") + comment if comment else ""


def parts(result: Result) -> list[Part]:
    """Return what to read below a verdict: difference, smallest input, known mistake, hint, in this order."""
    if result.outcome is Outcome.PASSED or (result.check == BY_HAND and not result.fault):
        return []
    possible = (
        Part("reason", reason(result), raised=sentences.raised(result)),
        Part("example", sentences.code(result), sentences.code(result)),
        Part("mistake", sentences.likely(result), lead=tr("Likely cause")),
        Part("hint", sentences.hint(result), lead=tr("Hint")),
    )
    return [part for part in possible if part.text]  # a report may be limited


def reason(result: Result) -> str:
    """Return what happened, in a sentence."""
    if result.cause.startswith("not_permitted") or result.check == BY_HAND:  # its message says it all
        return sentences.message(result)
    if result.outcome is Outcome.DECIDED:
        return tr("your instructor graded this{why}", why=because(sentences.message(result)))
    if result.cause == "unread":  # it is unclear what was submitted, which is not the grader's fault either
        return tr(UNREAD, why=sentences.message(result))
    if result.outcome is Outcome.GRADER_ERROR:  # only the instructor learns why
        return tr(OURS)
    return tr(sentences.LEADS.get(result.outcome, "")) + sentences.message(result)


def earned(*results: Result) -> str:
    """Return what these earned together; ? if one of them waits for a person."""
    waits = any(result.outcome is Outcome.GRADER_ERROR for result in results)
    return "?" if waits else points(sum(result.earned for result in results))


def section(report: Report, name: str, note: str) -> Section:
    """Return an exercise of a report, each cause once.  Raises KeyError."""
    results = report.exercises[name]
    alike: dict[object, list[Result]] = {}
    for number, result in enumerate(results):
        alike.setdefault(number if result.is_earned else result.cause or number, []).append(result)
    figures = [figure for figure in report.figures if figure.exercise == name]
    above: set[str] = set()
    cards = [card for same in alike.values() if (card := _card(same, figures, above)).title]
    raised = [part.raised for card in cards if not card.result.is_earned for part in card.parts]
    marked = {found.code.strip() for found in raised if found}
    marked |= {result.slip.source.strip() for result in results if result.slip}
    code = tuple((line, line.strip() in marked) for line in report.code.get(name, "").splitlines())
    title = headline(name, earned(*results), sum(r.points for r in results))
    has_detail = any(result.code or result.slip for result in results)
    is_one = not has_detail and len({(result.outcome, sentences.message(result)) for result in results}) == 1
    why = reason(results[0]) if is_one and results[0].earned < results[0].points else ""
    return Section(name, title, _verdict(results), note, why, tuple(cards), code)


def _card(results: Sequence[Result], figures: Sequence[Figure], above: set[str]) -> Card:
    """Return the card of results that are alike.  above: lines shown above, to which it adds its own."""
    first, *others = results
    shown = [part for part in parts(first) if first.code or part.line not in above]
    above.update(part.line for part in shown)
    checks = set() if first.is_earned else {result.check for result in results}
    drawn = tuple(sentences.worded(figure) for figure in figures if figure.check in checks)
    return Card(*_head(first), tuple(shown), tuple(Card(*_head(other)) for other in others), drawn)


def _head(result: Result) -> tuple[Result, str, str, str]:
    """Return a check's result, title, verdict and points; those that an instructor added have no maximum."""
    title, share = tr(result.title), f"{earned(result)}/{points(result.points)}"
    if result.check == BY_HAND:
        title = tr("points from your instructor") if result.earned else tr("a comment from your instructor")
        share = f"{result.earned:+g}" if result.earned else ""
    return result, title, _verdict([result]), share


def _verdict(results: Sequence[Result]) -> str:
    if any(r.outcome is Outcome.GRADER_ERROR for r in results):
        return "not_judged"
    is_full = sum(r.earned for r in results) >= sum(r.points for r in results)
    by_hand = [r.outcome is Outcome.DECIDED for r in results]
    if (any if is_full else all)(by_hand):
        return "decided"
    return "passed" if is_full else "failed"
