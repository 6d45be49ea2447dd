"""What is asked: exercises with their right answers, checks and known mistakes.

An exercise is a value that holds its own; there is no registry.  Knows nothing of workers: a
check's body gets a proxy of the student's function.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

CASES = 100  # drawn inputs per check, unless it says otherwise


class DeclarationError(TypeError):
    """An author's slip, found at import: one sentence that says what to write."""


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    cases: how many inputs to draw; 1, without any, where `given` is None.
    like: the checks whose cases these are too.  Where both ask the same, the student's function is
    called once for both.
    view: what of an answer to compare with a known mistake's, where answers are random.
    """

    exercise: str
    name: str
    title: str
    points: float
    hint: str
    body: Callable[..., None]
    given: SearchStrategy[dict] | None
    cases: int
    view: Callable[[object], object]
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it to a student."""

    name: str
    source: str
    fails: frozenset[str]
    says: str


@dataclass
class Exercise:
    """A function that the student writes.

    function: the name that the student's function must have.
    title: the exercise's own name, where it is another; `end_to_end` runs the function `train`.
    parts: other exercises whose functions this one calls.
    lends: whether right parts stand in for the student's own.
    """

    name: str
    assignment: str
    order: int  # its place in the assignment
    function: str = ""
    parts: tuple[Exercise, ...] = ()
    lends: bool = True
    checks: list[Check] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    source: str = ""  # of the right answer

    def __post_init__(self):
        self.function = self.function or self.name

    @property
    def points(self) -> float:
        """What all checks are worth together."""
        return sum(check.points for check in self.checks)

    def answer(self, function: Callable) -> Callable:
        """Take the decorated function as the right answer, from which expected values come."""
        self.source = source_as(function, self.function)
        return function

    def check(
        self,
        *,
        points: float,
        hint: str,
        given: SearchStrategy[dict] | None = None,
        like: Sequence[Callable] = (),
        cases: int = CASES,
        view: Callable[[object], object] = lambda answer: answer,
    ) -> Callable[[Callable], Callable]:
        """Grade by the decorated body, whose docstring is the title that the student reads.

        The body takes a proxy of the student's function, and by name what `given` draws.  It must
        be deterministic, since it runs again from its start with each answer.  Raises
        DeclarationError where a title, a hint or points are missing, or a name stands twice.
        """

        def declare(body: Callable) -> Callable:
            where = f"check `{body.__name__}` of `{self.name}`"
            title = (inspect.getdoc(body) or "").strip().partition("\n")[0]
            if not title:
                raise DeclarationError(f"{where} has no docstring: write the claim it checks")
            if not hint.strip():
                raise DeclarationError(f"{where} has no hint: say where to look when it fails")
            if not points > 0:
                raise DeclarationError(f"{where} is worth {points} points: write a positive number")
            if any(known.name == body.__name__ for known in self.checks):
                raise DeclarationError(f"{where} is declared twice: rename one of them")
            strategy, count = given, cases if given is not None else 1
            liked = [c for c in self.checks if c.body in like]
            if len(liked) < len(like) or (like and given is not None):
                raise DeclarationError(f"{where} may draw cases, or be like checks before it: give one")
            if liked:
                strategy, count = st.one_of([c.given for c in liked]), sum(c.cases for c in liked)
            names = tuple(c.name for c in liked)
            self.checks.append(
                Check(self.name, body.__name__, title, points, hint, body, strategy, count, view, names)
            )
            return body

        return declare

    def mistake(self, *, fails: Iterable[Callable], says: str) -> Callable[[Callable], Callable]:
        """Know the decorated function as a wrong answer that fails these checks and no others.

        Raises DeclarationError where it fails nothing, fails what is no check, or says nothing.
        """

        def declare(function: Callable) -> Callable:
            where = f"mistake `{function.__name__}` of `{self.name}`"
            names = frozenset(body.__name__ for body in fails)
            unknown = names - {check.name for check in self.checks}
            if not names or unknown:
                raise DeclarationError(f"{where} must fail checks declared before it: {unknown}")
            if not says.strip():
                raise DeclarationError(f"{where} says nothing: write what the student should read")
            source = source_as(function, self.function)
            self.mistakes.append(Mistake(function.__name__, source, names, says))
            return function

        return declare


def source_as(function: Callable, name: str) -> str:
    """A function's source under another name, so that it runs in a worker as a submission does."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(("def ", "class ")))
    first = lines[start].replace(f" {function.__name__}", f" {name}", 1)
    return "\n".join([first, *lines[start + 1 :]]) + "\n"
