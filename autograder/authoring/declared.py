"""What an exercise declares, as frozen data: its checks, probes and drawings.

Knows nothing of exercises beside their names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from autograder.authoring.evidence import cases_for
from autograder.errors import DeclarationError
from autograder.results import Figure

CASES = 100  # drawn inputs per check, unless it says otherwise


def whole(answers: object) -> object:
    """The view of a check whose answers are compared as they are."""
    return answers


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    cases: how many inputs to draw; 1, without any, where `given` is None.  weakest: the share of them that
    shows the wrong answer which is hardest to see, where the number follows from it (see `evidence`).
    same_cases_as: the checks whose cases these are too.  Where both ask the same, the student's
    function is called once for both.
    view: what of an answer to compare with a known mistake's, where answers are random.
    alone: asked question by question, of one case, for what is large or is measured.
    beyond: what draws one more case each: larger, or of other values, than are worth drawing often.
    rare: how many of the first of these are left out where answers are compared with a mistake's, since
    two who make one mistake may differ on inputs as odd as that.
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
    same_cases_as: tuple[str, ...] = ()
    alone: bool = False
    beyond: tuple[SearchStrategy[dict], ...] = ()
    weakest: float | None = None
    rare: int = 0


def declared_check(
    where: str,
    exercise: str,
    known: Sequence[Check],
    body: Callable[..., None],
    *,
    points: float,
    hint: str,
    given: SearchStrategy[dict] | None,
    same_cases_as: Sequence[Callable],
    cases: int | None,
    weakest: float | None,
    view: Callable[[object], object],
    alone: bool,
    beyond: Sequence[SearchStrategy[dict]],
    rare: int,
) -> Check:
    """The check that a body makes, beside those known so far.  Raises DeclarationError, which says where."""
    title = (inspect.getdoc(body) or "").strip().partition("\n")[0]
    if not title:
        raise DeclarationError("{where} has no docstring: write the claim it checks", where)
    if not hint.strip():
        raise DeclarationError("{where} has no hint: say where to look when it fails", where)
    if not points > 0:
        raise DeclarationError(
            "{where} is worth {points} points: write a positive number", where, points=points
        )
    if any(check.name == body.__name__ for check in known):
        raise DeclarationError("{where} is declared twice: rename one of them", where)
    shared, draws = [check for check in known if check.body in same_cases_as], given is not None and not alone
    if weakest is not None and (cases is not None or not 0 < weakest <= 1 or not draws):
        raise DeclarationError(
            "{where}: weakest is a share of the drawn cases, above 0 to 1, in place of their number", where
        )
    if len(shared) < len(same_cases_as) or (same_cases_as and given is not None):
        raise DeclarationError("{where} draws cases, or has those of checks before it: give one", where)
    if beyond and not draws:
        raise DeclarationError("{where} has cases beyond those that it draws, but draws none", where)
    count = _count(cases, weakest) + len(beyond) if draws else 1
    strategy = given
    if shared:
        strategy, count = st.one_of([c.given for c in shared]), sum(c.cases for c in shared)
    return Check(
        exercise=exercise,
        name=body.__name__,
        title=title,
        points=points,
        hint=hint,
        body=body,
        given=strategy,
        cases=count,
        view=view,
        same_cases_as=tuple(check.name for check in shared),
        alone=alone,
        beyond=tuple(beyond),
        weakest=weakest,
        rare=shared[0].rare if len(shared) == 1 else rare,
    )


def _count(cases, weakest):
    """How many inputs to draw: as many as are said, as the evidence asks for, or CASES."""
    if weakest is not None:
        return cases_for(weakest)
    return CASES if cases is None else cases


@dataclass(frozen=True)
class Drawing:
    """What is measured for a figure, below the first of these checks that a student lost.

    body: gives a Figure of the student's function, or None where there is nothing to see.  takes_case:
    whether it is given, by name, the inputs by which the check is lost.
    """

    name: str
    body: Callable[..., Figure | None]
    checks: frozenset[str]
    takes_case: bool


@dataclass(frozen=True)
class Probe:
    """What a worker does with the student's function besides calling it; ask it in a check like a function.

    key: its name in a worker.  source: of a function `probe(f, ...)`, which stands alone.  reply: the
    form of its answer (see `replies`).  agrees: whether a reply of that form belongs to the arguments.
    rights: the functions whose right answers it carries, so that it lies in no worker of theirs.
    """

    key: str
    source: str
    reply: object
    agrees: Callable[..., bool]
    rights: frozenset[str] = frozenset()

    def __call__(self, student, *args):
        """Ask it of a student's function; the reply, with a record's fields as attributes."""
        return student.ask(self, args)
