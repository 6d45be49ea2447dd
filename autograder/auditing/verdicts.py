"""Programs of an audit, the verdicts on them, and what these mean for an author, in sentences.

Frozen data between the judges' processes and the command line; imports no exercise, and so no torch.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from autograder.errors import KitError
from autograder.intake.submission import Submission

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise

RIGHT_SORTS = "reference", "right"  # somebody calls these right, and all others but mutants wrong
NO_ORACLE = "No oracle: the checks' own inputs decide what is right."
NO_ORACLE_HERE = " (no oracle: the checks' own inputs decide which are wrong)"
MADE_ORACLE = " (no oracle: what the checks ask, of larger inputs too, decides which are wrong)"


@dataclass(frozen=True)
class Program:
    """A submission whose answer to one exercise is looked at.

    sort: "reference", "stub", "lazy", "half" (it lacks an idea), "mistake" (a known one), "right" or "wrong"
    (of an answer's file), or "mutant".  origin: its name, or what it was made from.  before: of a mutant, the
    text without its change, in the same form.
    """

    assignment: str
    exercise: str
    sort: str
    origin: str
    text: str
    suffix: str = ".py"
    before: str = ""

    @property
    def change(self) -> str:
        """The lines that a change took away and added; "" of any other program."""
        lines = difflib.unified_diff(self.before.splitlines(), self.text.splitlines(), lineterm="", n=0)
        changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        return " -> ".join(f"`{line[1:].strip()}`" for line in changed) if self.before else ""

    @property
    def id(self) -> str:
        """A name that depends on the text alone."""
        digest = hashlib.blake2b(self.text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
        return f"{self.exercise}-{digest}"

    @property
    def submission(self) -> Submission:
        return Submission(self.id, self.origin, self.text, self.suffix)


@dataclass(frozen=True)
class Verdict:
    """The verdicts of the oracle and of the checks on a program.

    witness: how it is wrong, or "" if the oracle finds nothing, or was not asked.  lost: for each failed
    check, the share of its drawn cases that show the fault; 1 if they were not counted, or the worker ended;
    of a mutant or a wrong answer whose cases are not counted, only the first.  named: the known mistake with
    the same answers.  others: for a known mistake, the other exercises that lose points.  seeds: seeds of
    other courses for which the checks decide differently.  red: the visible self-check's objection to a
    program that the checks accept.  gains: whether a stub, lazy or half answer gains points, since a
    known mistake or one change that adds to it explains all that fails.  price: what a known mistake costs.
    why: how a right answer fails, and with which input.
    is_random: whether answers change from call to call; then shares are of all seeds.
    """

    program: Program
    witness: str
    lost: dict[str, float] = field(default_factory=dict)
    named: str = ""
    others: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    red: str = ""
    gains: bool = False
    price: float = 0.0
    why: str = ""
    is_random: bool = False

    @property
    def is_wrong(self) -> bool:
        """As its author said, or else as the oracle finds."""
        sort = self.program.sort
        return bool(self.witness) if sort == "mutant" else sort not in RIGHT_SORTS

    @property
    def kind(self) -> str:
        """One of the four fields of a confusion matrix."""
        return f"{'wrong' if self.is_wrong else 'right'} {'rejected' if self.lost else 'accepted'}"


class Stated(NamedTuple):
    """What a known mistake states.  place: of its declaration.  is_open: its checks are not known yet."""

    place: str
    fails: frozenset[str]
    is_open: bool


class Declared(NamedTuple):
    """What an exercise declares, as far as its verdicts are judged by it.

    drawn: how many cases each check draws.  oracle: "" if it has one, or else what stands in its place.
    """

    name: str
    points: Mapping[str, float]  # of each check
    drawn: Mapping[str, int]
    mistakes: Mapping[str, Stated]
    oracle: str

    @classmethod
    def of(cls, exercise: Exercise, is_made: bool) -> Declared:
        """Return what an exercise declares.  is_made: whether an oracle is made of its checks."""
        oracle = "" if exercise.oracles else MADE_ORACLE if is_made else NO_ORACLE_HERE
        points = {check.name: check.points for check in exercise.checks}
        drawn = {c.name: c.cases - len(c.edge_cases) for c in exercise.checks if c.is_drawn}
        mistakes = {m.name: Stated(m.place, m.fails, m.is_open) for m in exercise.mistakes}
        return cls(exercise.name, points, drawn, mistakes, oracle)

    def counts(self, looked: Sequence[Verdict]) -> str:
        """Return the line of an exercise: what the programs of each sort earn."""
        kinds: dict[str, list[Verdict]] = defaultdict(list)
        for one in looked:
            kinds[one.program.sort].append(one)

        def earned(kind: str) -> str:
            lost = {name for one in kinds[kind] for name in one.lost}
            left = sum(worth for name, worth in self.points.items() if name not in lost)
            return f"{kind} {left:g}/{sum(self.points.values()):g}"

        def caught(some: Sequence[Verdict]) -> str:
            return f"{sum(bool(one.lost) for one in some)} of {len(some)}"

        mistakes = {one.program.origin for one in kinds["mistake"]}
        stated = len(mistakes - {o.program.origin for o in kinds["mistake"] if [*self._of_mistake(o, "")]})
        return (
            f"{earned('stub')}  {earned('reference')}  "
            f"{stated} of {len(mistakes)} mistakes as declared  {caught(kinds['lazy'])} lazy and "
            f"{caught(kinds['wrong'])} wrong answers caught  "
            f"{sum(not one.lost for one in kinds['right'])} of {len(kinds['right'])} right ones pass  "
            f"{caught([one for one in kinds['mutant'] if one.is_wrong])} mutants caught{self.oracle}"
        )

    def remarks(self, looked: Sequence[Verdict]) -> Iterator[str]:
        """Yield what an author may want to know: where an oracle of theirs is not asked."""
        for one in looked:
            if one.program.sort == "reference" and one.witness and not self.oracle:
                yield f"The answer and the reference differ, so the oracle skips such inputs: {one.witness}"

    def prices(self, looked: Sequence[Verdict]) -> Iterator[str]:
        """Yield the mistakes that cost a student so many points, the most expensive first."""
        paid = _prices(looked)
        for price in sorted({max(prices) for prices in paid.values()}, reverse=True):
            names = [name for name, prices in paid.items() if max(prices) == price]
            yield f"-{price:g}: {', '.join(names)}"

    def problems(self, looked: Sequence[Verdict]) -> Iterator[str]:
        """Yield what an author has to fix, in sentences."""
        for one in looked:
            yield from self._of_program(one)
        for name, prices in _prices(looked).items():
            if len(prices) > 1:
                costs = " or ".join(f"{price:g}" for price in sorted(prices))
                yield f"{self.mistakes[name].place}: mistake {name} costs {costs} points, by style."
        yield from self._thin_checks(looked)
        yield from _self_check(looked)

    def trusted(self, looked: Sequence[Verdict]) -> list[Verdict]:
        """Return them without those on changes of a failing reference, and without a misled oracle's."""
        right = [one for one in looked if one.program.sort in RIGHT_SORTS]
        if any(one.lost for one in right if one.program.sort == "reference"):
            changed = ("right", "mutant")
            looked = [o for o in looked if not (o.program.before and o.program.sort in changed)]
        if self.oracle and any(one.witness for one in right):
            is_misled = [not one.lost and one.program.sort == "mutant" for one in looked]
            looked = [replace(one, witness="") if is_so else one for one, is_so in zip(looked, is_misled)]
        return [*looked]

    def _of_program(self, one: Verdict) -> Iterator[str]:
        what, lost = one.program.origin, ", ".join(f'"{name}"' for name in one.lost)
        sort, change = one.program.sort, one.program.change
        if one.gains:
            yield f"{what} gains points, because a known mistake or one change of it explains what fails."
        if sort == "half":
            return  # what it lacks may cost only some checks, or none
        if sort == "reference" and one.lost:
            yield f"The reference solution fails {lost}: {one.why}"
        elif sort in ("lazy", "stub"):
            if passed := [name for name in self.points if name not in one.lost]:
                todo = "Demand the right value there, or draw cases that it gets wrong."
                yield f"{what} passes {', '.join(passed)}. {todo}"
        elif sort == "mistake":
            yield from self._of_mistake(one, lost)
        elif sort == "mutant" and one.kind == "right rejected":
            yield f"A mutant that the oracle calls right fails {lost}: {change}."
        elif one.kind == "right rejected":
            called = f"with {change} is right" if change else "is called right"
            yield f"{what} {called} and fails {lost}: {one.why}"
        elif one.kind == "wrong accepted":
            note = f" {NO_ORACLE}" if self.oracle else ""
            if sort == "wrong":
                note += " Draw a case that it gets wrong, or move it to right_answers/."
            why = f" ({one.witness})" if one.witness else ""
            yield f"passes every check: {change or what}{why}.{note}"
        if one.seeds and sort != "mistake":
            decided, other = ("accepted", "rejected") if not one.lost else ("rejected", "accepted")
            yield f"{change or what} is {decided}, but {other} with seed {one.seeds[0]}."

    def _of_mistake(self, one: Verdict, lost: str) -> Iterator[str]:
        name = one.program.origin
        stated = self.mistakes[name]
        what = f"{stated.place}: mistake {name}"
        if not one.lost:
            yield f"{what} breaks no check, so it is none. Draw cases that it gets wrong, or remove it."
        elif one.seeds:
            yield f"{what} does not fail [{lost}] with every seed."
        elif stated.is_open:
            yield f"{what}: write fails=[{lost}]."
        elif {*stated.fails} != one.lost.keys():
            yield f"{what} fails [{lost}], not {sorted(stated.fails)}. Write fails=[{lost}]."
        elif one.named != name:
            other = one.named or "nothing"
            yield f"{what} is diagnosed as {other}: another mistake answers alike."
        if one.others:
            yield f"{what} costs {', '.join(one.others)} points too. Is it among their parts=?"

    def _thin_checks(self, looked: Sequence[Verdict]) -> Iterator[str]:
        """Yield a sentence for each check that draws too few cases.

        A check must find the mutants that no other check shows in more of its cases.  The rarest of them
        decides how many cases it needs, with a margin for a share that chance made too small.
        """
        # A share of 0: an edge case shows it, and so does every run.
        lost = [o.lost for o in looked if o.program.sort == "mutant" and o.is_wrong and all(o.lost.values())]
        random = [one.lost for one in looked if one.is_random and one.program.sort == "mistake"]
        for name, count in self.drawn.items():
            best = [some[name] for some in random if some.get(name)]  # each stated check must find it
            best += [some[name] for some in lost if some.get(name) == max(some.values(), default=0)]
            share = min(best, default=1.0)
            if share == 1.0 or not count:
                continue
            from autograder.authoring.checks import MISS, cases_for  # with torch, which few need here

            seen = share * count
            likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / count)
            if (1 - likely) ** count > MISS:
                yield (
                    f"{self.name}.{name} draws {count} cases, but a wrong answer that {share:.1%} reveal "
                    f"needs {cases_for(share)}. Set detection_rate={share:.2g}, or add an edge case."
                )


class Work(NamedTuple):
    """What there is to look at of an assignment.

    problems: what is wrong with its files.  remarks: what may be meant.  exercises: in their order, with the
    programs of each by its name, and the key of each program's verdict.
    """

    problems: Sequence[str | KitError]
    remarks: Sequence[str] = ()
    exercises: Sequence[Declared] = ()
    programs: Mapping[str, Sequence[tuple[str, Program]]] = {}


def _prices(looked: Sequence[Verdict]) -> dict[str, set[float]]:
    """Return what each known mistake costs, in each style that it is made in."""
    prices: dict[str, set[float]] = defaultdict(set)
    for one in looked:
        if one.program.sort == "mistake":
            prices[one.program.origin].add(one.price)
    return prices


def _self_check(looked: Sequence[Verdict]) -> Iterator[str]:
    rejected: dict[str, list[str]] = defaultdict(list)
    broken = [one for one in looked if one.red and one.program.sort == "reference"]
    for one in broken or looked:
        if one.red:
            rejected[one.red].append(one.program.change or one.program.origin)
    for why, origins in rejected.items():
        exercise = looked[0].program.exercise
        yield f"The self-check rejects {', '.join(dict.fromkeys(origins))} of {exercise}: {why}"
