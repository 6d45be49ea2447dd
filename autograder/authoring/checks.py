"""Graded, hidden properties: what a check declares, and how many inputs it draws.  Imports no
exercise.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from autograder.authoring.strategies import given_of
from autograder.errors import N_, DeclarationError

CASES = 100  # drawn inputs per check, unless it says otherwise


class Options(TypedDict, total=False):
    """The options of a check's declaration besides its points: fields of Check."""

    given: SearchStrategy[dict[str, Any]] | None
    simpler: SearchStrategy[dict[str, Any]]
    same_cases_as: Sequence[Callable[..., Any]]
    cases: int
    fingerprint: Callable[[Any], object]
    sequential: bool
    edge_cases: Sequence[SearchStrategy[dict[str, Any]]]
    rare: int
    of_style: bool


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    rare: how many of the first edge cases to leave out when answers are compared with a
    mistake's: two
    students who make the same mistake may differ on such odd inputs.
    of_style: whether it looks at how the function is written and not at what it returns,
    such as its
    docstring.  No known mistake and no slip explains that it fails, and it costs its own points.
    """

    exercise: str
    name: str
    title: str
    points: float
    body: Callable[..., None]
    given: SearchStrategy[dict[str, Any]] | None = None
    # where to look for the smallest case that fails, if not among all of `given`
    simpler: SearchStrategy[dict[str, Any]] | None = None
    cases: int = (
        0  # how many inputs to draw; 1 without drawn inputs if `given` is None
    )
    fingerprint: Callable[[Any], object] = lambda answers: (
        answers
    )  # of random answers: what a mistake's must equal
    # other checks that use the same cases: what both ask is asked once
    same_cases_as: Sequence[Callable[..., Any]] = ()
    sequential: bool = False  # ask one question at a time, of one case: it is large or is measured
    edge_cases: Sequence[
        SearchStrategy[dict[str, Any]]
    ] = ()  # draw one case each, too odd to draw often
    rare: int = 0
    of_style: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether it has drawn cases, whose questions are sent together."""
        return self.given is not None and not self.sequential

    def settled(self, where: str, known: Sequence[Check]) -> Check:
        """Return it with its strategy and number of cases.  Raises DeclarationError.

        where: what it is, for errors.  known: the checks declared before it.
        """
        shared = [check for check in known if check.body in self.same_cases_as]
        has_two_sources = len(shared) < len(self.same_cases_as) or (
            self.same_cases_as and self.given
        )
        for is_wrong, sentence in (
            (
                not self.title,
                N_("{where} has no docstring. Write the claim that it checks."),
            ),
            (
                not self.points > 0,
                N_(
                    "{where} is worth {points} points. Write a positive number."
                ),
            ),
            (any(check.name == self.name for check in known), TWICE),
            (has_two_sources, TWO_SOURCES),
            (self.edge_cases and not self.is_drawn, NO_DRAWN_CASES),
        ):
            if is_wrong:
                raise DeclarationError(sentence, where, points=self.points)
        drawn, takes = (
            given_of(self.given),
            [*inspect.signature(self.body).parameters.values()][1:],
        )
        if drawn and not any(
            parameter.kind is parameter.VAR_KEYWORD for parameter in takes
        ):
            names = [parameter.name for parameter in takes]
            if {*names} != {*drawn.inputs}:
                inputs = ", ".join(drawn.inputs)
                raise DeclarationError(
                    OTHER_NAMES, where, names=", ".join(names), inputs=inputs
                )
        if shared:
            return replace(
                self,
                given=st.one_of(
                    [check.given for check in shared if check.given is not None]
                ),
                cases=sum(check.cases for check in shared),
                same_cases_as=[check.body for check in shared],
                rare=shared[0].rare if len(shared) == 1 else self.rare,
            )
        count = (self.cases or CASES) + len(self.edge_cases)
        return replace(self, cases=count if self.is_drawn else 1)


TWICE = N_("{where} is declared twice. Rename one of them.")
TWO_SOURCES = N_(
    "{where} must either draw cases or take those of earlier checks. Keep one of "
    "given= and same_cases_as=."
)
NO_DRAWN_CASES = N_(
    "{where} has edge_cases= but draws no cases. Add given=, or remove edge_cases=."
)
OTHER_NAMES = N_(
    "{where} takes {names}, but its cases have {inputs}. Use the same names."
)
