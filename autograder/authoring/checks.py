"""Graded, hidden properties: what a check declares, and how many inputs it draws.  Imports no
exercise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from autograder.authoring.strategies import Inputs
from autograder.errors import N_, DeclarationError

CASES = 100  # drawn inputs per check, unless it says otherwise


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    rare: how many of the first edge cases to leave out when answers are compared with a
    mistake's, because two students who make the same mistake may differ on such odd inputs.
    of_style: whether it looks at how the function is written and not at what it returns, such
    as its docstring.  No known mistake and no slip explains that it fails, and it costs its
    own points.
    """

    exercise: str
    name: str
    title: str
    points: float
    body: Callable[..., None]
    given: Inputs | None = None
    # where to look for the smallest case that fails, if not among all of `given`
    simpler: Inputs | None = None
    # how many inputs to draw; 1 if `given` is None
    cases: int = CASES
    # of random answers: what a mistake's must equal
    fingerprint: Callable[[Any], object] = lambda answers: answers
    # other checks that use the same cases: what both ask is asked once
    same_cases_as: Sequence[Callable[..., Any]] = ()
    # ask one question at a time, of one case: it is large or is measured
    sequential: bool = False
    # draw one case each, too odd to draw often
    edge_cases: Sequence[Inputs] = ()
    rare: int = 0
    of_style: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether it has drawn cases, whose questions are sent together."""
        return self.given is not None and not self.sequential

    def completed(self, where: str, earlier: Sequence[Check]) -> Check:
        """Return it with its strategy and number of cases.  Raises DeclarationError.

        where: what it is, for errors.  earlier: the checks declared before it.
        """
        shared = [c for c in earlier if c.body in self.same_cases_as]
        names = [check.name for check in earlier]
        for is_wrong, sentence in (
            (not self.title, NO_TITLE),
            (not self.points > 0, NO_POINTS),
            (self.name in names, TWICE),
        ):
            if is_wrong:
                raise DeclarationError(sentence, where, points=self.points)
        if shared:
            strategies = [
                check.given for check in shared if check.given is not None
            ]
            return replace(
                self,
                given=st.one_of(strategies),
                same_cases_as=[check.body for check in shared],
                cases=sum(check.cases for check in shared),
                rare=shared[0].rare,
            )
        count = 1
        if self.is_drawn:
            count = self.cases + len(self.edge_cases)
        return replace(self, cases=count)


NO_TITLE = N_("{where} has no docstring. Write the claim that it checks.")
NO_POINTS = N_("{where} is worth {points} points. Write a positive number.")
TWICE = N_("{where} is declared twice. Rename one of them.")
