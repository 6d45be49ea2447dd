"""One exercise of a report, prepared for people: each cause once, with all there is to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograder import sentences
from autograder.assessment import BY_HAND
from autograder.figure import Figure
from autograder.languages import N_, tr
from autograder.reporting.phrases import because, headline, points
from autograder.results import Outcome, Result, known_points

# Labels of paragraphs, by their kind.
LABELS = {
    "names": N_("In that line"),
    "mistake": N_("Likely cause"),
    "hint": N_("Hint"),
    "others": N_("Fails for the same reason"),
}


@dataclass(frozen=True)
class Paragraph:
    """One thing to read below a verdict."""

    # reason, names, example (lines of Python to paste), mistake or hint; a page shows each in
    # its own way
    kind: str
    text: str

    @property
    def label(self) -> str:
        """The label before the text, without its colon, or ""."""
        return tr(LABELS.get(self.kind, ""))

    @property
    def line(self) -> str:
        """The label and the text as plain text."""
        if not self.label:
            return self.text
        return tr("{label}: {text}", label=self.label, text=self.text)


@dataclass(frozen=True)
class Card:
    """One check, or several that failed by one mistake or slip."""

    result: Result
    paragraphs: tuple[Paragraph, ...] = ()
    # the other checks that failed for this reason
    others: tuple["Card", ...] = ()
    figures: tuple[Figure, ...] = ()  # for a page

    @property
    def title(self) -> str:
        if self.result.check != BY_HAND:
            return tr(self.result.title)
        if self.result.earned:
            return tr("points from your instructor")
        return tr("a comment from your instructor")

    @property
    def verdict(self) -> str:
        """The mark: passed, carried_forward, failed, not_judged or decided."""
        return _verdict([self.result])

    @property
    def share(self) -> str:
        """The points earned of those possible, or ""; what an instructor added has no maximum."""
        if self.result.check != BY_HAND:
            return f"{earned(self.result)}/{points(self.result.points)}"
        if self.result.earned:
            return f"{self.result.earned:+g}"
        return ""


class Section:
    """One exercise: each cause once.

    results: of its checks.  figures: of the whole report.  code: the student's.  before: what
    to fix first, or "".  measured: what was measured of it, in a sentence, or "".
    """

    def __init__(
        self,
        results: Sequence[Result],
        figures: Sequence[Figure],
        code: str,
        before: str = "",
        measured: str = "",
    ):
        self.name = results[0].exercise
        worth = sum(result.points for result in results)
        self.title = headline(self.name, earned(*results), worth)
        self.verdict = _verdict(results)
        self.before = before
        self.measured = measured
        # the student's lines, each with whether it is to blame
        self.code = _code(code, results)
        self.cards: list[Card] = []
        shown: set[str] = set()
        for same in _by_cause(results):
            # A report may be limited to points.
            if same[0].check:
                self.cards.append(_card(same, figures, shown))


def paragraphs(result: Result) -> list[Paragraph]:
    """Return what to read below a verdict: difference, smallest input, likely cause, hint."""
    texts = {
        "reason": what_happened(result),
        "names": sentences.names(result),
        "example": sentences.code(result),
        "mistake": sentences.likely(result),
        "hint": sentences.hint(result),
    }
    # a report may be limited, and a check passed
    return [Paragraph(kind, text) for kind, text in texts.items() if text]


def what_happened(result: Result) -> str:
    """Return what happened, in a sentence."""
    message = sentences.message(result)
    if result.cause.startswith("not_permitted") or result.check == BY_HAND:
        # It says all.
        return message
    if result.outcome is Outcome.DECIDED:
        return tr("your instructor graded this{why}", why=because(message))
    if result.cause == "unread":
        # it is unclear what was submitted, which is not the grader's fault either
        return tr(
            "This submission needs review before it gets points. {why} If you can, submit the "
            "right file again, and only that one.",
            why=message,
        )
    # Only the instructor learns why.
    if result.outcome is Outcome.GRADER_ERROR:
        return tr(
            "The grader failed, and you lose no points. Your instructor will review this."
        )
    return sentences.prefix(result) + message


def earned(*results: Result) -> str:
    """Return what these earned together; ? if one of them waits for a person."""
    total = known_points(results)
    if total is None:
        return "?"
    return points(total)


def _by_cause(results: Sequence[Result]) -> list[list[Result]]:
    """Return the results, with those together that lost points by one cause, or show the same."""
    groups: dict[object, list[Result]] = {}
    failed = [result for result in results if _verdict([result]) == "failed"]
    # One line explains them all only if ordinary input, the first check, shows it.
    is_one_line = failed[:1] == [*results[:1]]
    is_one_line &= len({*map(_raised_at, failed)}) == 1
    for number, result in enumerate(results):
        group: object = number
        if result in failed:
            # A second check that shows the same would show nothing.
            group = sentences.message(result) or number
            where = _raised_at(result)
            if where or result.mistake or result.slip:
                group = result.cause
            if where and is_one_line:
                group = where
        groups.setdefault(group, []).append(result)
    return [*groups.values()]


def _raised_at(result: Result) -> tuple[str, str] | None:
    """Return the exception and the line by which a check without a known cause fails.

    None if it fails otherwise, or only after other calls.
    """
    fault = result.fault
    if fault is None or fault.kind != "raised" or result.mistake or result.slip:
        return None
    values = fault.values
    if not values["place"] or values.get("later"):
        return None
    return values["error"], values["place"]


def _code(code: str, results: Sequence[Result]) -> tuple[tuple[str, bool], ...]:
    """Return the student's lines, each with whether it raised or has the slip."""
    marked = set()
    for result in results:
        if not result.is_earned:
            marked.add(sentences.line_of(result))
    return tuple((line, line.strip() in marked) for line in code.splitlines())


def _card(
    results: Sequence[Result], figures: Sequence[Figure], shown: set[str]
) -> Card:
    """Return the card of results that are alike.

    figures: of the whole report.  shown: lines that stand above, to which it adds its own.
    """
    first, *rest = results
    is_whole = bool(first.code) or first.outcome is Outcome.CARRIED_FORWARD
    read = []
    for paragraph in paragraphs(first):
        if is_whole or paragraph.line not in shown:
            read.append(paragraph)
            shown.add(paragraph.line)
    checks = {result.check for result in results if not result.is_earned}
    drawn = []
    for figure in figures:
        if figure.exercise == first.exercise and figure.check in checks:
            drawn.append(sentences.worded(figure))
    return Card(first, tuple(read), tuple(map(Card, rest)), tuple(drawn))


def _verdict(results: Sequence[Result]) -> str:
    """Return the mark of a check, or of all checks of an exercise."""
    outcomes = {result.outcome for result in results}
    missing = sum(result.lost for result in results)
    if Outcome.GRADER_ERROR in outcomes:
        return "not_judged"
    if outcomes == {Outcome.DECIDED}:
        return "decided"
    # One that passed, or is carried forward, can lose its points by the course's rule.
    if missing > 0 and not all(result.is_earned for result in results):
        return "failed"
    for outcome in (Outcome.DECIDED, Outcome.CARRIED_FORWARD):
        if outcome in outcomes:
            return outcome
    return Outcome.PASSED
