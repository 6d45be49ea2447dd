"""Graded, hidden properties: what a check declares, and how many inputs it draws.

Knows nothing of exercises beside their names.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from autograder.errors import DeclarationError
from autograder.results import Figure

CASES = 100  # drawn inputs per check, unless it says otherwise


def whole(answers: object) -> object:
    """The view of a check whose answers are compared as they are."""
    return answers


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    cases: how many inputs to draw; 1, without any, where `given` is None.  detection_rate: the share of
    them that shows the wrong answer which is hardest to see, where the number follows from it (see
    `cases_for`).
    same_cases_as: the checks whose cases these are too.  Where both ask the same, the student's
    function is called once for both.
    view: what of an answer to compare with a known mistake's, where answers are random.
    sequential: asked question by question, of one case, for what is large or is measured.
    edge_cases: what draws one more case each: larger, or of other values, than are worth drawing often.
    rare: how many of the first of these are left out where answers are compared with a mistake's, since
    two who make one mistake may differ on inputs as odd as that.
    """

    exercise: str
    name: str
    title: str
    points: float
    hint: str
    body: Callable[..., None]
    given: SearchStrategy[dict[str, Any]] | None
    cases: int
    view: Callable[[object], object]
    same_cases_as: tuple[str, ...] = ()
    sequential: bool = False
    edge_cases: tuple[SearchStrategy[dict[str, Any]], ...] = ()
    detection_rate: float | None = None
    rare: int = 0

    def settled(
        self, where: str, known: Sequence[Check], same_cases_as: Sequence[Callable[..., Any]]
    ) -> Check:
        """With its strategy and number of cases, beside those known so far.

        same_cases_as: bodies of those whose cases it has.  Raises DeclarationError, which says where.
        """
        draws, rate = self.given is not None and not self.sequential, self.detection_rate
        shared = [check for check in known if check.body in same_cases_as]
        if not self.title:
            raise DeclarationError("{where} has no docstring. Write the claim that it checks.", where)
        if not self.hint.strip():
            raise DeclarationError(
                "{where} has no hint. Write one that says where to look when the check fails.", where
            )
        if not self.points > 0:
            raise DeclarationError(
                "{where} is worth {points} points. Write a positive number.", where, points=self.points
            )
        if any(check.name == self.name for check in known):
            raise DeclarationError("{where} is declared twice. Rename one of them.", where)
        if rate is not None and (self.cases or not 0 < rate <= 1 or not draws):
            raise DeclarationError(
                "{where} has a wrong detection_rate. Write a share of the drawn cases, above "
                "0 and at most 1, and leave out cases=.",
                where,
            )
        if len(shared) < len(same_cases_as) or (same_cases_as and self.given is not None):
            raise DeclarationError(
                "{where} must either draw cases or take those of earlier checks. Keep one of "
                "given= and same_cases_as=.",
                where,
            )
        if self.edge_cases and not draws:
            raise DeclarationError(
                "{where} has edge_cases= but draws no cases. Add given=, or remove edge_cases=.", where
            )
        if shared:
            return replace(
                self,
                given=st.one_of([check.given for check in shared if check.given is not None]),
                cases=sum(check.cases for check in shared),
                same_cases_as=tuple(check.name for check in shared),
                rare=shared[0].rare if len(shared) == 1 else self.rare,
            )
        drawn = self.cases or (CASES if rate is None else cases_for(rate))
        return replace(self, cases=drawn + len(self.edge_cases) if draws else 1)


def claim_of(body: Callable[..., Any]) -> str:
    """The first line of a body's docstring, which is the title that the student reads."""
    return (inspect.getdoc(body) or "").strip().partition("\n")[0]


MISS = 1e-6  # the chance that a wrong answer may have to slip through
FLOOR = 40  # cases for what nobody foresaw


def cases_for(share: float) -> int:
    """So many that what this share of cases shows is missed with a chance below MISS; at least FLOOR."""
    if share >= 1:
        return FLOOR
    return max(FLOOR, math.ceil(math.log(MISS) / math.log1p(-share)))


@dataclass(frozen=True)
class Drawing:
    """What is measured for a figure, below the first of these checks that a student lost.

    body: gives a Figure of the student's function, or None where there is nothing to see.
    """

    name: str
    body: Callable[..., Figure | None]
    checks: frozenset[str]
